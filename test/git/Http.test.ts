/** The connection to a remote: its bounds, and that it stays with one origin. Real sockets, short limits. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { type HttpLimits, noAnswer, remoteHttp } from "../../src/git/Http.ts"

const LIMITS: HttpLimits = { connect: 1000, first: 300, idle: 300, most: 1000 }

const server = (answer: (request: IncomingMessage, response: ServerResponse) => void) =>
  Effect.acquireRelease(
    Effect.callback<{ readonly url: string; readonly seen: Array<string>; readonly close: () => void }>((resume) => {
      const seen: Array<string> = []
      const made = createServer((request, response) => {
        seen.push(`${request.method ?? ""} ${request.url ?? ""}`)
        request.resume()
        answer(request, response)
      })
      made.listen(0, "127.0.0.1", () =>
        resume(
          Effect.succeed({
            url: `http://127.0.0.1:${(made.address() as AddressInfo).port}`,
            seen,
            close: () => (made.closeAllConnections(), void made.close()),
          }),
        ),
      )
    }),
    ({ close }) => Effect.sync(close),
  )

const body = async function* (text: string) {
  yield Buffer.from(text)
}

/** What comes of a request: the answer's text, or why there is none. */
const ask = Effect.fnUntraced(function* (remote: string, url: string, post?: string) {
  const http = yield* remoteHttp(remote, LIMITS)
  const said = yield* Effect.tryPromise({
    try: async () => {
      const answer = await http.request({
        url,
        headers: { authorization: "Basic canary" },
        ...(post === undefined ? {} : { method: "POST", body: body(post) }),
      })
      let text = ""
      for await (const part of answer.body) text += Buffer.from(part).toString()
      return `${answer.statusCode} ${text}`
    },
    catch: (error) => ({ why: noAnswer(error) ?? (error as Error).message }),
  }).pipe(Effect.catch(({ why }) => Effect.succeed(why)))
  return { said, pushed: http.pushed() }
})

describe("the connection to a remote", () => {
  it.live("brings an answer whole, and its status", () =>
    Effect.gen(function* () {
      const { url } = yield* server((_, response) => response.writeHead(404).end("nothing"))
      assert.strictEqual((yield* ask(url, `${url}/x`)).said, "404 nothing")
    }),
  )

  it.live("gives up on an answer that does not begin, does not go on, or is too large", () =>
    Effect.gen(function* () {
      const silent = yield* server(() => undefined)
      assert.match((yield* ask(silent.url, `${silent.url}/x`)).said, /UND_ERR_HEADERS_TIMEOUT/)
      const slow = yield* server((_, response) => void response.writeHead(200).write("a"))
      assert.match((yield* ask(slow.url, `${slow.url}/x`)).said, /UND_ERR_BODY_TIMEOUT/)
      const large = yield* server((_, response) => response.end("x".repeat(5000)))
      assert.match((yield* ask(large.url, `${large.url}/x`)).said, /UND_ERR_RES_EXCEEDED_MAX_SIZE/)
      const broken = yield* server((request) => request.socket.destroy())
      assert.match((yield* ask(broken.url, `${broken.url}/x`)).said, /other side closed|ECONNRESET|SOCKET/i)
      assert.match((yield* ask("http://127.0.0.1:1", "http://127.0.0.1:1/x")).said, /ECONNREFUSED/)
    }),
  )

  it.live("sends nothing to another origin: neither at once nor by a redirect, and no change after one", () =>
    Effect.gen(function* () {
      const stranger = yield* server((_, response) => response.end("stranger"))
      const { seen, url } = yield* server((request, response) => {
        const to = (request.url ?? "").startsWith("/away") ? `${stranger.url}/x` : "/circle"
        response.writeHead(302, { location: to }).end()
      })
      assert.include((yield* ask(url, `${stranger.url}/x`)).said, "leads on to")
      assert.include((yield* ask(url, `${url}/away`)).said, "leads on to")
      assert.include((yield* ask(url, `${url}/circle`)).said, "in a circle")
      const { pushed, said } = yield* ask(url, `${url}/r/git-receive-pack`, "objects")
      assert.strictEqual(said, "302 ")
      assert.isTrue(pushed)
      assert.deepStrictEqual(stranger.seen, [])
      assert.strictEqual(seen.filter((line) => line.startsWith("POST")).length, 1)
    }),
  )

  it.live("knows whether a change may have reached the remote", () =>
    Effect.gen(function* () {
      const { url } = yield* server((_, response) => response.end("ok"))
      assert.isFalse((yield* ask(url, `${url}/r/info/refs?service=git-receive-pack`)).pushed)
      assert.isFalse((yield* ask(url, `${url}/r/git-upload-pack`, "wants")).pushed)
      assert.isTrue((yield* ask(url, `${url}/r/git-receive-pack`, "objects")).pushed)
      assert.isFalse(
        (yield* ask("http://127.0.0.1:1", `${url}/r/git-receive-pack`, "objects")).pushed,
        "it was not sent",
      )
    }),
  )

  it.live("goes on where a redirect within the origin led", () =>
    Effect.gen(function* () {
      const { seen, url } = yield* server((request, response) => {
        if ((request.url ?? "").startsWith("/old/info"))
          response.writeHead(301, { location: (request.url ?? "").replace("/old", "/new.git") }).end()
        else response.end("here")
      })
      const http = yield* remoteHttp(url, LIMITS)
      yield* Effect.promise(() => http.request({ url: `${url}/old/info/refs?service=git-upload-pack` }))
      yield* Effect.promise(() => http.request({ url: `${url}/old/git-upload-pack`, method: "POST", body: body("x") }))
      assert.deepStrictEqual(seen, [
        "GET /old/info/refs?service=git-upload-pack",
        "GET /new.git/info/refs?service=git-upload-pack",
        "POST /new.git/git-upload-pack",
      ])
    }),
  )
})
