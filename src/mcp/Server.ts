/**
 * The server's face to a model: the catalog over stdio, in both eras of the protocol (2026-07-28 and the `initialize`
 * revisions). The only file that knows the MCP SDK. A call is one fiber; the client's cancellation interrupts it.
 */
import type { CallToolResult } from "@modelcontextprotocol/server"
import { ProtocolError, ProtocolErrorCode, Server } from "@modelcontextprotocol/server"
import { serveStdio, StdioServerTransport } from "@modelcontextprotocol/server/stdio"
import { Context, Deferred, Effect, Exit, FiberSet, Layer } from "effect"
import { oneLine } from "../core/Text.ts"
import type { Outcome } from "../tools/Guarded.ts"
import type { ListedTool } from "../tools/Listing.ts"
import { ToolCall } from "../tools/ToolCall.ts"

/** The connection to the client that started this process. */
export class McpServer extends Context.Service<
  McpServer,
  {
    /** Completes when the client closed stdin, stdout broke, or the transport gave up. */
    readonly closed: Effect.Effect<void>
  }
>()("vault-aws-mcp/mcp/McpServer") {}

/** The list of tools does not change while the process lives; an hour is what a client may keep it. */
const LIST_TTL = 3_600_000

/** A message above this size ends the connection: no tool takes so much. */
const MAX_MESSAGE = 10 * 1024 * 1024

const text = (content: string) => [{ type: "text" as const, text: content }]

/** Errors are complete in their text and carry no structured content: clients check that against the output schema. */
const resultOf = (outcome: Outcome): CallToolResult =>
  outcome._tag === "Failed"
    ? { isError: true, content: text(outcome.text) }
    : { content: text(JSON.stringify(outcome.value)), structuredContent: { ...outcome.value } }

/** What is served. */
export interface McpOptions {
  readonly name: string
  readonly title: string
  readonly version: string
  /** At most 2,048 characters: clients cut it there. */
  readonly instructions: string
  readonly tools: ReadonlyArray<ListedTool>
  /** Carries out a call of one of `tools`. */
  readonly call: (name: string, args: unknown) => Effect.Effect<Outcome, never, ToolCall>
}

/** Serves until its scope closes; calls under way are then interrupted and awaited. */
export const layerStdio = (
  options: McpOptions,
  transport: () => StdioServerTransport = () =>
    new StdioServerTransport(undefined, undefined, { maxBufferSize: MAX_MESSAGE }),
): Layer.Layer<McpServer> =>
  Layer.effect(
    McpServer,
    Effect.gen(function* () {
      const names = new Set(options.tools.map(({ name }) => name))
      const tools = [...options.tools]
      const closed = yield* Deferred.make<void>()
      const run = yield* FiberSet.makeRuntimePromise()
      const log = yield* FiberSet.makeRuntime()

      /** One per connection and era; cheap, as the SDK may ask for several. */
      const makeServer = (): Server => {
        const server = new Server(
          { name: options.name, title: options.title, version: options.version },
          {
            capabilities: { tools: {} },
            instructions: options.instructions,
            cacheHints: { "tools/list": { ttlMs: LIST_TTL, cacheScope: "public" } },
          },
        )
        server.setRequestHandler("tools/list", () => ({ tools }))
        server.setRequestHandler("tools/call", async (request, ctx) => {
          const { arguments: args, name } = request.params
          if (!names.has(name))
            throw new ProtocolError(ProtocolErrorCode.InvalidParams, `unknown tool ${oneLine(name, 64)}`)
          const progressToken = ctx.mcpReq._meta?.progressToken
          // The protocol wants it to grow with every notification; a tool may also just give a sign of life.
          let reached = -Infinity
          const call = options.call(name, args).pipe(
            Effect.annotateLogs({ tool: name, request: ctx.mcpReq.id }),
            Effect.provideService(ToolCall, {
              principal: "mcp",
              progress: (step) =>
                Effect.suspend(() => {
                  if (progressToken === undefined || step.progress <= reached) return Effect.void
                  reached = step.progress
                  const params = { progressToken, ...step }
                  return Effect.ignore(
                    Effect.tryPromise(() => ctx.mcpReq.notify({ method: "notifications/progress", params })),
                  )
                }),
            }),
          )
          return resultOf(await run(call, { signal: ctx.mcpReq.signal }))
        })
        return server
      }

      yield* Effect.acquireRelease(
        Effect.sync(() => {
          const stdio = transport()
          const handle = serveStdio(makeServer, {
            transport: stdio,
            onerror: (error) => {
              log(Effect.logWarning(`mcp: ${oneLine(error.message)}`))
            },
          })
          const onclose = stdio.onclose // serveStdio has set its own by now
          stdio.onclose = () => {
            onclose?.()
            Deferred.doneUnsafe(closed, Exit.void)
          }
          return handle
        }),
        (handle) => Effect.ignore(Effect.tryPromise(() => handle.close())),
      )
      return McpServer.of({ closed: Deferred.await(closed) })
    }),
  )
