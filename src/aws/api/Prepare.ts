/** From a name and parameters to a call that is ready to be sent: found, checked, classified. Nothing is sent here. */
import { Effect } from "effect"
import { type Access, accessOf } from "./Access.ts"
import { ApiError, InvalidParameters } from "./ApiError.ts"
import { findOperation } from "./Catalogue.ts"
import { coerce } from "./Coerce.ts"
import type { CursorOf } from "./Cursor.ts"
import { type Docs, docsOf } from "./Docs.ts"
import { type Pagination, paginationOf } from "./Pagination.ts"
import { findService, loadService } from "./Registry.ts"
import type { Operation, ServiceModel } from "./ServiceModel.ts"

/** A call whose parameters AWS's model accepts. */
export interface PreparedCall {
  readonly model: ServiceModel
  readonly operation: Operation
  /** What the command takes: AWS's names, dates and bytes as the SDK wants them. */
  readonly input: Readonly<Record<string, unknown>>
  readonly access: Access
  readonly warnings: ReadonlyArray<string>
  readonly pagination: Pagination | undefined
  readonly docs: Docs
  /** The call as its caller wrote it: a cursor belongs to it. */
  readonly asked: CursorOf
}

/** Finds the operation and converts its parameters (absent is `{}`); fails with everything that is wrong with them. */
export const prepare = Effect.fn("Prepare.prepare")(function* (
  service: string,
  operation: string,
  parameters: unknown = {},
) {
  const { id } = yield* findService(service)
  const model = yield* loadService(id)
  const found = yield* findOperation(model, operation)
  const docs = yield* docsOf(id)
  const { issues, value, warnings } = coerce(found.input, parameters ?? {}, docs)
  if (issues.length > 0) {
    return yield* new ApiError({ reason: new InvalidParameters({ service: id, operation: found.name, issues }) })
  }
  const call: PreparedCall = {
    model,
    operation: found,
    input: value as PreparedCall["input"], // every operation's input is a structure, and without issues so is the result
    access: accessOf(id, found.name),
    warnings,
    pagination: yield* paginationOf(found),
    docs,
    asked: { service: id, operation: found.name, parameters },
  }
  return call
})
