import { assert, describe, it } from "@effect/vitest"
import { Duration, Redacted } from "effect"
import { clientSettings } from "../../src/config/ClientSettings.ts"
import { makeReader } from "../../src/config/Reader.ts"

const read = (env: Readonly<Record<string, string>>) => {
  const reader = makeReader({ env, flags: {}, home: "/home/ana" }, { settings: {} }, "")
  return { settings: clientSettings(reader), problems: reader.problems }
}

describe("the official client's variables", () => {
  it("without any, its defaults hold", () => {
    const { problems, settings } = read({})
    assert.deepStrictEqual(problems, [])
    assert.strictEqual(Duration.toSeconds(settings.timeout), 60)
    assert.strictEqual(settings.maxRetries, 2)
    assert.isTrue(settings.redirects)
    assert.isFalse(settings.tls.skipVerify)
    assert.isUndefined(settings.rateLimit)
    assert.deepStrictEqual(settings.headers, {})
  })

  it("false means false for SKIP_VERIFY, and a word that is neither is refused without being repeated", () => {
    assert.isFalse(read({ VAULT_SKIP_VERIFY: "false" }).settings.tls.skipVerify)
    assert.isFalse(read({ VAULT_SKIP_VERIFY: "0" }).settings.tls.skipVerify)
    assert.isTrue(read({ VAULT_SKIP_VERIFY: "1" }).settings.tls.skipVerify)
    assert.deepStrictEqual(read({ VAULT_SKIP_VERIFY: "canary" }).problems, [
      "VAULT_SKIP_VERIFY: expected true or false",
    ])
  })

  it("PROXY_ADDR supersedes HTTP_PROXY, and NO_PROXY is heard in both spellings", () => {
    const both = read({ VAULT_PROXY_ADDR: "http://p:1", VAULT_HTTP_PROXY: "http://q:1", NO_PROXY: "a.example" })
    assert.strictEqual(both.settings.proxy, "http://p:1")
    assert.strictEqual(both.settings.noProxy, "a.example")
    assert.strictEqual(read({ VAULT_HTTP_PROXY: "http://q:1" }).settings.proxy, "http://q:1")
    assert.strictEqual(read({ no_proxy: "b.example" }).settings.noProxy, "b.example")
  })

  it("OpenBao's names come first, and an empty one hides Vault's", () => {
    assert.strictEqual(read({ BAO_MAX_RETRIES: "5", VAULT_MAX_RETRIES: "7" }).settings.maxRetries, 5)
    assert.strictEqual(read({ BAO_MAX_RETRIES: "", VAULT_MAX_RETRIES: "7" }).settings.maxRetries, 2)
    assert.deepStrictEqual(read({ BAO_MAX_RETRIES: "many" }).problems, [
      "BAO_MAX_RETRIES: expected a number of retries such as 2",
    ])
  })

  it("a rate is a number, or a number and a burst", () => {
    assert.deepStrictEqual(read({ VAULT_RATE_LIMIT: "10.5" }).settings.rateLimit, { perSecond: 10.5, burst: 10 })
    assert.deepStrictEqual(read({ VAULT_RATE_LIMIT: "0.5:3" }).settings.rateLimit, { perSecond: 0.5, burst: 3 })
    for (const bad of ["0", "-1", "fast", "1:0", "0.5"])
      assert.strictEqual(read({ VAULT_RATE_LIMIT: bad }).problems.length, 1, bad)
  })

  it("headers are a JSON object of texts, kept secret, and may not pose as Vault's own", () => {
    const { settings } = read({ VAULT_HEADERS: '{"CF-Access":"canary"}' })
    assert.strictEqual(Redacted.value(settings.headers["cf-access"] ?? Redacted.make("")), "canary")
    assert.notInclude(JSON.stringify(settings), "canary")
    for (const bad of ['{"X-Vault-Token":"a"}', '{"a b":"c"}', '{"a":"x\\ny"}', '{"a":1}', "[", "null"])
      assert.strictEqual(read({ VAULT_HEADERS: bad }).problems.length, 1, bad)
  })
})
