/**
 * What the kv tools do, with the caller's own token. Values leave by one door only, `get` with `reveal`; what a write
 * carries is hidden before anything else happens to it.
 */
import { DateTime, Effect, Redacted, type Schema } from "effect"
import { oneLine } from "../../core/Text.ts"
import { Kv } from "../../vault/kv/Kv.ts"
import type { KvNames, KvPlace, KvSecret, KvVersionInfo } from "../../vault/kv/KvModel.ts"
import { shownPlace } from "../../vault/kv/KvRequests.ts"
import type { VaultError } from "../../vault/VaultError.ts"
import type { VaultToken } from "../../vault/VaultModel.ts"
import { maybe } from "../AwsFields.ts"
import { withCallerToken } from "../CallerToken.ts"
import { ToolFailure, toolFailure } from "../ToolFailure.ts"

interface Place {
  readonly mount?: string
  readonly path?: string
}

/** Where `vault` itself mounts the engine in a new server. */
const MOUNT = "secret"

/** A result goes into a model's context; a secret of more than this is a file. */
const MOST_SHOWN = 128 * 1024
/** Vault's storage takes no more in one entry. */
const MOST_WRITTEN = 1024 * 1024
const MOST_VERSIONS = 100

const placeOf = ({ mount, path }: Place): KvPlace => ({ mount: mount ?? MOUNT, path: path ?? "" })

/** What was asked for, in every result. */
const whereOf = ({ mount, path }: KvPlace) => ({ mount, path })

/** A policy gives the first write of a secret by another capability than the later ones. */
const writeFailure = (error: VaultError): ToolFailure =>
  error.reason._tag === "PermissionMissing" && error.reason.capability === "update"
    ? new ToolFailure({ code: error.code, what: `${error.message} A secret that is new needs "create" there as well.` })
    : toolFailure(error)

/** Works with the caller's token. */
const withToken = <A>(work: (kv: Kv["Service"], token: VaultToken) => Effect.Effect<A, VaultError>) =>
  Kv.use((kv) => withCallerToken((token) => work(kv, token)))

/** One page of the names below a path; the cursor is the last name of the page before. */
export const list = Effect.fnUntraced(function* (input: Place & { readonly limit?: number; readonly cursor?: string }) {
  const place = placeOf(input)
  const all = yield* Effect.mapError(
    withToken((kv, token) => kv.list(token, place)),
    toolFailure,
  )
  const { cursor, limit = 200 } = input
  const rest = cursor === undefined ? all : all.filter((key) => key > cursor)
  const keys = rest.slice(0, limit)
  return {
    ...whereOf(place),
    keys,
    total: all.length,
    ...maybe("next_cursor", rest.length > keys.length ? keys.at(-1) : undefined),
  }
})

const timeText = (time: DateTime.Utc | undefined): string | undefined =>
  time === undefined ? undefined : DateTime.formatIso(time)

const shownVersion = ({ createdAt, deletedAt, destroyed, version }: KvVersionInfo) => ({
  version,
  ...maybe("created_time", timeText(createdAt)),
  ...maybe("deletion_time", timeText(deletedAt)),
  destroyed,
})

const customOf = (custom: KvNames["custom"]) =>
  maybe("custom_metadata", Object.keys(custom).length === 0 ? undefined : custom)

/** All that is known of a secret but its values. That the names of its keys cannot be told is part of the answer. */
export const metadata = Effect.fnUntraced(function* (input: Place) {
  const place = placeOf(input)
  const found = yield* Effect.mapError(
    withToken((kv, token) => kv.metadata(token, place)),
    toolFailure,
  )
  const keys = yield* withToken((kv, token) => kv.names(token, place)).pipe(
    Effect.map(({ names }) =>
      names === undefined ? { keys_problem: "The latest version is deleted or destroyed." } : { keys: names },
    ),
    Effect.catch((error) => Effect.succeed({ keys_problem: error.message })),
  )
  return {
    ...whereOf(place),
    current_version: found.current,
    ...maybe("created_time", timeText(found.createdAt)),
    ...maybe("updated_time", timeText(found.updatedAt)),
    ...maybe("max_versions", found.maxVersions === 0 ? undefined : found.maxVersions),
    cas_required: found.casRequired,
    ...customOf(found.custom),
    ...keys,
    versions: found.versions.slice(0, MOST_VERSIONS).map(shownVersion),
    versions_total: found.versions.length,
  }
})

/** What is left of a version whose values are gone. */
const goneWords = (info: KvVersionInfo | undefined): string =>
  info?.destroyed === true
    ? "This version was destroyed: its values are gone for good."
    : "This version is deleted: its values are not shown until kv_undelete brings them back."

/** Whether a number is so large that it may have lost digits on the way: JSON here is read into doubles. */
const hasLostDigits = (value: Schema.Json): boolean =>
  typeof value === "number"
    ? Math.abs(value) > Number.MAX_SAFE_INTEGER
    : typeof value === "object" && value !== null && Object.values(value).some(hasLostDigits)

/** The names of a secret's keys; its values with `reveal`, which the gate has let pass. */
export const get = Effect.fnUntraced(function* (
  input: Place & { readonly version?: number; readonly reveal?: boolean },
) {
  const place = placeOf(input)
  const { reveal = false, version } = input
  const secret = yield* Effect.mapError(
    withToken((kv, token): Effect.Effect<KvNames & Partial<Pick<KvSecret, "values">>, VaultError> =>
      reveal ? kv.read(token, place, version) : kv.names(token, place, version),
    ),
    toolFailure,
  )
  const shown = {
    ...whereOf(place),
    kv_version: secret.engine,
    ...(secret.info === undefined ? {} : shownVersion(secret.info)),
    ...customOf(secret.custom),
    keys: secret.names ?? [],
    key_count: secret.names?.length ?? 0,
  }
  if (secret.names === undefined) return { ...shown, message: goneWords(secret.info) }
  if (secret.values === undefined) return { ...shown, message: "The values are withheld; reveal: true shows them." }
  const data = Redacted.value(secret.values)
  if (JSON.stringify(data).length > MOST_SHOWN)
    return yield* new ToolFailure({
      code: "kv_too_large",
      what: `The values of ${shownPlace(place)} are too large to be shown here (more than ${MOST_SHOWN / 1024} KiB as JSON). Read them with: vault kv get -mount=${place.mount} ${place.path}`,
    })
  const lost = hasLostDigits(data) ? " Numbers above 2^53 may have lost their last digits." : ""
  return { ...shown, data, message: `The values are shown, as reveal asked for.${lost}` }
})

/** A new version, or in an engine of version 1 the new state. */
export const put = Effect.fnUntraced(function* (
  input: Place & { readonly data: Readonly<Record<string, Schema.Json>>; readonly cas?: number },
) {
  const place = placeOf(input)
  const values = Redacted.make(input.data, { label: "kv-values" })
  if (JSON.stringify(Redacted.value(values)).length > MOST_WRITTEN)
    return yield* new ToolFailure({
      code: "invalid_arguments",
      what: `data: expected at most ${MOST_WRITTEN / 1024} KiB as JSON, which is what Vault takes; nothing was sent.`,
    })
  const [lost] = Object.entries(Redacted.value(values)).find(([, value]) => hasLostDigits(value)) ?? []
  if (lost !== undefined)
    return yield* new ToolFailure({
      code: "invalid_arguments",
      what: `data.${oneLine(lost, 100)}: a number beyond 2^53 may have lost its last digits. Give it as a string; nothing was sent.`,
    })
  const written = yield* Effect.mapError(
    withToken((kv, token) => kv.write(token, place, values, input.cas)),
    writeFailure,
  )
  return {
    ...whereOf(place),
    ...maybe("version", written.version),
    message:
      written.version === undefined
        ? `${shownPlace(place)} was written; this engine (KV version 1) keeps nothing of what it replaced.`
        : `${shownPlace(place)} was written as version ${written.version}.`,
  }
})

const listed = (versions: ReadonlyArray<number>): string =>
  `version${versions.length === 1 ? "" : "s"} ${versions.join(", ")}`

/** Vault says the same whether or not there was something: so do the words. */
export const remove = Effect.fnUntraced(function* (input: Place & { readonly versions?: ReadonlyArray<number> }) {
  const place = placeOf(input)
  const { versions } = input
  const { engine } = yield* Effect.mapError(
    withToken((kv, token) => kv.remove(token, place, versions)),
    toolFailure,
  )
  const what = versions === undefined ? "the latest version" : listed(versions)
  return {
    ...whereOf(place),
    message:
      engine === 1
        ? `${shownPlace(place)} is gone for good, if it was there: this engine is KV version 1.`
        : `Vault took the deletion of ${what} of ${shownPlace(place)}; it says the same of versions that are not there. kv_undelete brings deleted ones back.`,
  }
})

/** Vault passes over what it cannot bring back, without a word. */
export const undelete = Effect.fnUntraced(function* (input: Place & { readonly versions: ReadonlyArray<number> }) {
  const place = placeOf(input)
  yield* Effect.mapError(
    withToken((kv, token) => kv.undelete(token, place, input.versions)),
    toolFailure,
  )
  return {
    ...whereOf(place),
    message: `Vault took the undeletion of ${listed(input.versions)} of ${shownPlace(place)}; it passes over those that were destroyed or never were. kv_get_metadata shows what is there now.`,
  }
})
