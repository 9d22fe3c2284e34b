/** The versions that a key-value engine (version 2) keeps of one secret, and their changes. Pure but for the maps. */
import { DateTime } from "effect"
import { recordOf } from "./Fields.ts"
import type { Json, JsonRecord } from "./Protocol.ts"

/** One version. Times in milliseconds. */
export interface Version {
  readonly data: JsonRecord | null
  readonly createdAt: number
  readonly deletedAt: number | undefined
  readonly destroyed: boolean
}

/** A secret: its versions by number and what is told about it. */
export interface Entry {
  readonly versions: Map<number, Version>
  current: number
  createdAt: number
  updatedAt: number
  maxVersions: number
  casRequired: boolean
  /** Seconds; 0: kept for ever. */
  deleteAfter: number
  custom: Readonly<Record<string, string>> | null
}

/** Versions Vault keeps when nobody says otherwise. */
const KEPT = 10

export const newEntry = (now: number): Entry => ({
  versions: new Map(),
  current: 0,
  createdAt: now,
  updatedAt: now,
  maxVersions: 0,
  casRequired: false,
  deleteAfter: 0,
  custom: null,
})

const iso = (millis: number): string => DateTime.formatIso(DateTime.makeUnsafe(millis))

/** Whether a version can be read now. */
export const readable = (version: Version, now: number): boolean =>
  !version.destroyed && (version.deletedAt === undefined || version.deletedAt > now)

/** What is told about a version beside its data. */
export const versionInfo = (entry: Entry, number: number): JsonRecord => {
  const version = entry.versions.get(number)
  return {
    created_time: version === undefined ? "" : iso(version.createdAt),
    custom_metadata: entry.custom,
    deletion_time: version?.deletedAt === undefined ? "" : iso(version.deletedAt),
    destroyed: version?.destroyed ?? false,
    version: number,
  }
}

/** What is told about a secret. */
export const entryInfo = (entry: Entry, deleteAfter: string): JsonRecord => ({
  cas_required: entry.casRequired,
  created_time: iso(entry.createdAt),
  current_version: entry.current,
  custom_metadata: entry.custom,
  delete_version_after: deleteAfter,
  max_versions: entry.maxVersions,
  oldest_version: Math.max(
    0,
    ...[Math.min(...entry.versions.keys())].filter((least) => least > 1 && Number.isFinite(least)),
  ),
  updated_time: iso(entry.updatedAt),
  versions: Object.fromEntries(
    [...entry.versions.keys()].map((number) => {
      const { created_time, deletion_time, destroyed } = versionInfo(entry, number)
      return [
        String(number),
        { created_time: created_time ?? "", deletion_time: deletion_time ?? "", destroyed: destroyed ?? false },
      ]
    }),
  ),
})

/** Adds a version and drops those that are too many. */
export const addVersion = (entry: Entry, data: JsonRecord, now: number, engineMax: number): void => {
  entry.current++
  entry.updatedAt = now
  entry.versions.set(entry.current, {
    data,
    createdAt: now,
    deletedAt: entry.deleteAfter > 0 ? now + entry.deleteAfter * 1000 : undefined,
    destroyed: false,
  })
  const most = entry.maxVersions || engineMax || KEPT
  for (const number of entry.versions.keys()) if (number <= entry.current - most) entry.versions.delete(number)
}

/** Changes the given versions of a secret; unknown ones are left out. */
export const changeVersions = (
  entry: Entry,
  numbers: ReadonlyArray<number>,
  change: (version: Version) => Version,
): void => {
  for (const number of numbers) {
    const version = entry.versions.get(number)
    if (version !== undefined) entry.versions.set(number, change(version))
  }
}

/** A merge patch (RFC 7396): null removes, objects merge, everything else replaces. */
export const mergePatch = (before: Json | undefined, patch: Json): Json => {
  const changes = recordOf(patch)
  if (changes === undefined) return patch
  const merged: Record<string, Json> = { ...recordOf(before) }
  for (const [key, value] of Object.entries(changes)) {
    if (value === null) delete merged[key]
    else merged[key] = mergePatch(merged[key], value)
  }
  return merged
}

/** The names in a secret without its values, down to a depth (0: all the way). */
export const subkeys = (value: Json, depth: number): Json => {
  const record = recordOf(value)
  if (record === undefined || Object.keys(record).length === 0) return null
  return Object.fromEntries(
    Object.entries(record).map(([key, inner]) => [key, depth === 1 ? null : subkeys(inner, depth - 1)]),
  )
}
