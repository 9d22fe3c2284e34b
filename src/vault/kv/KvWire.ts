/** The JSON of the key-value engine's answers and what it becomes. Values are hidden as they are decoded. */
import { DateTime, Option, Redacted, Schema } from "effect"
import { maybe } from "../VaultWire.ts"
import type { KvEngine, KvMetadata, KvNames, KvSecret, KvVersionInfo } from "./KvModel.ts"

/** A secret's members. Never encoded, so that nothing but its one reader shows them. */
export const Values = Schema.RedactedFromValue(Schema.Record(Schema.String, Schema.Json), {
  disallowEncode: true,
  label: "kv-values",
})

const Count = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }))
const Custom = maybe(Schema.Record(Schema.String, Schema.String))

const times = {
  created_time: maybe(Schema.String),
  deletion_time: maybe(Schema.String),
  destroyed: maybe(Schema.Boolean),
}

const VersionWire = Schema.Struct({ ...times, version: Count, custom_metadata: Custom })

export const ListWire = Schema.Struct({ data: Schema.Struct({ keys: Schema.Array(Schema.String) }) })

/** Version 1 puts the members right into `data`. */
export const PlainWire = Schema.Struct({ data: Values })

/** Version 2; `data` is null for a version that was deleted or destroyed. */
export const VersionedWire = Schema.Struct({
  data: Schema.Struct({ data: Schema.NullOr(Values), metadata: VersionWire }),
})

/** The names without the values, from Vault 1.10 on. */
export const SubkeysWire = Schema.Struct({
  data: Schema.Struct({
    subkeys: Schema.NullOr(Schema.Record(Schema.String, Schema.Unknown)),
    metadata: VersionWire,
  }),
})

export const WrittenWire = Schema.Struct({ data: Schema.Struct({ version: Count }) })

export const MetadataWire = Schema.Struct({
  data: Schema.Struct({
    created_time: maybe(Schema.String),
    updated_time: maybe(Schema.String),
    current_version: maybe(Count),
    max_versions: maybe(Count),
    cas_required: maybe(Schema.Boolean),
    custom_metadata: Custom,
    versions: maybe(Schema.Record(Schema.String, Schema.Struct(times))),
  }),
})

/** An empty text stands for "never". */
const timeOf = (text: string | null | undefined): DateTime.Utc | undefined =>
  Option.getOrUndefined(Option.map(DateTime.make(text ?? ""), DateTime.toUtc))

type Times = Schema.Struct.Type<typeof times>

const infoOf = (version: number, wire: Times): KvVersionInfo => ({
  version,
  createdAt: timeOf(wire.created_time),
  deletedAt: timeOf(wire.deletion_time),
  destroyed: wire.destroyed ?? false,
})

const namesOf = (values: typeof Values.Type): ReadonlyArray<string> => Object.keys(Redacted.value(values)).sort()

export const plainOf = ({ data }: typeof PlainWire.Type): KvSecret => ({
  engine: 1,
  info: undefined,
  custom: {},
  names: namesOf(data),
  values: data,
})

const versioned = { engine: 2 satisfies KvEngine } as const

export const versionedOf = ({ data: { data, metadata } }: typeof VersionedWire.Type): KvSecret => ({
  ...versioned,
  info: infoOf(metadata.version, metadata),
  custom: metadata.custom_metadata ?? {},
  names: data === null ? undefined : namesOf(data),
  values: data ?? undefined,
})

/** Null for the names of a secret that holds none, as well as of one that is gone: the times tell which. */
export const subkeysOf = ({ data: { metadata, subkeys } }: typeof SubkeysWire.Type, gone: boolean): KvNames => ({
  ...versioned,
  info: infoOf(metadata.version, metadata),
  custom: metadata.custom_metadata ?? {},
  names: gone ? undefined : Object.keys(subkeys ?? {}).sort(),
})

export const metadataOf = ({ data }: typeof MetadataWire.Type): KvMetadata => ({
  createdAt: timeOf(data.created_time),
  updatedAt: timeOf(data.updated_time),
  current: data.current_version ?? 0,
  maxVersions: data.max_versions ?? 0,
  casRequired: data.cas_required ?? false,
  custom: data.custom_metadata ?? {},
  versions: Object.entries(data.versions ?? {})
    .map(([version, wire]) => infoOf(Number(version), wire))
    .sort((a, b) => b.version - a.version),
})
