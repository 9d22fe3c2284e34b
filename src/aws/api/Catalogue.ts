/** Finds an operation by the name people and other tools give it. */
import { Effect } from "effect"
import { nearest, oneLine } from "../../core/Text.ts"
import { ApiError, UnknownOperation } from "./ApiError.ts"
import type { Operation, ServiceModel } from "./ServiceModel.ts"

/** `ListTables`, `list_tables`, `list-tables` and `LISTTABLES` are the same name. */
export const plainName = (name: string): string => name.toLowerCase().replace(/[\s_-]/g, "")

/** The one of `names` that is meant; AWS has no two operations of one service that differ in case only. */
export const matchName = (asked: string, names: Iterable<string>): string | undefined => {
  const wanted = plainName(asked)
  for (const name of names) if (plainName(name) === wanted) return name
  return undefined
}

/** Up to three names that may have been meant: the nearest by spelling, then those that hold the asked one. */
export const suggestNames = (asked: string, names: ReadonlyArray<string>): ReadonlyArray<string> => {
  const wanted = plainName(asked)
  const near = nearest(wanted, names)
  const holding = wanted.length < 4 ? [] : names.filter((name) => plainName(name).includes(wanted))
  return [...new Set([...(near === undefined ? [] : [near]), ...holding])].slice(0, 3)
}

/** The error for a name that a service does not have. */
export const unknownOperation = (service: string, asked: string, names: ReadonlyArray<string>): ApiError =>
  new ApiError({
    reason: new UnknownOperation({
      service,
      operation: oneLine(asked, 80),
      suggestions: suggestNames(asked.slice(0, 80), names),
    }),
  })

/** The operation of that name, in any spelling; otherwise an error that names the nearest. */
export const findOperation = (model: ServiceModel, asked: string): Effect.Effect<Operation, ApiError> => {
  const names = [...model.operations.keys()]
  const operation = model.operations.get(matchName(asked, names) ?? "")
  return operation === undefined ? Effect.fail(unknownOperation(model.id, asked, names)) : Effect.succeed(operation)
}
