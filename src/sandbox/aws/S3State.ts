/**
 * What the sandbox's S3 remembers: buckets (names are global, each has one owner) and their objects as version stacks.
 * The maps are changed in place, always between two yields of a handler, so that no other call sees half a change.
 */
import { DateTime } from "effect"
import { createHash, randomBytes } from "node:crypto"
import { checksumOf, type Checksum } from "./S3Checksum.ts"

/** A tag of a bucket or an object. */
export interface S3Tag {
  readonly key: string
  readonly value: string
}

/** One version of an object; a delete marker is a version without content. */
export interface S3Version {
  /** `null` for what was written while versioning was not on, as S3 calls it. */
  readonly id: string
  /** Milliseconds since the epoch. */
  readonly modified: number
  readonly marker: boolean
  readonly body: Uint8Array
  /** Hex MD5 without quotes; `-N` behind it for an upload of N parts. */
  readonly etag: string
  /** Headers that are told again on a read: content-type, `x-amz-meta-*`, … */
  readonly headers: Readonly<Record<string, string>>
  readonly checksum: Checksum
  readonly tags: ReadonlyArray<S3Tag>
}

/** A multipart upload under way. */
export interface S3Upload {
  readonly id: string
  readonly key: string
  readonly started: number
  readonly headers: Readonly<Record<string, string>>
  readonly tags: ReadonlyArray<S3Tag>
  readonly parts: Map<number, { readonly body: Uint8Array; readonly etag: string; readonly modified: number }>
}

/** A bucket. */
export interface S3Bucket {
  readonly name: string
  readonly account: string
  readonly region: string
  readonly created: number
  /** By subresource (`versioning`, `policy`, …): the document as it was put. */
  readonly configurations: Map<string, string>
  /** Versions newest first; a key without versions is not in the map. */
  readonly objects: Map<string, ReadonlyArray<S3Version>>
  readonly uploads: Map<string, S3Upload>
}

/** All buckets by name. */
export type S3State = Map<string, S3Bucket>

/** An object to start with; the same key again is a newer version. Without a body: a delete marker. */
export interface ObjectSeed {
  readonly key: string
  readonly body?: string | Uint8Array
  readonly contentType?: string
  readonly metadata?: Readonly<Record<string, string>>
  readonly tags?: ReadonlyArray<S3Tag>
  /** ISO 8601. */
  readonly modified: string
}

/** A bucket to start with. */
export interface BucketSeed {
  readonly name: string
  readonly account: string
  readonly region: string
  /** ISO 8601. */
  readonly created: string
  readonly configurations?: Readonly<Record<string, string>>
  readonly objects: ReadonlyArray<ObjectSeed>
}

/** `Enabled` or `Suspended` once versioning was ever set, else undefined. */
export const versioningOf = (bucket: S3Bucket): "Enabled" | "Suspended" | undefined => {
  const document = bucket.configurations.get("versioning") ?? ""
  if (document.includes("<Status>Enabled</Status>")) return "Enabled"
  return document.includes("<Status>Suspended</Status>") ? "Suspended" : undefined
}

/** Content as the newest version of a key, without an id yet. */
export const makeVersion = (
  body: Uint8Array,
  options: Partial<Omit<S3Version, "id" | "body">> & { readonly modified: number },
): Omit<S3Version, "id"> => ({
  body,
  marker: false,
  etag: createHash("md5").update(body).digest("hex"),
  headers: {},
  checksum: checksumOf("crc32", body),
  tags: [],
  ...options,
})

/** Puts a version on top of a key's stack. Where versioning is not on it takes the place of the one called `null`. */
export const pushVersion = (bucket: S3Bucket, key: string, version: Omit<S3Version, "id">, id?: string): S3Version => {
  const stack = bucket.objects.get(key) ?? []
  const enabled = versioningOf(bucket) === "Enabled"
  const added = { ...version, id: enabled ? (id ?? randomBytes(24).toString("base64url")) : "null" }
  bucket.objects.set(key, [added, ...(enabled ? stack : stack.filter((old) => old.id !== "null"))])
  return added
}

/** Takes one version off a key's stack for good. */
export const removeVersion = (bucket: S3Bucket, key: string, id: string): S3Version | undefined => {
  const stack = bucket.objects.get(key) ?? []
  const rest = stack.filter((version) => version.id !== id)
  if (rest.length === 0) bucket.objects.delete(key)
  else bucket.objects.set(key, rest)
  return stack.find((version) => version.id === id)
}

/** The content that a read without a version gets: undefined where there is none or it was deleted. */
export const currentVersion = (bucket: S3Bucket, key: string): S3Version | undefined => {
  const newest = bucket.objects.get(key)?.[0]
  return newest === undefined || newest.marker ? undefined : newest
}

const millis = (iso: string): number => DateTime.toEpochMillis(DateTime.makeUnsafe(iso))

const bytesOf = (body: string | Uint8Array | undefined): Uint8Array =>
  typeof body === "string" ? Buffer.from(body) : (body ?? Buffer.alloc(0))

/** A bucket from its seed; version ids come from key and position, so that every start gives the same ones. */
export const bucketFromSeed = (seed: BucketSeed): S3Bucket => {
  const bucket: S3Bucket = {
    name: seed.name,
    account: seed.account,
    region: seed.region,
    created: millis(seed.created),
    configurations: new Map(Object.entries(seed.configurations ?? {})),
    objects: new Map(),
    uploads: new Map(),
  }
  seed.objects.forEach((object, index) => {
    const headers: Record<string, string> = { "content-type": object.contentType ?? "binary/octet-stream" }
    for (const [name, value] of Object.entries(object.metadata ?? {})) headers[`x-amz-meta-${name}`] = value
    const version = makeVersion(bytesOf(object.body), {
      modified: millis(object.modified),
      marker: object.body === undefined,
      headers,
      tags: object.tags ?? [],
    })
    const id = createHash("sha256").update(`${seed.name}/${object.key}#${index}`).digest("base64url").slice(0, 32)
    pushVersion(bucket, object.key, version, id)
  })
  return bucket
}
