/** What the key-value engine holds, as this product speaks of it. Values are `Redacted` from the answer to the one use. */
import type { DateTime, Redacted, Schema } from "effect"

/** Version 1 keeps one state of a secret, version 2 keeps several and what is known about them. */
export type KvEngine = 1 | 2

/** A secret, or a folder of them; the empty path is the engine's root. Slashes part names. */
export interface KvPlace {
  readonly mount: string
  readonly path: string
}

/** The members of a secret: names, and what they open. */
export type KvValues = Redacted.Redacted<Readonly<Record<string, Schema.Json>>>

/** One version of a secret, in an engine of version 2. */
export interface KvVersionInfo {
  readonly version: number
  readonly createdAt: DateTime.Utc | undefined
  /** When its values went, or will go; `undefined` for one that stays. */
  readonly deletedAt: DateTime.Utc | undefined
  /** Its values are gone for good. */
  readonly destroyed: boolean
}

/** What may be known of a secret without its values. */
export interface KvNames {
  readonly engine: KvEngine
  /** Of version 2 alone. */
  readonly info: KvVersionInfo | undefined
  readonly custom: Readonly<Record<string, string>>
  /** `undefined`: this version was deleted or destroyed, and only what is known about it is left. */
  readonly names: ReadonlyArray<string> | undefined
}

/** A secret with its values; `undefined` when they were deleted or destroyed. */
export interface KvSecret extends KvNames {
  readonly values: KvValues | undefined
}

/** All that version 2 tells about a secret. */
export interface KvMetadata {
  readonly createdAt: DateTime.Utc | undefined
  readonly updatedAt: DateTime.Utc | undefined
  /** Nought: there are none. */
  readonly current: number
  /** Nought: the engine's own limit counts. */
  readonly maxVersions: number
  readonly casRequired: boolean
  readonly custom: Readonly<Record<string, string>>
  /** The newest first. */
  readonly versions: ReadonlyArray<KvVersionInfo>
}

/** What a write made; `version` in an engine of version 2. */
export interface KvWritten {
  readonly engine: KvEngine
  readonly version: number | undefined
}
