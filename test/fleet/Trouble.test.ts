import { assert, describe, it } from "@effect/vitest"
import { ProtocolError, SdkError, SdkErrorCode, SdkHttpError, UnauthorizedError } from "@modelcontextprotocol/client"
import { troubleOf } from "../../src/fleet/Trouble.ts"

const http = (status: number) => new SdkHttpError(SdkErrorCode.ClientHttpNotImplemented, "no", { status })

describe("what the SDK throws", () => {
  it("is told by what it means for a call: refused, silent, lost, asked back, not understood", () => {
    assert.deepStrictEqual(troubleOf(new ProtocolError(-32602, "bad"), true), {
      kind: "refused",
      error: -32602,
      says: "bad",
    })
    assert.deepInclude(troubleOf(new SdkError(SdkErrorCode.RequestTimeout, "x"), true), { kind: "silent", sent: true })
    assert.deepInclude(troubleOf(new SdkError(SdkErrorCode.ConnectionClosed, "x"), true), { kind: "lost", sent: true })
    assert.deepInclude(troubleOf(new SdkError(SdkErrorCode.NotConnected, "x"), true), { kind: "lost", sent: false })
    assert.deepStrictEqual(troubleOf(new ProtocolError(-32021, "x"), true), { kind: "input" })
    assert.deepStrictEqual(troubleOf(new SdkError(SdkErrorCode.UnsupportedResultType, "x"), true), { kind: "input" })
    assert.deepInclude(troubleOf(new SdkError(SdkErrorCode.InvalidResult, "x"), true), { kind: "garbled", sent: true })
  })

  it("of an address: a status below 500 was no call, above it may have been one", () => {
    assert.deepInclude(troubleOf(http(404), true), { kind: "garbled", sent: false })
    assert.deepInclude(troubleOf(http(503), true), { kind: "garbled", sent: true })
    assert.match(JSON.stringify(troubleOf(new UnauthorizedError(), true)), /headers do not let us in.*"sent":false/)
    assert.match(JSON.stringify(troubleOf(http(403), true)), /headers do not let us in/)
    const refused = new TypeError("fetch failed", {
      cause: Object.assign(new Error("connect"), { code: "ECONNREFUSED" }),
    })
    assert.match(JSON.stringify(troubleOf(refused, false)), /cannot be reached \(ECONNREFUSED\)/)
    assert.match(
      JSON.stringify(
        troubleOf(new SdkError(SdkErrorCode.EraNegotiationFailed, "x", undefined, { cause: refused }), false),
      ),
      /cannot be reached \(ECONNREFUSED\)/,
    )
  })

  it("may be anything", () => {
    for (const thrown of [undefined, null, 5, "text", {}, new Error("x"), Object.create(null), { cause: {} }])
      assert.strictEqual(troubleOf(thrown, true).kind, "garbled")
    const loop: { cause?: unknown } = {}
    loop.cause = loop
    assert.strictEqual(troubleOf(loop, true).kind, "garbled")
  })
})
