import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Schema } from "effect"
import { HttpClientRequest, HttpClientResponse } from "effect/http"
import { errorsOf, excerpt, MAX_BODY_BYTES, readReply, retryAfterOf } from "../../src/vault/Reply.ts"

const read = (body: string | ReadableStream<Uint8Array> | null, status = 200) =>
  readReply(HttpClientResponse.fromWeb(HttpClientRequest.get("http://vault.test"), new Response(body, { status })))

describe("a body", () => {
  it.effect("that is empty, or absent, is an answer without JSON", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* read(null, 204)).kind, "empty")
      assert.strictEqual((yield* read(" \n")).kind, "empty")
    }),
  )

  it.effect("may begin with a byte order mark, and a character may be cut between two pieces", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* read('\ufeff{"a":1}')).json, { a: 1 })
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
