/**
 * Reads the secrets that logins need, each time anew: a file's content may be replaced while this program runs. What is
 * read is bounded, has to be one line of a plain file, and comes under watch before anybody gets it.
 */
import { Effect, FileSystem, type PlatformError, Redacted, Stream } from "effect"
import type { SecretSource } from "../../config/VaultLogin.ts"
import { VaultError } from "../VaultError.ts"
import type { VaultToken } from "../VaultModel.ts"
import { SecretUnavailable } from "./LoginReason.ts"
import type { Watch } from "./Watch.ts"

/** The longest JSON web tokens are a few kB. */
export const MAX_SECRET = 64 * 1024

/** A secret in words about it: what it is, and the setting that names its file. */
export interface SecretName {
  readonly what: string
  readonly setting: string
}

/** Reads one secret. */
export type ReadSecret = (name: SecretName, source: SecretSource) => Effect.Effect<VaultToken, VaultError>

/** The reader; says once for each file that everybody on the machine may read it. */
export const makeReadSecret = Effect.fnUntraced(function* (watch: Watch) {
  const files = yield* FileSystem.FileSystem
  const told = new Set<string>()

  /** Platforms put their secrets where all of the pod or container may read them: that is as it should be. */
  const warn = Effect.fnUntraced(function* (name: SecretName, path: string) {
    if (told.has(path) || isPlatforms(path)) return
    const real = yield* files.realPath(path).pipe(Effect.orElseSucceed(() => path))
    if (isPlatforms(real)) return
    told.add(path)
    yield* Effect.logWarning(`everybody on this machine may read the ${name.what} in ${path}: take o+r from its mode`)
  })

  const readFile = Effect.fnUntraced(function* (name: SecretName, path: string) {
    const unavailable = (why: string) => new VaultError({ reason: new SecretUnavailable({ ...name, path, why }) })
    const fromSystem = Effect.mapError((error: PlatformError.PlatformError) => unavailable(whyNot(error)))
    const info = yield* fromSystem(files.stat(path))
    if (info.type !== "File") return yield* unavailable("is not a plain file")
    const chunks = yield* fromSystem(Stream.runCollect(files.stream(path, { bytesToRead: MAX_SECRET + 1 })))
    const bytes = Buffer.concat(chunks)
    if (bytes.length > MAX_SECRET) return yield* unavailable("holds more than 64 KiB, which is no such secret")
    const text = new TextDecoder().decode(bytes).trim()
    if (text === "") return yield* unavailable("is empty")
    if (/\p{Cc}/u.test(text)) return yield* unavailable("holds control characters or more than one line")
    if ((info.mode & 0o004) !== 0) yield* warn(name, path)
    return Redacted.make(text, { label: name.what })
  })

  return ((name, source) =>
    (source._tag === "value" ? Effect.succeed(source.value) : readFile(name, source.path)).pipe(
      Effect.tap((secret) => watch(secret)),
    )) satisfies ReadSecret
})

/** Secrets of Docker and of Kubernetes, whose projected volumes are links into directories named `..2026_…`. */
const isPlatforms = (path: string): boolean => /^(?:\/var)?\/run\/secrets\/|\/\.\.[^/]+\//.test(path)

const whyNot = ({ reason }: PlatformError.PlatformError): string => {
  if (reason._tag === "NotFound") return "does not exist"
  return reason._tag === "PermissionDenied" ? "may not be read by this user" : `cannot be read (${reason._tag})`
}
