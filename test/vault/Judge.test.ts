import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { judge, type Reading, redirectTarget, targetGone } from "../../src/vault/Judge.ts"
import { TlsFailed, Unreachable } from "../../src/vault/ReachReason.ts"
import type { RawReply } from "../../src/vault/Reply.ts"
import type { Trouble } from "../../src/vault/Trouble.ts"

const reading: Reading = {
  asked: { method: "GET", path: "kv/data/x", parameters: [] },
  address: { url: new URL("https://vault.test"), shown: "https://vault.test" },
  answers: [],
  leases: false,
  redirects: true,
  hide: (text) => text.replaceAll("hvs.secret", "…"),
}
const json = (status: number, value: unknown): RawReply => ({
  status,
  json: value,
  kind: "json",
  text: "",
  headers: {},
})
const page = (status: number, text: string): RawReply => ({ status, json: undefined, kind: "text", text, headers: {} })
const tagOf = (reply: RawReply, more: Partial<Reading> = {}) =>
  Result.match(judge(reply, { ...reading, ...more }), { onSuccess: () => "answer", onFailure: (it) => it.reason._tag })

describe("an HTTP answer", () => {
  it("is Vault's when it is a success with JSON or nothing, with warnings where a 204 was expected too", () => {
    assert.strictEqual(tagOf(json(200, { warnings: ["x"] })), "answer")
    assert.strictEqual(tagOf({ ...json(204, undefined), kind: "empty" }), "answer")
    assert.strictEqual(tagOf({ ...json(202, undefined), kind: "empty" }), "answer")
  })

  it("is Vault's as the 404 that holds the metadata of a deleted version, not as a bare 404", () => {
    assert.strictEqual(tagOf(json(404, { data: { data: null, metadata: {} } })), "answer")
    assert.strictEqual(tagOf(json(404, { errors: [] })), "NotFound")
    assert.strictEqual(tagOf(json(404, { data: null, warnings: ["Invalid path for a versioned K/V"] })), "NotFound")
  })

  it("under a code that the caller expects is Vault's only in Vault's form", () => {
    assert.strictEqual(tagOf(json(503, { sealed: true }), { answers: [503] }), "answer")
    assert.strictEqual(tagOf(json(503, { errors: ["Vault is sealed"] }), { answers: [503] }), "Sealed")
    assert.strictEqual(tagOf(page(503, "down"), { answers: [503] }), "Server")
    assert.strictEqual(tagOf(json(503, { sealed: true })), "Server")
  })

  it("of a login page, a broken JSON or a proxy is malformed, and a proxy's 5xx leaves open what happened", () => {
    assert.strictEqual(tagOf(page(200, "<title>Log in</title>")), "Malformed")
    assert.strictEqual(tagOf(page(200, '{"data": {"secret_key": "hvs.sec')), "Malformed")
    assert.strictEqual(tagOf(json(403, { message: "forbidden" })), "Malformed")
    assert.strictEqual(tagOf(page(429, "slow down")), "RateLimited")
    const gateway = judge(page(502, "bad gateway"), reading)
    assert.strictEqual(Result.isFailure(gateway) && gateway.failure.processed, "unknown")
  })

  it("that can be read in two ways is malformed, and handed over where a lease has to be taken out of it", () => {
    const twice = { ...json(200, { lease_id: "aws/creds/dev/x" }), problem: "a name that stands twice" }
    const cut = { ...page(200, '{"lease_id":"aws/creds/dev/y","da'), kind: "cut" as const }
    for (const [reply, id] of [
      [twice, "aws/creds/dev/x"],
      [cut, "aws/creds/dev/y"],
      [page(200, "<title>Log in</title>"), undefined],
    ] as const) {
      assert.strictEqual(tagOf(reply), "Malformed")
      const handed = judge(reply, { ...reading, leases: true })
      const { body, unread } = Result.getOrThrow(handed)
      assert.deepStrictEqual([body, unread?.leaseId], [undefined, id])
    }
    // A page of the wrong status is a page, whatever was asked.
    assert.strictEqual(tagOf(page(403, '{"lease_id":"aws/creds/dev/y"'), { leases: true }), "Malformed")
  })

  it("is quoted without the token, also when it is Vault's", () => {
    for (const reply of [page(400, "your hvs.secret is bad"), json(400, { errors: ["your hvs.secret is bad"] })]) {
      const judged = judge(reply, reading)
      assert.isTrue(Result.isFailure(judged))
      if (Result.isFailure(judged)) assert.notInclude(judged.failure.reason.message, "hvs.secret")
    }
  })
})

describe("a redirect's target", () => {
  const from = new URL("https://vault.test:8200/v1/x?a=b")
  const targetOf = (location: string | undefined, more: Partial<Reading> = {}) =>
    Result.match(redirectTarget({ ...page(307, ""), headers: { location } }, from, { ...reading, ...more }), {
      onSuccess: (url) => url.href,
      onFailure: (it) => (it.reason._tag === "Standby" ? it.reason.redirect : it.reason._tag),
    })

  it("is taken relative to the request, within its scheme and host name", () => {
    assert.strictEqual(targetOf("/v1/y?c=d"), "https://vault.test:8200/v1/y?c=d")
    assert.strictEqual(targetOf("https://VAULT.test:8201/v1/x"), "https://vault.test:8201/v1/x")
    assert.strictEqual(targetOf("https://vault.test.evil.test/v1/x"), "host")
    assert.strictEqual(targetOf("//evil.test/v1/x"), "host")
    assert.strictEqual(targetOf("https://vault.test@evil.test/v1/x"), "host")
    assert.strictEqual(targetOf("http://vault.test:8200/v1/x"), "downgrade")
    assert.strictEqual(targetOf("file:///etc/passwd"), "host")
    assert.strictEqual(targetOf(undefined), "Malformed")
    assert.strictEqual(targetOf("https://["), "Malformed")
  })

  it("is refused where redirects are switched off, and where a socket is all we can reach", () => {
    assert.strictEqual(targetOf("https://vault.test:8201/v1/x", { redirects: false }), "off")
    assert.strictEqual(targetOf("http://vault.test:8201/v1/x", { redirects: false }), "downgrade")
    const address = { ...reading.address, socket: "/run/vault.sock" }
    assert.strictEqual(targetOf("https://vault.test:8201/v1/x", { address }), "host")
  })

  it("that cannot be reached makes the standby's word worthless, but not what happened after the request was sent", () => {
    const target = new URL("https://vault.test:8210/v1/x")
    const unreachable = new Unreachable({ address: target.origin, detail: "refused" })
    const of = (trouble: Trouble) => targetGone(trouble, target, reading)
    const gone = of({ reason: unreachable, processed: "no", transient: false })
    assert.deepInclude(gone, { processed: "no", transient: true })
    assert.include(gone.reason.message, "https://vault.test:8210")
    const lost = { reason: unreachable, processed: "unknown", transient: true } as const
    const mistrusted = {
      reason: new TlsFailed({ address: target.origin, problem: "expired", detail: "x" }),
      processed: "no",
      transient: false,
    } as const
    for (const trouble of [lost, mistrusted]) assert.strictEqual(of(trouble), trouble)
  })
})
