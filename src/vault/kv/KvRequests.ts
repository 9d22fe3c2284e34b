/** The requests to a key-value engine, of either version. Pure. */
import { Redacted } from "effect"
import { mountParts } from "../VaultAddress.ts"
import type { VaultCall } from "../VaultCall.ts"
import { get } from "../VaultRequests.ts"
import type { KvEngine, KvPlace, KvValues } from "./KvModel.ts"

/** What version 2 puts between the mount and the path. */
type Room = "data" | "metadata" | "subkeys" | "delete" | "undelete"

/** Names between slashes; one at the beginning or the end parts nothing. No name at all is the root. */
const namesOf = (path: string): ReadonlyArray<string> => (/^\/*$/.test(path) ? [] : mountParts(path))

/** A secret has a name: an empty one is sent nowhere, as `apiUrl` refuses it. */
const secretParts = (path: string): ReadonlyArray<string> => mountParts(path)

const at = (engine: KvEngine, room: Room, { mount, path }: KvPlace): ReadonlyArray<string> => [
  ...mountParts(mount),
  ...(engine === 2 ? [room] : []),
  ...secretParts(path),
]

export const listCall = (engine: KvEngine, { mount, path }: KvPlace): VaultCall => ({
  ...get([...mountParts(mount), ...(engine === 2 ? ["metadata"] : []), ...namesOf(path)]),
  query: { list: "true" },
})

const versionQuery = (version: number | undefined): Record<string, string> =>
  version === undefined ? {} : { version: String(version) }

/** The values. A version means something to version 2 only. */
export const readCall = (engine: KvEngine, place: KvPlace, version?: number): VaultCall => ({
  ...get(at(engine, "data", place)),
  query: versionQuery(version),
})

/** The names, one level deep. */
export const subkeysCall = (place: KvPlace, version?: number): VaultCall => ({
  ...get(at(2, "subkeys", place)),
  query: { depth: "1", ...versionQuery(version) },
})

export const metadataCall = (place: KvPlace): VaultCall => get(at(2, "metadata", place))

/** Each write makes a new state, whoever wrote in between: none of these is sent again by itself. */
const once = (method: "POST" | "DELETE", path: ReadonlyArray<string>, body?: VaultCall["body"]): VaultCall => ({
  method,
  path,
  sent: "once",
  ...(body === undefined ? {} : { body }),
})

/** The one use of the values that are written. */
export const writeCall = (engine: KvEngine, place: KvPlace, values: KvValues, cas?: number): VaultCall => {
  const data = Redacted.value(values)
  const body = engine === 1 ? data : { data, ...(cas === undefined ? {} : { options: { cas } }) }
  return { ...once("POST", at(engine, "data", place), body), carriesSecrets: true }
}

/** The latest version, or those given; in an engine of version 1 the secret as a whole. */
export const deleteCall = (engine: KvEngine, place: KvPlace, versions?: ReadonlyArray<number>): VaultCall =>
  versions === undefined
    ? once("DELETE", at(engine, "data", place))
    : once("POST", at(engine, "delete", place), { versions })

export const undeleteCall = (place: KvPlace, versions: ReadonlyArray<number>): VaultCall =>
  once("POST", at(2, "undelete", place), { versions })

/** How messages name the secret. */
export const shownPlace = ({ mount, path }: KvPlace): string => [...mountParts(mount), ...namesOf(path)].join("/")
