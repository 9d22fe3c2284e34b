/** `doctor`: each link from here to AWS, with the cause and the fix of what is broken. */
import { Effect } from "effect"
import { type Check, type Verdict } from "../../doctor/Check.ts"
import { examine } from "../../doctor/Doctor.ts"
import type { CommonArgs } from "../CommonArgs.ts"
import { print, styled, wrap } from "../Output.ts"
import { CommandFailed, withWorld } from "../Session.ts"

const MARKS: Readonly<Record<Verdict, string>> = {
  ok: styled("green", "ok     "),
  warn: styled("yellow", "warning"),
  fail: styled("red", "broken "),
  skipped: styled("dim", "skipped"),
}

const shown = ({ detail, fix, name, verdict }: Check): string => {
  const words = wrap(detail, 100, " ".repeat(21)).trimStart()
  const mend = fix === undefined ? "" : `\n${wrap(`→ ${fix}`, 100, " ".repeat(21))}`
  return `${MARKS[verdict]}  ${name.padEnd(12)}${words}${mend}`
}

/** Prints the checks; exit code 1 when a link is broken. */
export const runDoctor = Effect.fnUntraced(function* (common: CommonArgs, json: boolean) {
  const checks = yield* withWorld(common, (_config, world) =>
    Effect.flatMap(world, (context) => Effect.provide(examine, context)),
  )
  yield* print(json ? JSON.stringify({ checks }) : checks.map(shown).join("\n"))
  const broken = checks.find(({ verdict }) => verdict === "fail")
  if (broken !== undefined) {
    return yield* new CommandFailed({ what: `The chain is broken at: ${broken.name}.`, exitCode: 1 })
  }
})
