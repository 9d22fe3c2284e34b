/** Holds data against a schema that a stranger wrote, with an end in sight whatever both are. */
import { Effect } from "effect"
import { late } from "../core/Late.ts"
import { tame } from "./Schemas.ts"

// Loaded with the first server that is started.
const loadConnection = late(() => import("./Connection.ts"))

/** Nodes of the schema times those of the data: what is beyond would hold up the process, and is not checked. */
const MOST_WORK = 200_000

const nodesOf = (value: unknown): number => {
  let count = 0
  const stack = [value]
  while (stack.length > 0) {
    const next = stack.pop()
    count++
    if (typeof next === "object" && next !== null) for (const item of Object.values(next)) stack.push(item)
  }
  return count
}

/**
 * What is wrong with bounded data by a bounded schema; empty when nothing is. A check that itself fails proves nothing.
 */
export const problemsOf = Effect.fnUntraced(function* (untamed: unknown, value: unknown) {
  const { nodes, schema } = tame(untamed)
  if (nodes * nodesOf(value) > MOST_WORK) return []
  const { problemsBy } = yield* loadConnection
  return yield* Effect.try({ try: () => problemsBy(schema)(value), catch: () => undefined }).pipe(
    Effect.orElseSucceed((): ReadonlyArray<string> => []),
  )
})
