/** What the mcp tools do. Every word of another server that leaves here went through the redactor and is bounded. */
import { Duration, Effect, FiberSet, Schema } from "effect"
import { score, wordsOf } from "../../aws/api/Score.ts"
import { clip, oneLine } from "../../core/Text.ts"
import type { Step } from "../../fleet/ConnectionModel.ts"
import { Fleet, type ServerStatus } from "../../fleet/Fleet.ts"
import { shownSchema } from "../../fleet/ForeignTool.ts"
import { shownWay } from "../../fleet/ServerSpec.ts"
import type { Listed } from "../../fleet/Toolbox.ts"
import { Redactor } from "../../guard/Redactor.ts"
import { maybe } from "../AwsFields.ts"
import { ToolCall } from "../ToolCall.ts"
import { toolFailure } from "../ToolFailure.ts"
import { shownAnswer } from "./result.ts"

interface At {
  readonly server: string
}

/** A line of a list: more of a tool's words shows its description. */
const SUMMARY = 160
/** Progress is told at most so often; a server may tell it as often as it likes. */
const PACE = Duration.millis(250)

const shownServer = (
  { connection, restarts, spec, state, tools, why }: ServerStatus,
  clean: (text: string) => string,
) => {
  const told = connection?.server
  const garbage = connection?.garbageSeen() ?? 0
  return {
    server: spec.name,
    state,
    ...maybe("reason", why),
    transport: spec.way.kind,
    location: oneLine(clean(shownWay(spec)), 300),
    ...maybe("protocol", connection?.protocol),
    ...maybe(
      "calls_itself",
      told === undefined
        ? undefined
        : oneLine(clean(`${told.name.slice(0, 1000)} ${told.version.slice(0, 1000)}`), 100),
    ),
    ...maybe("tools", tools),
    restarts,
    ...maybe("garbage_lines", garbage === 0 ? undefined : garbage),
  }
}

/** The servers and how they are. */
export const servers = Effect.gen(function* () {
  const fleet = yield* Fleet
  const { text } = yield* Redactor
  const all = yield* Effect.mapError(fleet.servers, toolFailure)
  return { servers: all.map((one) => shownServer(one, text)) }
})

export const start = Effect.fnUntraced(function* ({ server }: At) {
  const fleet = yield* Fleet
  const { text } = yield* Redactor
  return shownServer(yield* Effect.mapError(fleet.start(server), toolFailure), text)
})

export const stop = Effect.fnUntraced(function* ({ server }: At) {
  const fleet = yield* Fleet
  const { text } = yield* Redactor
  return shownServer(yield* Effect.mapError(fleet.stop(server), toolFailure), text)
})

const lineOf = (server: string, { standing, tool }: Listed) => ({
  server,
  tool: tool.name,
  standing,
  summary: oneLine(tool.description === "" ? (tool.title ?? "") : tool.description, SUMMARY),
})

/** One page of a server's tools; the cursor is the last name of the page before. */
export const tools = Effect.fnUntraced(function* (input: At & { readonly limit?: number; readonly cursor?: string }) {
  const { cursor, limit = 50, server } = input
  const fleet = yield* Fleet
  const toolbox = yield* Effect.mapError(fleet.toolbox(server), toolFailure)
  const { cut, leftOut, tools: all } = yield* Effect.mapError(toolbox.list, toolFailure)
  const sorted = all.toSorted((a, b) => (a.tool.name < b.tool.name ? -1 : 1))
  const rest = cursor === undefined ? sorted : sorted.filter(({ tool }) => tool.name > cursor)
  const page = rest.slice(0, limit)
  const missing = [
    ...(leftOut === 0 ? [] : [`${leftOut} entries that are no usable tools, or too many`]),
    ...(cut ? ["further pages of its list"] : []),
  ]
  return {
    untrusted: true as const,
    tools: page.map((one) => lineOf(server, one)),
    total: all.length,
    ...maybe("left_out", missing.length === 0 ? undefined : missing.join("; ")),
    ...maybe("next_cursor", rest.length > page.length ? page.at(-1)?.tool.name : undefined),
  }
})

/** A schema as the result's own schema wants it; it was bounded when it was listed. */
const asJson = (schema: Readonly<Record<string, unknown>>): Schema.JsonObject => schema as Schema.JsonObject // parsed from JSON

export const describe = Effect.fnUntraced(function* (
  input: At & { readonly tool: string; readonly accept_changes?: boolean },
) {
  const fleet = yield* Fleet
  const { text } = yield* Redactor
  const toolbox = yield* Effect.mapError(fleet.toolbox(input.server), toolFailure)
  const shown = input.accept_changes === true ? toolbox.approve(input.tool) : toolbox.describe(input.tool)
  const { standing, tool } = yield* Effect.mapError(shown, toolFailure)
  return {
    untrusted: true as const,
    server: input.server,
    tool: tool.name,
    ...maybe("title", tool.title),
    standing,
    description: tool.description,
    input_schema: asJson(shownSchema(tool.inputSchema, text)),
    ...maybe(
      "output_schema",
      tool.outputSchema === undefined ? undefined : asJson(shownSchema(tool.outputSchema, text)),
    ),
    hints: tool.hints,
    ...maybe("unusable", tool.unusable),
  }
})

/** Tools by words, of one server or of all that run. What could not be asked is told. */
export const find = Effect.fnUntraced(function* (input: {
  readonly query: string
  readonly server?: string
  readonly limit?: number
}) {
  const fleet = yield* Fleet
  const all = yield* Effect.mapError(fleet.servers, toolFailure)
  const names = input.server === undefined ? all.map(({ spec }) => spec.name) : [input.server]
  const answers = yield* Effect.forEach(
    names,
    (server) =>
      Effect.result(Effect.flatMap(fleet.toolbox(server), ({ list }) => list)).pipe(
        Effect.map((result) => ({ server, result })),
      ),
    { concurrency: 8 },
  )
  const asked = wordsOf(input.query).slice(0, 20)
  const ranked = answers
    .flatMap(({ result, server }) =>
      result._tag === "Failure"
        ? []
        : result.success.tools.map((one) => ({
            line: lineOf(server, one),
            points: score(asked, {
              name: wordsOf(one.tool.name),
              title: wordsOf(`${server} ${one.tool.title ?? ""}`),
              text: clip(one.tool.description, 1000),
            }),
          })),
    )
    .filter(({ points }) => points > 0)
    .sort((a, b) => b.points - a.points || (a.line.tool < b.line.tool ? -1 : 1))
    .slice(0, input.limit ?? 10)
  return {
    untrusted: true as const,
    tools: ranked.map(({ line }) => line),
    not_asked: answers.flatMap(({ result, server }) =>
      result._tag === "Failure" ? [{ server, reason: clip(result.failure.message, 300) }] : [],
    ),
  }
})

/** Calls a tool; the server's progress is passed on at a bearable pace. */
export const call = Effect.fnUntraced(function* (
  input: At & {
    readonly tool: string
    readonly arguments?: Schema.JsonObject
    readonly timeout_seconds?: number
  },
) {
  const fleet = yield* Fleet
  const redactor = yield* Redactor
  const { progress } = yield* ToolCall
  const run = yield* FiberSet.makeRuntime<never>()
  const toolbox = yield* Effect.mapError(fleet.toolbox(input.server), toolFailure)
  let telling = false
  const onStep = ({ message, ...step }: Step): void => {
    if (telling) return
    telling = true
    run(
      progress({
        ...step,
        ...maybe("message", message === undefined ? undefined : oneLine(redactor.text(message.slice(0, 2000)), 200)),
      }).pipe(
        Effect.andThen(Effect.sleep(PACE)),
        Effect.ensuring(
          Effect.sync(() => {
            telling = false
          }),
        ),
      ),
    )
  }
  const { answer, tool } = yield* Effect.mapError(
    toolbox.call(input.tool, input.arguments ?? {}, Duration.seconds(input.timeout_seconds ?? 60), onStep),
    toolFailure,
  )
  return {
    untrusted: true as const,
    server: input.server,
    tool: tool.name,
    ...(yield* shownAnswer(answer, tool, redactor)),
  }
}, Effect.scoped)
