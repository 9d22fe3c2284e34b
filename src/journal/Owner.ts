/**
 * Which process a journal belongs to, and whether that process still lives. A pid alone does not tell: it is given to
 * another process later, and means nothing on another host or in another container.
 */
import { hostname } from "node:os"
import { kill, pid } from "node:process"
import { Effect, FileSystem, Predicate, Result } from "effect"
import type { Owner } from "./JournalModel.ts"

/** `unknown`: on another host or in another container, where nobody here can look. */
export type Life = "alive" | "dead" | "unknown"

/** What can be told of the processes of this machine. */
export interface Processes {
  readonly self: Owner
  readonly lifeOf: (owner: Owner) => Effect.Effect<Life>
}

/** The start time of a process in clock ticks since boot: field 22 of `/proc/PID/stat` (proc(5)). */
const ticksOf = (stat: string): string | undefined => stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]

/** Signal 0 asks whether the process is there; one of another user is there, too. */
const answers = (number: number): boolean => {
  const asked = Result.try(() => kill(number, 0))
  return Result.isSuccess(asked) || (Predicate.hasProperty(asked.failure, "code") && asked.failure.code === "EPERM")
}

/** Reads who this process is; how others are looked at depends on what the system tells. */
export const makeProcesses: Effect.Effect<Processes, never, FileSystem.FileSystem> = Effect.gen(function* () {
  const files = yield* FileSystem.FileSystem
  const read = (path: string) => Effect.orElseSucceed(files.readFileString(path), () => "")
  const boot = (yield* read("/proc/sys/kernel/random/boot_id")).trim()
  const startOf = (of: string) =>
    Effect.map(read(`/proc/${of}/stat`), (stat) => {
      const ticks = ticksOf(stat)
      return ticks === undefined || boot === "" ? undefined : `${boot}:${ticks}`
    })
  const started = yield* startOf("self")
  const space = yield* Effect.orElseSucceed(files.readLink("/proc/self/ns/pid"), () => undefined)
  const self: Owner = {
    host: hostname(),
    pid,
    ...(started === undefined ? {} : { started }),
    ...(space === undefined ? {} : { space }),
  }
  const lifeOf = Effect.fnUntraced(function* (owner: Owner): Effect.fn.Return<Life> {
    if (owner.host !== self.host || owner.space !== self.space) return "unknown"
    if (owner.started === undefined || started === undefined) return answers(owner.pid) ? "alive" : "dead"
    return (yield* startOf(String(owner.pid))) === owner.started ? "alive" : "dead"
  })
  return { self, lifeOf }
})
