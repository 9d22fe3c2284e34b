/** `call TOOL [JSON]`: one tool call from a terminal or a script, by the same door as a model's. */
import { Effect } from "effect"
import { callIn } from "../../app/World.ts"
import { nearest } from "../../core/Text.ts"
import { TOOLS } from "../../app/Tools.ts"
import { ToolCall } from "../../tools/ToolCall.ts"
import type { CommonArgs } from "../CommonArgs.ts"
import { print, say } from "../Output.ts"
import { CommandFailed, withWorld } from "../Session.ts"

const failed = (what: string): CommandFailed => new CommandFailed({ what, exitCode: 1 })

const unknownTool = (name: string): CommandFailed => {
  const guess = nearest(
    name,
    TOOLS.map((tool) => tool.meta.name),
  )
  return failed(
    `There is no tool ${JSON.stringify(name)}${guess === undefined ? "" : `, did you mean ${guess}?`} \`vault-aws-mcp tools\` lists them.`,
  )
}

const argumentsOf = (text: string): Effect.Effect<unknown, CommandFailed> =>
  Effect.try({
    try: (): unknown => JSON.parse(text),
    catch: () => failed(`The arguments are not JSON. They are one object, for example '{"bucket":"my-bucket"}'.`),
  })

/** Prints the result on stdout, or the failure on stderr with exit code 1. */
export const callTool = Effect.fnUntraced(function* (common: CommonArgs, name: string, text: string, json: boolean) {
  if (!TOOLS.some(({ meta }) => meta.name === name)) return yield* unknownTool(name)
  const args = yield* argumentsOf(text)
  const outcome = yield* withWorld(common, (_config, world) =>
    callIn(world)(name, args).pipe(
      Effect.provideService(ToolCall, {
        principal: "cli",
        progress: ({ message, progress, total }) =>
          say(`${message ?? "working"}${total === undefined ? "" : ` (${progress} of ${total})`}`),
      }),
    ),
  )
  if (outcome._tag === "Failed") return yield* failed(outcome.text)
  yield* print(JSON.stringify(outcome.value, undefined, json ? 0 : 2))
})
