/** `doctor`: each link from here to AWS, with the cause and the fix of what is broken. */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { Duration, Effect } from "effect"
import type { AppConfigShape } from "../../config/AppConfig.ts"
import { type Check, type Verdict } from "../../doctor/Check.ts"
import { examine, PATIENCE } from "../../doctor/Doctor.ts"
import { layerOneLease } from "../../doctor/OneLease.ts"
import { Outside } from "../../doctor/Outside.ts"
import type { CommonArgs } from "../CommonArgs.ts"
import { print, styled, wrap } from "../Output.ts"
import { CommandFailed, withWorld } from "../Session.ts"

const MARKS: Readonly<Record<Verdict, string>> = {
  ok: styled("green", "ok     "),
  warn: styled("yellow", "warning"),
  fail: styled("red", "broken "),
  skipped: styled("dim", "skipped"),
}

const WIDTH = 100
const INDENT = " ".repeat(21)

/** A line to copy keeps its own indentation, and is folded only where it would not fit. */
const toCopy = (line: string): string => {
  const indent = `${INDENT}  ${/^ */.exec(line)?.[0] ?? ""}`
  return wrap(line.trimStart(), WIDTH, indent)
}

const named = ({ cause, detail }: Check): string => {
  const name = cause?.replaceAll("_", " ") ?? ""
  return name === "" || detail.startsWith(name) ? detail : `${name}: ${detail}`
}

/** One check as people read it. */
export const shown = (check: Check): string => {
  const { fix, name, verdict } = check
  const words = wrap(named(check), WIDTH, INDENT).trimStart()
  const [say, ...copy] = fix === undefined ? [] : fix.split("\n")
  const mend = say === undefined ? [] : [wrap(`→ ${say}`, WIDTH, INDENT), ...copy.map(toCopy)]
  return [`${MARKS[verdict]}  ${name.padEnd(12)}${words}`, ...mend].join("\n")
}

/** A person is waiting: Vault gets less time for an answer than a tool would give it. */
const impatient = (config: AppConfigShape): AppConfigShape => ({
  ...config,
  vault: { ...config.vault, timeout: Duration.min(config.vault.timeout, PATIENCE) },
})

/** Prints the checks; exit code 1 when a link is broken. */
export const runDoctor = Effect.fnUntraced(function* (common: CommonArgs, json: boolean) {
  const checks = yield* withWorld(
    common,
    (_config, world) =>
      examine.pipe(Effect.provide(layerOneLease), Effect.provide([Outside.layer, NodeFileSystem.layer]), (patient) =>
        Effect.flatMap(world, (context) => Effect.provide(patient, context)),
      ),
    { adjust: impatient },
  )
  yield* print(json ? JSON.stringify({ checks }) : checks.map(shown).join("\n"))
  const broken = checks.find(({ verdict }) => verdict === "fail")
  if (broken !== undefined) {
    const what = `The chain is broken at: ${broken.name} (${broken.cause ?? "unexpected"}).`
    return yield* new CommandFailed({ what, exitCode: 1 })
  }
})
