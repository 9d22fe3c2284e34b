/** A workflow as a person names it: one that is shipped, or a file. */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { basename } from "node:path"
import { Effect, FileSystem } from "effect"
import { ROSTER } from "../agents/Roster.ts"
import { nearest, oneLine } from "../core/Text.ts"
import { knownOf } from "../orchestrator/Known.ts"
import { LIBRARY } from "../orchestrator/Library.ts"
import { LONGEST_FILE } from "../orchestrator/PlanFile.ts"
import { check } from "../orchestrator/Workflows.ts"
import { CommandFailed } from "./Session.ts"

const failed = (what: string) => new CommandFailed({ what, exitCode: 1 })

const readText = Effect.fnUntraced(function* (what: string) {
  const shipped = LIBRARY.get(what)
  if (shipped !== undefined) return { file: `${what}.yaml`, text: shipped }
  const files = yield* FileSystem.FileSystem
  if (!/[./\\]/.test(what) && !(yield* Effect.orElseSucceed(files.exists(what), () => false))) {
    const guess = nearest(what, LIBRARY.keys())
    return yield* failed(
      `There is no workflow ${JSON.stringify(oneLine(what, 60))}${guess === undefined ? "." : `, did you mean ${guess}?`} It is the name of a file, or one of ${[...LIBRARY.keys()].join(", ")}.`,
    )
  }
  const unreadable = (why: string) => failed(`The workflow ${what} cannot be read: ${why}.`)
  const { size, type } = yield* Effect.mapError(files.stat(what), ({ reason }) => unreadable(reason._tag))
  if (type !== "File" || Number(size) > 4 * LONGEST_FILE) return yield* unreadable("it is no file of a fitting size")
  const text = yield* Effect.mapError(files.readFileString(what), ({ reason }) => unreadable(reason._tag))
  return { file: basename(what), text }
}, Effect.provide(NodeFileSystem.layer))

/** Reads it and checks it with these inputs (`name=value`); nothing has happened before that. */
export const planOf = Effect.fnUntraced(function* (what: string, inputs: ReadonlyArray<string>) {
  const { file, text } = yield* readText(what)
  return yield* check(knownOf(ROSTER), file, text, inputs)
})
