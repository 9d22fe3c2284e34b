/** The key-value engine, version 2: versioned secrets below `data/`, what is known about them below `metadata/`. */
import { Effect } from "effect"
import { type Backend, type Call, type Handler, route } from "./Backend.ts"
import { goDuration } from "./Duration.ts"
import { type Fields, type Params, recordOf } from "./Fields.ts"
import {
  addVersion,
  changeVersions,
  type Entry,
  entryInfo,
  mergePatch,
  newEntry,
  readable,
  subkeys,
  type Version,
  versionInfo,
} from "./Kv2Store.ts"
import { keysBelow, listed } from "./LeaseRoutes.ts"
import { absent, bad, type Refusal, type Reply } from "./Protocol.ts"

const MISSED = "check-and-set parameter did not match the current version"

/** The help that every path outside the engine's own gets. */
const INVALID_PATH =
  "Invalid path for a versioned K/V secrets engine. See the API docs for the appropriate API endpoints to use. If using the Vault CLI, use 'vault kv get' for this operation."

const numbersOf = (params: Params): ReadonlyArray<number> => (params.list("versions") ?? []).map(Number)

const METADATA: Fields = {
  cas_required: "flag",
  max_versions: "int",
  delete_version_after: "duration",
  custom_metadata: "map",
}

/** A new key-value engine of version 2. */
export const kv2 = (): Backend => {
  const entries = new Map<string, Entry>()
  const settings = { maxVersions: 0, casRequired: false, deleteAfter: 0 }
  const path = (call: Call): string => call.params.text("path")

  const casRefusal = (call: Call, entry: Entry | undefined): string | undefined => {
    const cas = recordOf(call.params.raw("options"))?.["cas"]
    if (cas === undefined)
      return settings.casRequired || entry?.casRequired === true
        ? "check-and-set parameter required for this call"
        : undefined
    return Number(cas) === (entry?.current ?? 0) ? undefined : MISSED
  }

  /** The version a request is about, found or not, with its number; 0 means the current one. */
  const chosen = (
    call: Call,
  ): { readonly entry: Entry; readonly number: number; readonly version: Version } | undefined => {
    const entry = entries.get(path(call))
    const number = call.params.number("version") || (entry?.current ?? 0)
    const version = entry?.versions.get(number)
    return entry === undefined || version === undefined ? undefined : { entry, number, version }
  }

  const read: Handler = (call) => {
    const found = chosen(call)
    if (found === undefined) return absent()
    const open = readable(found.version, call.now)
    const data = { data: open ? found.version.data : null, metadata: versionInfo(found.entry, found.number) }
    return Effect.succeed(open ? { data } : { data, status: 404 })
  }

  const readSubkeys: Handler = (call) => {
    const found = chosen(call)
    if (found === undefined) return absent()
    const open = readable(found.version, call.now)
    const keys = open ? subkeys(found.version.data, call.params.number("depth")) : null
    const data = { metadata: versionInfo(found.entry, found.number), subkeys: keys }
    return Effect.succeed(open ? { data } : { data, status: 404 })
  }

  const store = Effect.fnUntraced(function* (call: Call, data: unknown): Effect.fn.Return<Reply, Refusal> {
    const record = recordOf(call.params.raw("data"))
    if (record === undefined) return yield* bad("no data provided")
    const known = entries.get(path(call))
    const refused = casRefusal(call, known)
    if (refused !== undefined) return yield* bad(refused)
    const entry = known ?? newEntry(call.now)
    entries.set(path(call), entry)
    const before = entry.versions.get(entry.current)
    const value = data === "patch" ? mergePatch(before?.data ?? {}, record) : record
    addVersion(entry, recordOf(value) ?? {}, call.now, settings.maxVersions)
    return { data: versionInfo(entry, entry.current) }
  })

  const patch: Handler = (call) => {
    const found = chosen(call)
    return found === undefined || !readable(found.version, call.now) ? absent() : store(call, "patch")
  }

  const change = (
    numbers: (call: Call, entry: Entry) => ReadonlyArray<number>,
    how: (version: Version, now: number) => Version,
  ): Handler =>
    Effect.fnUntraced(function* (call) {
      const entry = entries.get(path(call))
      if (entry === undefined) return undefined
      const chosenNumbers = numbers(call, entry)
      if (chosenNumbers.length === 0) return yield* bad("No version number provided")
      changeVersions(entry, chosenNumbers, (version) => how(version, call.now))
      return undefined
    })
  const given = (call: Call): ReadonlyArray<number> => numbersOf(call.params)
  const softDelete = (version: Version, now: number): Version => ({ ...version, deletedAt: version.deletedAt ?? now })
  const undelete = (version: Version): Version => ({ ...version, deletedAt: undefined })
  const destroy = (version: Version): Version => ({ ...version, data: null, destroyed: true })

  const readMetadata: Handler = (call) => {
    const entry = entries.get(path(call))
    return Effect.succeed(entry === undefined ? undefined : { data: entryInfo(entry, goDuration(entry.deleteAfter)) })
  }
  const writeMetadata: Handler = (call) =>
    Effect.sync(() => {
      const entry = entries.get(path(call)) ?? newEntry(call.now)
      entries.set(path(call), entry)
      entry.casRequired = call.params.flag("cas_required", entry.casRequired)
      entry.maxVersions = call.params.number("max_versions", entry.maxVersions)
      entry.deleteAfter = call.params.number("delete_version_after", entry.deleteAfter)
      entry.custom = call.params.map("custom_metadata") ?? entry.custom
      return undefined
    })
  const config: Handler = () =>
    Effect.succeed({
      data: {
        cas_required: settings.casRequired,
        delete_version_after: goDuration(settings.deleteAfter),
        max_versions: settings.maxVersions,
      },
    })
  const configure: Handler = ({ params }) =>
    Effect.sync(() => {
      settings.casRequired = params.flag("cas_required", settings.casRequired)
      settings.maxVersions = params.number("max_versions", settings.maxVersions)
      settings.deleteAfter = params.number("delete_version_after", settings.deleteAfter)
      return undefined
    })
  const exists = (params: Params): boolean => entries.has(params.text("path"))
  const versions = { versions: "list" } as const
  const lost: Handler = () => Effect.succeed({ data: null, status: 404, warnings: [INVALID_PATH] })
  return {
    routes: [
      { path: route("config"), fields: METADATA, on: { read: config, update: configure } },
      {
        path: route("data/(?<path>.+)"),
        fields: { version: "int", data: "any", options: "any" },
        exists,
        on: {
          read,
          update: (call) => store(call, "whole"),
          patch,
          delete: change((_, entry) => [entry.current], softDelete),
        },
      },
      { path: route("subkeys/(?<path>.+)"), fields: { version: "int", depth: "int" }, on: { read: readSubkeys } },
      { path: route("delete/(?<path>.+)"), fields: versions, on: { update: change(given, softDelete) } },
      { path: route("undelete/(?<path>.+)"), fields: versions, on: { update: change(given, undelete) } },
      { path: route("destroy/(?<path>.+)"), fields: versions, on: { update: change(given, destroy) } },
      {
        path: route("metadata/(?<path>.*)"),
        fields: METADATA,
        exists,
        on: {
          read: readMetadata,
          update: writeMetadata,
          patch: writeMetadata,
          delete: (call) =>
            Effect.as(
              Effect.sync(() => entries.delete(path(call))),
              undefined,
            ),
          list: (call) => Effect.succeed(listed(keysBelow(entries.keys(), path(call)))),
        },
      },
      { path: route(".*"), arbitrary: true, on: { read: lost, list: lost, update: lost, delete: lost } },
    ],
  }
}
