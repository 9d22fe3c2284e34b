/**
 * Which members carry the tokens of a paginated operation. The SDK's paginators keep the names in closures, but the
 * shipped module of each is one call with literal arguments:
 * `createPaginator(Client, Command, "inputToken", "outputToken", "pageSize")`.
 */
import { Effect } from "effect"
import { packageText } from "./PackageFiles.ts"
import type { Operation } from "./ServiceModel.ts"

/** Names of members; the output's may be a path with dots. */
export interface Pagination {
  readonly inputToken: string
  readonly outputToken: string
  readonly pageSize?: string
}

const CALL = /createPaginator\(\w+, \w+, "([\w.]+)", "([\w.]+)"(?:, "(\w*)")?\)/

/** Reads the arguments out of a paginator's source. */
export const paginationIn = (source: string): Pagination | undefined => {
  const [, inputToken, outputToken, pageSize] = CALL.exec(source) ?? []
  // A token deep inside the input has not been seen in any client; without one the operation is called page by page.
  if (inputToken === undefined || outputToken === undefined || inputToken.includes(".")) return undefined
  return { inputToken, outputToken, ...(pageSize === undefined || pageSize === "" ? {} : { pageSize }) }
}

/** How to follow the pages of an operation; `undefined` when it has none. */
export const paginationOf = Effect.fnUntraced(function* (operation: Operation) {
  if (!operation.paginated) return undefined
  const source = yield* packageText(operation.service, `dist-es/pagination/${operation.name}Paginator.js`)
  return paginationIn(source ?? "")
})

/** The value at a path with dots. */
export const tokenAt = (output: unknown, path: string): unknown => {
  let value = output
  for (const step of path.split(".")) {
    if (typeof value !== "object" || value === null) return undefined
    value = (value as Readonly<Record<string, unknown>>)[step] // any object may be asked for any key
  }
  return value
}
