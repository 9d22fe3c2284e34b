/**
 * The only way from a ToolSpec to something that can be called. Every call, by a model, a person or an agent, goes:
 * arguments decoded (all problems at once, nothing sent) → Gate → handler → output encoded → live secrets taken out, and
 * those that were let go of meanwhile.
 */
import { Cause, Effect, Schema, SchemaIssue } from "effect"
import { clip, oneLine } from "../core/Text.ts"
import { Gate } from "../guard/Gate.ts"
import { Redactor } from "../guard/Redactor.ts"
import { failureText, ToolFailure } from "./ToolFailure.ts"
import { inputDocument, type ObjectSchema, outputDocument } from "./ToolSchema.ts"
import type { ToolCall } from "./ToolCall.ts"
import type { ToolMeta, ToolSpec } from "./ToolSpec.ts"

/** How a call ended, for whoever shows it. */
export type Outcome =
  | {
      readonly _tag: "Done"
      readonly value: Readonly<Record<string, unknown>>
      /** It shows secret values: it may be looked at, and is kept nowhere. */
      readonly reveals?: boolean
    }
  | {
      readonly _tag: "Failed"
      readonly text: string
      readonly code: string
      /** A change may have happened all the same. */
      readonly unsure?: boolean
    }

/** A tool that may be called: its words, its schemas, and one function. */
export interface Tool<R> {
  readonly meta: ToolMeta
  /** `accounts`: whether accounts are configured, and the argument means something. */
  readonly inputSchema: (accounts: boolean) => ObjectSchema
  readonly outputSchema: () => ObjectSchema
  readonly call: (args: unknown) => Effect.Effect<Outcome, never, R | Gate | Redactor | ToolCall>
}

const failed = (failure: ToolFailure, redactor: Redactor["Service"]): Outcome => ({
  _tag: "Failed",
  text: redactor.text(failureText(failure)),
  code: failure.code,
  ...(failure.unsure === true ? { unsure: true } : {}),
})

const accountOf = (args: unknown): string | undefined => {
  if (typeof args !== "object" || args === null || !("account" in args)) return undefined
  return typeof args.account === "string" ? args.account : undefined
}

const issuesOf = SchemaIssue.makeFormatterStandardSchemaV1()

/** Schema's words for the two commonest slips, put plainly. */
const PLAIN: Readonly<Record<string, string>> = {
  "Expected no excess property": "is not an argument of this tool",
  "Missing key": "is required",
}

/** Problems of the arguments, one a line, each with its path; never the value. */
const invalid = (name: string, error: Schema.SchemaError): ToolFailure => {
  const problems = issuesOf(error.issue).issues.map(({ message, path }) => {
    const at = (path ?? []).map((step) => String(typeof step === "object" ? step.key : step)).join(".")
    return `- ${at === "" ? "arguments" : oneLine(at, 100)}: ${PLAIN[message] ?? `${message.slice(0, 1).toLowerCase()}${message.slice(1)}`}`
  })
  return new ToolFailure({
    code: "invalid_arguments",
    what: `invalid arguments for ${name}, nothing was sent:\n${clip(problems.join("\n"), 4000)}`,
  })
}

/** The value of `make`, made at the first need. */
const once = <A>(make: () => A): (() => A) => {
  let made: { readonly value: A } | undefined
  return () => (made ??= { value: make() }).value
}

/** Wraps a spec; see the header for what happens on the way. */
export const guarded = <I, IE, O, OE, R>(spec: ToolSpec<I, IE, O, OE, R>): Tool<Exclude<R, ToolCall>> => {
  const {
    annotations,
    demands,
    description,
    name,
    reads,
    reveals,
    spellings = (args: unknown) => args,
    title,
    toolset,
  } = spec
  // Compiled at the first call or listing that needs them: most processes use few of the tools.
  const decode = once(() => Schema.decodeUnknownEffect(Schema.toCodecJson(spec.input)))
  const encode = once(() => Schema.encodeUnknownEffect(Schema.toCodecJson(spec.output)))
  const inputs = {
    with: once(() => inputDocument(spec.input)),
    without: once(() => inputDocument(spec.input, ["account"])),
  }
  const output = once(() => outputDocument(spec.output))
  const call = Effect.fn(`tool/${name}`)(
    function* (args: unknown) {
      const gate = yield* Gate
      const redactor = yield* Redactor
      return yield* decode()(spellings(args ?? {}), { errors: "all", onExcessProperty: "error" }).pipe(
        Effect.mapError((error) => invalid(name, error)),
        Effect.tap(
          Effect.fnUntraced(function* (input) {
            const readOnly = annotations.readOnly || (reads !== undefined && (yield* reads(input)))
            const request = {
              tool: name,
              readOnly,
              reveals: reveals?.(input) ?? false,
              demands: demands?.(input) ?? false,
              account: accountOf(args),
            }
            yield* gate
              .pass(request)
              .pipe(Effect.mapError((error) => new ToolFailure({ code: "access_refused", what: error.message })))
          }),
        ),
        Effect.flatMap((input) =>
          spec.handler(input).pipe(
            Effect.flatMap((value) => Effect.orDie(encode()(value))), // an output that its own schema refuses is a defect of ours
            Effect.map((value): Outcome => ({
              _tag: "Done",
              // every output schema is an object at its root: outputDocument proves it when the tool is made
              value: redactor.data(value as Readonly<Record<string, unknown>>),
              ...(reveals?.(input) === true ? { reveals: true } : {}),
            })),
          ),
        ),
        Effect.catch((failure) => Effect.succeed(failed(failure, redactor))),
      )
    },
    // A defect goes to the log, where only operators look; the caller learns that it was ours.
    Effect.catchCause((cause) =>
      Cause.hasInterruptsOnly(cause)
        ? Effect.failCause(cause)
        : Effect.as(Effect.logError(`tool ${name} died`, oneLine(Cause.pretty(cause), 4000)), {
            _tag: "Failed",
            text: `${name} failed through a fault of this server; its log has the details.\ncode=internal_error`,
            code: "internal_error",
            unsure: true,
          } satisfies Outcome),
    ),
    // The lease that a call is signed with may be replaced under it: its secrets stay hidden in what AWS then says.
    (work) => Effect.flatMap(Redactor, ({ during }) => during(work)),
  )
  return {
    meta: { annotations, description, name, title, toolset },
    inputSchema: (accounts) => (accounts ? inputs.with() : inputs.without()),
    outputSchema: output,
    // R holds ToolCall when the handler asks for it; either way the caller provides it.
    call: call as Tool<Exclude<R, ToolCall>>["call"],
  }
}
