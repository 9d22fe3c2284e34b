import { assert, describe, it } from "@effect/vitest"
import { Redacted } from "effect"
import { inspect } from "node:util"
import { finalReason, isSendable, mayRepeat, requestOf, type VaultCall } from "../../src/vault/VaultCall.ts"
import { Unreachable } from "../../src/vault/ReachReason.ts"
import { CANARY, token } from "../kit/VaultOverHttp.ts"

const read: VaultCall = { method: "GET", path: ["a", "b"], sent: "repeatable" }
const once: VaultCall = { ...read, sent: "once" }
const reason = new Unreachable({ address: "http://vault.test", detail: "gone" })

describe("a request", () => {
  it("does not show its token when it is inspected", () => {
    const request = requestOf(new URL("http://vault.test/v1/a"), token, undefined, read)
    for (const text of [inspect(request, { depth: 9 }), JSON.stringify(request), String(request)]) {
      assert.notInclude(text, CANARY)
    }
  })

  it("has no header for a namespace that is empty, nor for a token that is not there", () => {
    const request = requestOf(new URL("http://vault.test/v1/a"), undefined, "", read)
    assert.strictEqual(request.headers["x-vault-namespace"], undefined)
    assert.strictEqual(request.headers["authorization"], undefined)
  })
})

describe("a token", () => {
  it("has to fit into a header", () => {
    assert.isTrue(isSendable(token))
    for (const text of ["", "two\nlines", "a b", "é", "x".repeat(9000)]) {
      assert.isFalse(isSendable(Redacted.make(text)), JSON.stringify(text.slice(0, 20)))
    }
  })
})

describe("another attempt", () => {
  it("is allowed when Vault did nothing, or when it may do it twice, and only when it may help", () => {
    const table = [
      ["no", true, true, true],
      ["unknown", true, true, false],
      ["yes", true, true, false],
      ["no", false, false, false],
    ] as const
    for (const [processed, transient, forRead, forOnce] of table) {
      assert.strictEqual(mayRepeat({ reason, processed, transient }, read), forRead)
      assert.strictEqual(mayRepeat({ reason, processed, transient }, once), forOnce)
    }
  })

  it("that is not allowed leaves the outcome open only where something may have been made", () => {
    const silent = { reason, processed: "unknown", transient: true } as const
    assert.strictEqual(finalReason(silent, read)._tag, "Unreachable")
    assert.strictEqual(finalReason(silent, once)._tag, "OutcomeUnknown")
    assert.strictEqual(finalReason({ ...silent, processed: "no" }, once)._tag, "Unreachable")
  })
})
