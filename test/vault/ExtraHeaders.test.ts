import { assert, describe, it } from "@effect/vitest"
import { Redacted } from "effect"
import { hideExtra, proxyPass, withExtra } from "../../src/vault/ExtraHeaders.ts"

const own = { authorization: "Bearer hvs.token", accept: "application/json", "user-agent": "us" }
const extra = (headers: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Redacted.make(value)]))

describe("the operator's headers", () => {
  it("join ours, and may name the program otherwise", () => {
    assert.deepStrictEqual(withExtra(own, extra({ "cf-access": "secret", "user-agent": "them" })), {
      ...own,
      "cf-access": "secret",
      "user-agent": "them",
    })
    assert.deepStrictEqual(withExtra(own, {}), own)
  })

  it("that belong to the connection or the body are left out", () => {
    const names = ["host", "connection", "upgrade", "content-length", "transfer-encoding", "accept-encoding"]
    const given = extra(Object.fromEntries(names.map((name) => [name, "x"])))
    assert.deepStrictEqual(withExtra(own, given), own)
  })

  it("may take Authorization, and the token goes by its other name", () => {
    const { authorization: _, ...rest } = own
    const basic = extra({ authorization: "Basic abcd" })
    assert.deepStrictEqual(withExtra(own, basic), {
      ...rest,
      authorization: "Basic abcd",
      "x-vault-token": "hvs.token",
    })
    assert.deepStrictEqual(withExtra(rest, basic), { ...rest, authorization: "Basic abcd" })
  })

  it("that are the proxy's go to the proxy alone", () => {
    const given = extra({ "proxy-authorization": "Basic abcd" })
    assert.deepStrictEqual(withExtra(own, given), own)
    assert.strictEqual(proxyPass(given), "Basic abcd")
    assert.strictEqual(proxyPass({}), undefined)
  })

  it("are taken out of what is quoted, unless they are too short to be secrets", () => {
    const given = extra({ one: "hunter2", two: "e" })
    assert.strictEqual(hideExtra("you sent hunter2, hunter2", given), "you sent …, …")
  })
})
