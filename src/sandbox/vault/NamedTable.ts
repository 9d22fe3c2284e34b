/** The roles, users, groups or certificates of a login method: a table by name with the endpoints that all of them have. */
import { Effect } from "effect"
import { type Call, reading, type Route, route } from "./Backend.ts"
import type { Fields } from "./Fields.ts"
import { listed } from "./LeaseRoutes.ts"
import type { JsonRecord, Refusal, Reply } from "./Protocol.ts"

/** Vault keeps these names without case. */
export const nameOf = (call: Pick<Call, "params">): string => call.params.text("name").toLowerCase()

/** Lists the names of a table. */
export const listNames = (table: ReadonlyMap<string, unknown>) => (): Effect.Effect<Reply | undefined> =>
  Effect.sync(() => listed([...table.keys()].sort()))

/**
 * `FOLDER/` lists, `FOLDER/:name` reads, writes and deletes. `entry` makes what a write leaves behind (`before`: what
 * stood there); `shown` is what reading tells.
 */
export const tableRoutes = <A>(options: {
  readonly folder: string
  readonly table: Map<string, A>
  readonly fields: Fields
  readonly entry: (call: Call, before: A | undefined) => Effect.Effect<A, Refusal>
  readonly shown: (entry: A) => JsonRecord
}): ReadonlyArray<Route> => {
  const { entry, fields, folder, shown, table } = options
  const read = reading((call) => table.get(nameOf(call)), shown)
  const write = (call: Call): Effect.Effect<undefined, Refusal> =>
    Effect.map(entry(call, table.get(nameOf(call))), (made) => {
      table.set(nameOf(call), made)
      return undefined
    })
  const remove = (call: Call): Effect.Effect<undefined> =>
    Effect.sync(() => {
      table.delete(nameOf(call))
      return undefined
    })
  return [
    { path: route(`${folder}/?`), on: { list: listNames(table) } },
    {
      path: route(`${folder}/(?<name>NAME)`),
      fields,
      exists: (params) => table.has(nameOf({ params })),
      on: { read, update: write, delete: remove },
    },
  ]
}
