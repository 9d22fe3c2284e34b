import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Schema } from "effect"
import { HttpClientRequest, HttpClientResponse } from "effect/http"
import { errorsOf, excerpt, MAX_BODY_BYTES, readReply, retryAfterOf } from "../../src/vault/Reply.ts"

const REQUEST = HttpClientRequest.get("http://vault.test")
const read = (body: string | ReadableStream<Uint8Array> | null, status = 200, type = "application/json") =>
  readReply(HttpClientResponse.fromWeb(REQUEST, new Response(body, { status, headers: { "content-type": type } })))

describe("a body", () => {
  it.effect("that is empty, or absent, is an answer without JSON", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* read(null, 204)).kind, "empty")
      assert.strictEqual((yield* read(" \n")).kind, "empty")
    }),
  )

  it.effect("may have a character cut between two pieces", () =>
    Effect.gen(function* () {
      const bytes = new TextEncoder().encode('"é"')
      const pieces = new ReadableStream<Uint8Array>({
        start(out) {
          for (const byte of bytes) out.enqueue(Uint8Array.of(byte))
          out.close()
        },
      })
      assert.strictEqual((yield* read(pieces)).json, "é")
    }),
  )

  it.effect("that begins with a byte order mark, or breaks off, is no JSON", () =>
    Effect.gen(function* () {
      for (const text of ['\ufeff{"a":1}', "\ufeff", '{"a":1', '{"a":NaN}']) {
        const reply = yield* read(text)
        assert.strictEqual(reply.kind, "text", text)
      }
    }),
  )

  it.effect("is JSON with a doubt where a name stands twice, or where it is called something else", () =>
    Effect.gen(function* () {
      const doubted = (text: string, type?: string) =>
        Effect.map(read(text, 200, type), ({ kind, problem }) => [kind, problem !== undefined])
      assert.deepStrictEqual(yield* doubted('{"a":1,"a":2}'), ["json", true])
      assert.deepStrictEqual(yield* doubted('{"a":1}', "text/html; charset=utf-8"), ["json", true])
      for (const type of ["application/json", "application/json; charset=utf-8", "Application/Problem+JSON"]) {
        assert.deepStrictEqual(yield* doubted('{"a":1}', type), ["json", false], type)
      }
    }),
  )

  it.effect("that breaks off in the stream is an error, unless it is to be kept and has told a lease", () =>
    Effect.gen(function* () {
      const broken = (text: string) =>
        new ReadableStream<Uint8Array>({
          start: (out) => out.enqueue(new TextEncoder().encode(text)),
          pull: (out) => out.error(new Error("gone")),
        })
      const told = '{"lease_id":"aws/creds/dev/x","data":{'
      const keep = (text: string, leases: boolean) =>
        Effect.result(readReply(HttpClientResponse.fromWeb(REQUEST, new Response(broken(text))), leases))
      assert.strictEqual((yield* keep(told, false))._tag, "Failure")
      assert.strictEqual((yield* keep('{"data":{', true))._tag, "Failure")
      const kept = yield* keep(told, true)
      assert.deepInclude(kept._tag === "Success" ? kept.success : {}, { kind: "cut", text: told, json: undefined })
    }),
  )

  it.effect("is read up to 8 MiB and not beyond", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* read(`"${"x".repeat(MAX_BODY_BYTES - 2)}"`)).kind, "json")
      assert.strictEqual((yield* read(`"${"x".repeat(MAX_BODY_BYTES - 1)}"`)).kind, "too-large")
      let given = 0
      const endless = new ReadableStream<Uint8Array>({
        pull(out) {
          given += 65_536
          out.enqueue(new Uint8Array(65_536))
        },
      })
      assert.strictEqual((yield* read(endless)).kind, "too-large")
      assert.isBelow(given, 2 * MAX_BODY_BYTES)
    }),
  )
})

describe("an excerpt", () => {
  it.effect.prop(
    "of any foreign page is short, and never shows a long unbroken word",
    { before: Schema.String, after: Schema.String },
    ({ after, before }) =>
      Effect.gen(function* () {
        const reply = yield* read(`<p>${before} hvs.CAESIJtokenThatAProxyEchoes ${after}`, 502)
        assert.notInclude(excerpt(reply), "CAESIJtoken")
        assert.isBelow(excerpt(reply).length, 200)
      }),
    { arbitrary: { runs: 300, size: 1000 } },
  )

  it.effect("of JSON that breaks off shows none of it", () =>
    Effect.gen(function* () {
      assert.notInclude(excerpt(yield* read('{"data":{"secret_key":"short')), "short")
    }),
  )

  it.effect("of a page is its title", () =>
    Effect.gen(function* () {
      assert.include(excerpt(yield* read("<html><title>Sign in\u202e</title><body>x")), "“Sign in”")
    }),
  )
})

describe("Retry-After", () => {
  it("is seconds, or a date against the server's own clock, or nothing that can be read", () => {
    const seconds = (headers: Record<string, string>) => {
      const span = retryAfterOf(headers)
      return span && Duration.toSeconds(span)
    }
    const date = "Wed, 21 Oct 2026 07:28:00 GMT"
    assert.strictEqual(seconds({ "retry-after": "9" }), 9)
    assert.strictEqual(seconds({ "retry-after": "Wed, 21 Oct 2026 07:28:30 GMT", date }), 30)
    assert.strictEqual(seconds({ "retry-after": "Wed, 21 Oct 2026 07:27:00 GMT", date }), 0)
    for (const text of ["soon", "-1", "1e9"]) assert.strictEqual(seconds({ "retry-after": text, date }), undefined)
    assert.strictEqual(seconds({}), undefined)
  })
})

describe("the list of errors", () => {
  it("is taken only in Vault's form", () => {
    assert.deepStrictEqual(errorsOf({ errors: ["a", 1, "b"] }), ["a", "b"])
    assert.isBelow(errorsOf({ errors: ["9".repeat(1_000_000)] })?.[0]?.length ?? 0, 5000)
    for (const json of [undefined, null, "errors", { errors: "a" }, { error: ["a"] }]) {
      assert.strictEqual(errorsOf(json), undefined)
    }
  })
})
