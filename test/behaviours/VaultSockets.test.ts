/** Behaviour 37 of the Vault client, on real sockets: answers without measure, and what becomes of their connections. */
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber } from "effect"
import * as http from "node:http"
import * as net from "node:net"
import { gzipSync } from "node:zlib"
import type { AppConfigShape } from "../../src/config/AppConfig.ts"
import { VaultHttp } from "../../src/vault/VaultHttp.ts"
import { CREDS, listening, LOOKUP, realHttp, vaultLike } from "../kit/RealVault.ts"
import { leftOpen, socketsOf } from "../kit/Sockets.ts"
import { token } from "../kit/VaultOverHttp.ts"

const MIB = 1024 * 1024
const ask = (call = CREDS) => VaultHttp.use((it) => Effect.result(it.request(token, call)))

/** One request, how long it took, and what the server saw of its sockets while the client lived on. */
const outcome = (server: net.Server, vault: Partial<AppConfigShape["vault"]>, call = CREDS) =>
  Effect.gen(function* () {
    const sockets = socketsOf(server)
    const address = `http://127.0.0.1:${yield* listening(server)}`
    return yield* Effect.gen(function* () {
      const [took, result] = yield* Effect.timed(ask(call))
      const open = yield* leftOpen(sockets)
      return {
        open,
        opened: sockets.length,
        written: sockets.reduce((sum, socket) => sum + socket.bytesWritten, 0),
        millis: Duration.toMillis(took),
        reason: result._tag === "Failure" ? result.failure.reason : undefined,
        message: result._tag === "Failure" ? result.failure.message : "",
      }
    }).pipe(Effect.provide(realHttp({ address, ...vault })))
  })

/** Writes without end, as fast as it is read. */
const pour = (to: net.Socket | http.ServerResponse, piece: string) => {
  const more = () => {
    while (!to.destroyed && to.write(piece));
  }
  to.on("drain", more).on("error", () => {})
  more()
}

/** Writes the pieces one after the other, every 20 ms, for as long as somebody listens. */
const drip = (to: net.Socket | http.ServerResponse, piece: string) => {
  const timer = setInterval(() => to.write(piece), 20)
  to.on("close", () => clearInterval(timer)).on("error", () => {})
}

const raw = (answer: (socket: net.Socket) => void) =>
  net.createServer((socket) => {
    socket.on("error", () => {})
    socket.once("data", () => answer(socket))
  })

describe("an answer without measure", () => {
  const HASTE = { timeout: Duration.millis(400) }
  const PATIENCE = { timeout: Duration.seconds(20) }

  for (const [name, headers] of [
    ["of 1 GB", { "content-length": String(1024 * MIB) }],
    ["in chunks without end", {}],
  ] as const) {
    it.live(`37 ${name} is cut at 8 MiB, and its socket is closed`, () =>
      Effect.gen(function* () {
        const server = http.createServer((_, response) => {
          response.writeHead(200, headers)
          pour(response, "x".repeat(65_536))
        })
        const { message, millis, open, reason, written } = yield* outcome(server, PATIENCE)
        assert.strictEqual(reason?._tag, "Malformed")
        assert.include(message, "8 MiB")
        assert.isBelow(written, 64 * MIB)
        assert.isBelow(millis, 10_000)
        assert.strictEqual(open, 0)
      }),
    )
  }

  it.live("37 that is a gzip bomb is not unpacked", () =>
    Effect.gen(function* () {
      const bomb = gzipSync(Buffer.alloc(200 * MIB, " "))
      const server = http.createServer((_, response) =>
        response.writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" }).end(bomb),
      )
      const before = process.memoryUsage().arrayBuffers
      const { message, millis, reason } = yield* outcome(server, PATIENCE)
      assert.strictEqual(reason?._tag, "Malformed")
      assert.include(message, "compressed")
      assert.isBelow(millis, 5000)
      assert.isBelow(process.memoryUsage().arrayBuffers - before, 64 * MIB)
    }),
  )

  const slow: ReadonlyArray<readonly [string, () => net.Server]> = [
    ["never comes", () => raw(() => {})],
    ["comes a byte at a time", () => http.createServer((_, response) => drip(response.writeHead(200), " "))],
    [
      "has a head that comes a byte at a time",
      () =>
        raw((socket) => {
          socket.write("HTTP/1.1 200 OK\r\nx-slow: ")
          drip(socket, "x")
        }),
    ],
    [
      "has chunks that do not end",
      () =>
        raw((socket) => {
          socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
          drip(socket, "1\r\n \r\n")
        }),
    ],
  ]
  for (const [name, server] of slow) {
    it.live(`37 that ${name} ends at the time limit of the whole request, and its socket is closed`, () =>
      Effect.gen(function* () {
        for (const call of [CREDS, LOOKUP]) {
          const { millis, open, opened, reason } = yield* outcome(server(), HASTE, call)
          assert.strictEqual(reason?._tag, call === CREDS ? "OutcomeUnknown" : "Unreachable")
          assert.isAtLeast(millis, 390)
          assert.isBelow(millis, 1500)
          assert.deepStrictEqual([opened, open], [1, 0])
        }
      }),
    )
  }

  it.live("37 whose head does not end is cut, and its socket is closed", () =>
    Effect.gen(function* () {
      const server = raw((socket) => {
        socket.write("HTTP/1.1 200 OK\r\n")
        pour(socket, `x-more: ${"x".repeat(1000)}\r\n`)
      })
      const { millis, open, reason, written } = yield* outcome(server, PATIENCE)
      assert.strictEqual(reason?._tag, "OutcomeUnknown")
      assert.isBelow(written, 8 * MIB)
      assert.isBelow(millis, 5000)
      assert.strictEqual(open, 0)
    }),
  )
})

describe("sockets", () => {
  it.live("37 do not leak: good answers share them, bad ones leave none, and none outlives the client", () =>
    Effect.gen(function* () {
      let nth = 0
      const bad: ReadonlyArray<http.RequestListener> = [
        (_, response) => drip(response.writeHead(200), " "),
        (_, response) => pour(response.writeHead(200), "x".repeat(65_536)),
        (request) => void request.socket.destroy(),
        (_, response) => void response.writeHead(200, { "content-length": "9" }).write("1"),
      ]
      const server = http.createServer((request, response) =>
        request.url?.includes("creds") ? bad[nth++ % bad.length]?.(request, response) : vaultLike(request, response),
      )
      const sockets = socketsOf(server)
      const address = `http://127.0.0.1:${yield* listening(server)}`
      const client = realHttp({ address, timeout: Duration.millis(300) })
      const kept = yield* Effect.gen(function* () {
        for (let i = 0; i < 20; i++) assert.strictEqual((yield* ask(LOOKUP))._tag, "Success")
        return sockets.filter((socket) => !socket.destroyed).length
      }).pipe(Effect.provide(client))
      assert.isAtLeast(kept, 1)
      assert.isAtMost(sockets.length, 2)
      assert.strictEqual(yield* leftOpen(sockets), 0)
      const afterBad = yield* Effect.gen(function* () {
        for (let i = 0; i < 12; i++) assert.strictEqual((yield* ask(CREDS))._tag, "Failure")
        return yield* leftOpen(sockets)
      }).pipe(Effect.provide(client))
      assert.strictEqual(afterBad, 0)
    }),
  )

  it.live("37 of a request that is interrupted are closed", () =>
    Effect.gen(function* () {
      const server = raw(() => {})
      const sockets = socketsOf(server)
      const heard = new Promise<void>((resolve) => server.once("connection", () => resolve()))
      const address = `http://127.0.0.1:${yield* listening(server)}`
      const open = yield* Effect.gen(function* () {
        const fiber = yield* Effect.forkChild(ask())
        yield* Effect.promise(() => heard)
        yield* Fiber.interrupt(fiber)
        return yield* leftOpen(sockets)
      }).pipe(Effect.provide(realHttp({ address })))
      assert.deepStrictEqual([sockets.length, open], [1, 0])
    }),
  )
})
