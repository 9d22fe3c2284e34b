/** The server's face in memory: a stdio transport over plain streams, and calls that do what a test says. */
import { PassThrough } from "node:stream"
import { assert, describe, it } from "@effect/vitest"
import { StdioServerTransport } from "@modelcontextprotocol/server/stdio"
import { Clock, Context, Deferred, Effect, Exit, Fiber, Layer, Scope } from "effect"
import { layerStdio, type McpOptions, McpServer } from "../../src/mcp/Server.ts"
import { telling } from "../../src/orchestrator/RunProgress.ts"
import type { Outcome } from "../../src/tools/Guarded.ts"
import { listedTools } from "../../src/tools/Listing.ts"
import { ToolCall } from "../../src/tools/ToolCall.ts"
import { until } from "../kit/Drive.ts"
import { unit } from "../kit/Units.ts"

interface Message {
  readonly id?: number
  readonly method?: string
  readonly params?: Readonly<Record<string, unknown>>
  readonly result?: Readonly<Record<string, unknown>>
  readonly error?: { readonly code: number }
}

const tools = listedTools(["aws", "vault"], false)
const done: Outcome = { _tag: "Done", value: { n: 1 } }

/** A connection that has said hello. */
const connect = Effect.fnUntraced(function* (call: McpOptions["call"]) {
  const input = new PassThrough()
  const output = new PassThrough()
  const messages: Array<Message> = []
  const waiting = new Map<number, (message: Message) => void>()
  output.setEncoding("utf8").on("data", (text: string) => {
    for (const line of text.split("\n").filter((one) => one !== "")) {
      const message = JSON.parse(line) as Message
      messages.push(message)
      if (message.id !== undefined) waiting.get(message.id)?.(message)
    }
  })
  const scope = yield* Scope.make()
  yield* Effect.addFinalizer(() => Scope.close(scope, Exit.void))
  const options = { name: "test", title: "Test", version: "0", instructions: "none", tools, call }
  const context = yield* Layer.buildWithScope(
    layerStdio(options, () => new StdioServerTransport(input, output)),
    scope,
  )
  const send = (message: object) =>
    Effect.sync(() => input.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`))
  const request = (id: number, method: string, params: object = {}) =>
    Effect.callback<Message>((resume) => {
      waiting.set(id, (message) => resume(Effect.succeed(message)))
      input.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`)
    })
  const clientInfo = { name: "t", version: "0" }
  yield* request(1, "initialize", { protocolVersion: "2025-11-25", capabilities: {}, clientInfo })
  yield* send({ method: "notifications/initialized" })
  return { request, send, messages, scope, input, server: Context.get(context, McpServer) }
})

const callOf = (name: string, more: object = {}) => ({ name, arguments: {}, ...more })

describe("the MCP server", () => {
  it.live("a result is the same JSON as text and as structure; a failure is text alone", () =>
    Effect.gen(function* () {
      const failed: Outcome = { _tag: "Failed", text: "no\ncode=x", code: "x" }
      const { request } = yield* connect((name) => Effect.succeed(name === "aws_call" ? done : failed))
      const good = yield* request(2, "tools/call", callOf("aws_call"))
      assert.deepEqual(good.result?.["structuredContent"], { n: 1 })
      assert.deepEqual(good.result?.["content"], [{ type: "text", text: '{"n":1}' }])
      const bad = yield* request(3, "tools/call", callOf("aws_get_caller_identity"))
      assert.deepInclude(bad.result, { isError: true, content: [{ type: "text", text: "no\ncode=x" }] })
      assert.notProperty(bad.result, "structuredContent")
    }),
  )

  it.live("a tool that is not listed is a protocol error, and is not called", () =>
    Effect.gen(function* () {
      let called = 0
      const { request } = yield* connect(() => Effect.sync(() => (called++, done)))
      assert.strictEqual((yield* request(2, "tools/call", callOf("s3_list_buckets"))).error?.code, -32602)
      assert.strictEqual(called, 0)
    }),
  )

  it.live("the list is what was given, the same at every connection", () =>
    Effect.gen(function* () {
      const lists = yield* Effect.forEach([1, 2], () =>
        Effect.gen(function* () {
          const { request } = yield* connect(() => Effect.succeed(done))
          return (yield* request(2, "tools/list")).result?.["tools"]
        }),
      )
      assert.deepEqual(lists[0], tools)
      assert.deepEqual(lists[1], lists[0])
    }),
  )

  it.live("progress is sent to those who asked for it, and only to them", () =>
    Effect.gen(function* () {
      const { messages, request } = yield* connect(() =>
        Effect.gen(function* () {
          yield* (yield* ToolCall).progress({ progress: 1, total: 2, message: "half" })
          return done
        }),
      )
      yield* request(2, "tools/call", callOf("aws_call"))
      assert.isFalse(messages.some(({ method }) => method === "notifications/progress"))
      yield* request(3, "tools/call", callOf("aws_call", { _meta: { progressToken: "t" } }))
      const steps = messages.filter(({ method }) => method === "notifications/progress")
      assert.deepEqual(steps[0]?.params, { progressToken: "t", progress: 1, total: 2, message: "half" })
    }),
  )

  it.effect(
    "a run of a workflow is never silent for long: changes are sent at once, else a sign of life each 15 s",
    () =>
      Effect.gen(function* () {
        let tell: Effect.Success<typeof telling> = () => Effect.void
        const { messages, send } = yield* connect(() =>
          Effect.scoped(
            Effect.gen(function* () {
              tell = yield* telling
              return yield* Effect.never
            }),
          ),
        )
        const steps = () =>
          messages.flatMap(({ method, params }) => (method === "notifications/progress" ? [params] : []))
        /** Milliseconds until the next one is sent. */
        const next = Effect.gen(function* () {
          const before = steps().length
          const from = yield* Clock.currentTimeMillis
          yield* until(() => steps().length > before)
          return (yield* Clock.currentTimeMillis) - from
        })
        yield* send({ id: 5, method: "tools/call", params: callOf("aws_call", { _meta: { progressToken: "t" } }) })
        const silences = [yield* next, yield* next]
        yield* tell(unit({ key: "a", state: "running" }))
        const changes = [yield* next]
        silences.push(yield* next, yield* next)
        for (const state of ["done", "undoing", "undone"] as const) {
          yield* tell(unit({ key: "a", state }))
          changes.push(yield* next)
          silences.push(yield* next)
        }
        for (const silence of silences) assert.approximately(silence, 15_000, 600)
        for (const change of changes) assert.isAtMost(change, 600)

        const told = steps().map((params) => Number(params?.["progress"]))
        assert.deepEqual(
          told,
          [...new Set(told)].toSorted((a, b) => a - b),
        )
        assert.deepEqual(
          told.map((progress) => Math.floor(progress)),
          [0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1],
        )
        assert.strictEqual(steps()[2]?.["message"], "1 running; now a")
      }),
  )

  it.live("a cancelled call is interrupted and never answered", () =>
    Effect.gen(function* () {
      const started = yield* Deferred.make<void>()
      const ended = yield* Deferred.make<void>()
      const { messages, request, send } = yield* connect((name) =>
        name === "aws_call"
          ? Effect.andThen(Deferred.succeed(started, undefined), Effect.never).pipe(
              Effect.onInterrupt(() => Deferred.succeed(ended, undefined)),
            )
          : Effect.succeed(done),
      )
      yield* send({ id: 5, method: "tools/call", params: callOf("aws_call") })
      yield* Deferred.await(started)
      yield* send({ method: "notifications/cancelled", params: { requestId: 5 } })
      yield* Deferred.await(ended)
      yield* request(6, "tools/call", callOf("aws_get_caller_identity"))
      assert.isFalse(messages.some(({ id }) => id === 5))
    }),
  )

  it.live("closing the server interrupts what is under way and waits for its clean-up", () =>
    Effect.gen(function* () {
      const started = yield* Deferred.make<void>()
      let cleaned = false
      const { scope, send } = yield* connect(() =>
        Effect.andThen(Deferred.succeed(started, undefined), Effect.never).pipe(
          Effect.onInterrupt(() =>
            Effect.andThen(
              Effect.yieldNow,
              Effect.sync(() => (cleaned = true)),
            ),
          ),
        ),
      )
      yield* send({ id: 5, method: "tools/call", params: callOf("aws_call") })
      yield* Deferred.await(started)
      yield* Scope.close(scope, Exit.void)
      assert.isTrue(cleaned)
    }),
  )

  it.live("the end of input closes the connection", () =>
    Effect.gen(function* () {
      const { input, server } = yield* connect(() => Effect.succeed(done))
      const closed = yield* Effect.forkChild(server.closed)
      input.end()
      yield* Fiber.join(closed)
    }),
  )
})
