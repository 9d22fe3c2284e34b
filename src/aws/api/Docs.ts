/**
 * AWS's words about operations and their members, read from the declaration files on first use and kept for the few
 * services in use. All of it is optional: without the files there are no descriptions, and nothing else is lost.
 */
import { Effect } from "effect"
import { clip } from "../../core/Text.ts"
import { cleanDoc, type DeclaredShapes, firstSentence, scanCommand, scanEnums, scanShapes } from "./DocScan.ts"
import { packageFolder, packageText } from "./PackageFiles.ts"
import type { ServiceId } from "./ServiceModel.ts"

/** What the declarations say of the members of a service's structures. */
export interface Docs {
  /** The description of a member; empty when there is none. */
  readonly member: (shape: string, member: string) => string
  /** The values AWS documents for a member, or for the items of a list it holds. They are open: AWS adds to them. */
  readonly values: (shape: string, member: string) => ReadonlyArray<string>
  /** The same for the keys of a map. */
  readonly keys: (shape: string, member: string) => ReadonlyArray<string>
}

/** For a service without declarations. */
export const noDocs: Docs = { member: () => "", values: () => [], keys: () => [] }

/** EC2's comments take tens of megabytes: only the services used last are kept. */
const KEPT = 4
const kept = new Map<ServiceId, Docs>()

/** The documentation of a service's members. The first call reads and scans its files (EC2 0.2 s, others < 50 ms). */
export const docsOf = Effect.fn("Docs.docsOf")(function* (service: ServiceId) {
  const known = kept.get(service)
  const docs = known ?? (yield* readDocs(service))
  // The map's order is the order of use.
  kept.delete(service)
  kept.set(service, docs)
  for (const oldest of kept.keys()) if (kept.size > KEPT) kept.delete(oldest)
  return docs
})

const readDocs = Effect.fnUntraced(function* (service: ServiceId) {
  const files = (yield* packageFolder(service, "dist-types/models")).filter((name) => name.endsWith(".d.ts"))
  const shapes: DeclaredShapes = new Map()
  let enums: ReadonlyMap<string, ReadonlyArray<string>> = new Map()
  for (const name of files) {
    const text = (yield* packageText(service, `dist-types/models/${name}`)) ?? ""
    if (name === "enums.d.ts") enums = scanEnums(text)
    else scanShapes(text, shapes)
  }
  const enumIn = (type: string): ReadonlyArray<string> => {
    for (const [word] of type.matchAll(/\w+/g)) {
      const values = enums.get(word)
      if (values !== undefined) return values
    }
    return []
  }
  const typeOf = (shape: string, member: string) => shapes.get(shape)?.get(member)?.type ?? ""
  const docs: Docs = {
    member: (shape, member) => cleanDoc(shapes.get(shape)?.get(member)?.comment ?? ""),
    // `Record<Key, Value>`: an enum in front is that of the keys, so the values of a map are left alone.
    values: (shape, member) => {
      const type = typeOf(shape, member)
      return type.includes("Record<") ? [] : enumIn(type)
    },
    keys: (shape, member) => enumIn(/Record<(\w+)/.exec(typeOf(shape, member))?.[1] ?? ""),
  }
  return docs
})

/** Longest summary in a list of operations, in characters. */
const SUMMARY = 240

const COMMAND = "Command.d.ts"

/** The names of a service's operations, from the folder of its commands: much cheaper than loading the client. */
export const operationNames = (service: ServiceId): Effect.Effect<ReadonlyArray<string>> =>
  Effect.map(packageFolder(service, "dist-types/commands"), (files) =>
    files.filter((file) => file.endsWith(COMMAND)).map((file) => file.slice(0, -COMMAND.length)),
  )

/** What an operation is for, in a sentence; empty when it is not documented. */
export const operationSummary = (service: ServiceId, operation: string): Effect.Effect<string> =>
  Effect.map(packageText(service, `dist-types/commands/${operation}${COMMAND}`), (text) =>
    clip(firstSentence(cleanDoc(scanCommand(text ?? ""))), SUMMARY),
  )
