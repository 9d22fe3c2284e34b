import { request } from "node:http"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Scope, Stream } from "effect"
import { serveLoopback } from "../../src/sandbox/Loopback.ts"
import type { WireHandler, WireRequest } from "../../src/sandbox/Wire.ts"
import { hear } from "../kit/Hearing.ts"

const said = (body: string, status = 200) => ({ status, headers: { "content-type": "text/plain" }, body })

/** The status and text of one request, or the code of what broke. */
const ask = (url: string, method: string, path: string, body = "") =>
  Effect.callback<string>((resume) => {
    const sent = request(`${url}${path}`, { method, agent: false }, (response) => {
      let text = ""
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk))
      response.on("end", () => resume(Effect.succeed(`${response.statusCode} ${text}`)))
    })
    sent.on("error", (error: Error & { readonly code?: string }) => resume(Effect.succeed(error.code ?? error.message)))
    sent.end(body)
    return Effect.sync(() => sent.destroy())
  })

describe("serveLoopback", () => {
  it.live("hands over method, path as sent, query, headers and body, and sends back what it is given", () =>
    Effect.gen(function* () {
      const seen: Array<WireRequest> = []
      const handler: WireHandler = (one) => Effect.sync(() => (seen.push(one), said("yes", 202)))
      const url = yield* serveLoopback(handler)
      assert.match(url, /^http:\/\/127\.0\.0\.1:\d+$/)
      assert.strictEqual(yield* ask(url, "PUT", "/a%2Fb/c?x=1&y", "body"), "202 yes")
      const { body, headers, method, path, query } = seen[0] ?? assert.fail("no request")
      assert.deepEqual({ method, path, query }, { method: "PUT", path: "/a%2Fb/c", query: "x=1&y" })
      assert.strictEqual(Buffer.from(body).toString(), "body")
      assert.strictEqual(headers["host"], url.slice("http://".length))
    }),
  )

  it.live("Vault's LIST, which Node's parser does not know, is served like any other verb", () =>
    Effect.gen(function* () {
      const url = yield* serveLoopback((one) =>
        Effect.succeed(said(`${one.method} ${one.path} ${one.headers["x-vault-token"]}`)),
      )
      const answer = yield* Effect.promise(() =>
        fetch(`${url}/v1/aws/roles`, { method: "LIST", headers: { "x-vault-token": "t" } }).then((one) => one.text()),
      )
      assert.strictEqual(answer, "LIST /v1/aws/roles t")
    }),
  )

  it.live("an answer that closes the connection closes it; HEAD and 204 have no body; a defect is a 500", () =>
    Effect.gen(function* () {
      const url = yield* serveLoopback(({ path }) =>
        path === "/close"
          ? Effect.succeed({ closed: true })
          : path === "/die"
            ? Effect.die(new Error("fault"))
            : Effect.succeed(said("text", path === "/none" ? 204 : 200)),
      )
      assert.strictEqual(yield* ask(url, "GET", "/close"), "ECONNRESET")
      assert.strictEqual(yield* ask(url, "HEAD", "/"), "200 ")
      assert.strictEqual(yield* ask(url, "GET", "/none"), "204 ")
      assert.strictEqual(yield* ask(url, "GET", "/die"), "500 sandbox: internal error")
    }),
  )

  it.live("what comes after the body is sent as it comes, also to LIST; its failure breaks the connection off", () =>
    Effect.gen(function* () {
      const rest = Stream.make(Buffer.from("b"), Buffer.from("c"))
      const cut: Stream.Stream<Uint8Array, "cut"> = Stream.concat(rest, Stream.fail("cut" as const))
      const url = yield* serveLoopback(({ path }) =>
        Effect.succeed({ ...said("a"), rest: path === "/cut" ? cut : rest }),
      )
      const heard = yield* hear(`${url}/`)
      assert.deepInclude(heard, { status: 200, text: "abc", broken: undefined })
      assert.isUndefined(heard.headers["content-length"])
      assert.deepInclude(yield* hear(`${url}/cut`), { status: 200, text: "abc", broken: "ECONNRESET" })
      assert.strictEqual(yield* ask(url, "HEAD", "/"), "200 ")
      const listed = yield* Effect.promise(() => fetch(url, { method: "LIST" }).then((one) => one.text()))
      assert.strictEqual(listed, "abc")
    }),
  )

  it.live("an endless answer is sent only as fast as it is read, and ends when the client hangs up", () =>
    Effect.gen(function* () {
      const ended = yield* Deferred.make<void>()
      let sent = 0
      const piece = Buffer.alloc(1024 * 1024)
      const endless = Stream.fromEffectRepeat(Effect.sync(() => ((sent += piece.length), piece))).pipe(
        Stream.ensuring(Deferred.succeed(ended, undefined)),
      )
      const url = yield* serveLoopback(() => Effect.succeed({ ...said(""), rest: endless }))
      const { body } = yield* Effect.promise(() => fetch(url))
      const reader = body?.getReader() ?? assert.fail("no body")
      for (let read = 0; read < 64 * piece.length;) {
        const { value } = yield* Effect.promise(() => reader.read())
        read += value?.length ?? 0
        assert.isBelow(sent - read, 32 * piece.length)
      }
      yield* Effect.promise(() => reader.cancel())
      yield* Deferred.await(ended)
    }),
  )

  it.live("a client that hangs up interrupts its handler, and the end of the scope ends all", () =>
    Effect.gen(function* () {
      const started = yield* Deferred.make<void>()
      const ended = yield* Deferred.make<void>()
      const scope = yield* Scope.make()
      const handler: WireHandler = () =>
        Effect.andThen(Deferred.succeed(started, undefined), Effect.never).pipe(
          Effect.onInterrupt(() => Deferred.succeed(ended, undefined)),
        )
      const url = yield* Scope.provide(serveLoopback(handler), scope)
      yield* Effect.raceFirst(ask(url, "GET", "/"), Deferred.await(started))
      yield* Deferred.await(ended)
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual(yield* ask(url, "GET", "/"), "ECONNREFUSED")
    }),
  )
})
