/** The lines that were typed, for the next time: in the state directory, for the operator alone, and without secrets. */
import { join } from "node:path"
import { Effect, FileSystem, Option } from "effect"
import { redactShapes } from "../../guard/Redactor.ts"
import type { Surface } from "./Surface.ts"
import { tellsSecret } from "./Telling.ts"

const FILE = "history"
/** Lines that are kept, the longest of them, and how large the file may grow before it is written anew. */
const KEPT = 1000
const LONGEST = 1000
const GROWN = 512 * 1024

/** Whether the line may be written down: nothing of it looks like a secret, or is the value of what may hold one. */
export const worthKeeping = (surface: Surface, line: string): boolean =>
  line.trim() !== "" &&
  line.length <= LONGEST &&
  // As shells do: a blank in front keeps a line out.
  !/^\s/.test(line) &&
  !/[\u0000-\u001f\u007f]/.test(line) && // oxlint-disable-line no-control-regex -- they are what is looked for
  !tellsSecret(surface, line) &&
  redactShapes(line) === line

/** The kept lines and how to keep another. */
export interface History {
  /** The newest first. */
  readonly lines: ReadonlyArray<string>
  /** Never fails: a history that cannot be kept is no reason to stop. */
  readonly keep: (line: string) => Effect.Effect<void>
}

/** Opens it; nothing is kept without a state directory. */
export const openHistory = Effect.fnUntraced(function* (stateDir: string | undefined, surface: Surface) {
  const none: History = { lines: [], keep: () => Effect.void }
  if (stateDir === undefined) return none
  const worth = (line: string): boolean => worthKeeping(surface, line)
  const files = yield* FileSystem.FileSystem
  const path = join(stateDir, FILE)
  const read = Effect.gen(function* () {
    const { size } = yield* files.stat(path)
    // A file of this size is none that was written here.
    if (Number(size) > 8 * GROWN) return { lines: [], stale: false }
    const all = (yield* files.readFileString(path)).split("\n").filter((line) => line !== "")
    const good = all.filter(worth)
    // What is not kept now may have been kept by an earlier version: it goes from the disk, too.
    return { lines: good.slice(-KEPT), stale: Number(size) > GROWN || good.length < all.length }
  })
  const { lines, stale } = Option.getOrElse(yield* Effect.option(read), () => ({
    lines: [] as Array<string>,
    stale: false,
  }))
  const write = (text: string, flag: "a" | "w") =>
    Effect.ignore(
      Effect.andThen(
        files.makeDirectory(stateDir, { recursive: true, mode: 0o700 }),
        files.writeFileString(path, text, { flag, mode: 0o600 }),
      ),
    )
  if (stale) yield* write(lines.map((line) => `${line}\n`).join(""), "w")
  let last = lines.at(-1)
  return {
    lines: lines.toReversed(),
    keep: (line) =>
      Effect.suspend(() => {
        if (!worth(line) || line === last) return Effect.void
        last = line
        return write(`${line}\n`, "a")
      }),
  } satisfies History
})
