/**
 * Searches the operations of all services by words, and describes one. The search reads names and first sentences from
 * the packages' files: no client is loaded for it.
 */
import { Effect } from "effect"
import { type Access, accessOf } from "./Access.ts"
import type { ApiError } from "./ApiError.ts"
import { findOperation } from "./Catalogue.ts"
import { docsOf, operationNames, operationSummary } from "./Docs.ts"
import { inputSchema } from "./JsonSchema.ts"
import { findService, loadService, type Service, services } from "./Registry.ts"
import { score, wordsOf } from "./Score.ts"
import type { ServiceId } from "./ServiceModel.ts"

/** One operation in a list. */
export interface Found {
  readonly service: string
  readonly operation: string
  readonly summary: string
  readonly access: Access
}

/** One operation in full. */
export interface Described extends Found {
  readonly input_schema: Readonly<Record<string, unknown>>
  /** What the schema leaves out. */
  readonly note?: string
}

/** An entry of the index. */
interface Entry extends Found {
  readonly words: ReadonlyArray<string>
  readonly title: ReadonlyArray<string>
}

const indexed = new Map<ServiceId, ReadonlyArray<Entry>>()

/** The operations of a service with the words they are found by; read once. */
const indexOf = Effect.fnUntraced(function* (service: Service) {
  const known = indexed.get(service.id)
  if (known !== undefined) return known
  const listed = yield* operationNames(service.id)
  // Without declaration files the client itself has to tell its names.
  const names = listed.length > 0 ? listed : [...(yield* loadService(service.id)).operations.keys()]
  const title = wordsOf([service.id, service.iam, service.title, ...service.aliases].join(" "))
  const entries = yield* Effect.forEach(
    names,
    (operation) =>
      Effect.map(operationSummary(service.id, operation), (summary): Entry => ({
        service: service.id,
        operation,
        summary,
        access: accessOf(service.id, operation),
        words: wordsOf(operation),
        title,
      })),
    { concurrency: 16 },
  )
  indexed.set(service.id, entries)
  return entries
})

/** The operations that fit the words best, best first; of one service or of all. Words nobody knows find nothing. */
export const search = Effect.fn("Find.search")(function* (
  query: string,
  options: { readonly service?: string | undefined; readonly limit?: number | undefined } = {},
) {
  const wanted = options.service === undefined ? services : [yield* findService(options.service)]
  const entries = (yield* Effect.forEach(wanted, indexOf)).flat()
  const asked = wordsOf(query).slice(0, 20)
  const ranked = entries
    .map((entry) => ({ entry, score: score(asked, { name: entry.words, title: entry.title, text: entry.summary }) }))
    .filter(({ score: points }) => points > 0)
    .sort((a, b) => b.score - a.score || a.entry.operation.length - b.entry.operation.length)
    .slice(0, options.limit ?? 10)
  return {
    operations: ranked.map(({ entry }): Found => {
      const { access, operation, service, summary } = entry
      return { service, operation, summary, access }
    }),
  }
})

/** One operation with the JSON Schema of its input. `operation` in any spelling. */
export const describe = Effect.fn("Find.describe")(function* (
  service: string,
  operation: string,
): Effect.fn.Return<Described, ApiError> {
  const { id } = yield* findService(service)
  const found = yield* findOperation(yield* loadService(id), operation)
  const { note, schema } = inputSchema(found, yield* docsOf(id))
  return {
    service: id,
    operation: found.name,
    summary: yield* operationSummary(id, found.name),
    access: accessOf(id, found.name),
    input_schema: schema,
    ...(note === undefined ? {} : { note }),
  }
})
