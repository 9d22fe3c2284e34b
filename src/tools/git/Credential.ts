/**
 * The credential of a git remote: read from Vault with the caller's own token, for one operation. While that runs, no
 * text that leaves holds it; then it is forgotten, and what Vault made for it alone is given back.
 */
import { Effect, Redacted, type Schema, type Scope } from "effect"
import { AppConfig } from "../../config/AppConfig.ts"
import { parseVaultPath } from "../../config/Values.ts"
import type { Credential } from "../../git/GitModel.ts"
import { Redactor } from "../../guard/Redactor.ts"
import { Kv } from "../../vault/kv/Kv.ts"
import { Vault } from "../../vault/Vault.ts"
import type { VaultError } from "../../vault/VaultError.ts"
import type { VaultToken } from "../../vault/VaultModel.ts"
import { withCallerToken } from "../CallerToken.ts"
import { ToolFailure, toolFailure } from "../ToolFailure.ts"

type Values = Redacted.Redacted<Readonly<Record<string, Schema.Json>>>

/** Engines whose secrets are read as such; those of others are whatever a path answers. */
const PLAIN = new Set(["kv", "generic", "cubbyhole"])

/** What a path holds: a secret of a KV engine, or the answer of another one. */
const valuesAt = Effect.fnUntraced(function* (
  path: string,
  token: VaultToken,
): Effect.fn.Return<{ readonly values: Values | undefined }, VaultError, Vault | Kv | Scope.Scope> {
  const vault = yield* Vault
  const kv = yield* Kv
  // Where the mount may not be asked for, it is what `vault` itself makes of a path: the first name.
  const first = path.split("/")[0] ?? ""
  const guess = () => Effect.succeed({ type: "kv", path: `${first}/`, version: undefined })
  const info = yield* Effect.catchReasons(vault.mount(token, path), "VaultError", {
    PermissionMissing: guess,
    NotFound: guess,
  })
  const mount = (info.path ?? `${first}/`).replace(/\/$/, "")
  if (PLAIN.has(info.type)) return yield* kv.read(token, { mount, path: path.slice(mount.length + 1) })
  return yield* Effect.acquireRelease(vault.read(token, path), ({ leaseId }) =>
    leaseId === undefined
      ? Effect.void
      : vault.revokeLease(token, leaseId, { sync: false }).pipe(Effect.timeout("5 seconds"), Effect.ignore),
  )
})

/** The members that open a remote. Their values are looked at nowhere else. */
const credentialIn = (path: string, values: Values | undefined): Effect.Effect<Credential, ToolFailure> => {
  const members = values === undefined ? {} : Redacted.value(values)
  const text = (name: string) => {
    const value = members[name]
    return typeof value === "string" && /^[\x20-\x7e]{1,4096}$/.test(value) ? value : undefined
  }
  const found = text("token") ?? text("password")
  // A shorter one could not be kept out of texts.
  const token = found !== undefined && found.length >= 8 ? found : undefined
  const hosts = text("host")
    ?.split(",")
    .map((host) => host.trim().toLowerCase())
    .filter((host) => host !== "")
  return token === undefined
    ? Effect.fail(
        new ToolFailure({
          code: "git_credential_unusable",
          what: `The data at ${path} in Vault has neither token nor password as a text of 8 characters or more, so nothing was sent. It should have: token (or password), username where the remote wants one, and host, the only one it is then sent to. Its names are: ${Object.keys(members).slice(0, 20).join(", ") || "none"}.`,
        }),
      )
    : // Where a token says all, remotes take any name.
      Effect.succeed({
        username: text("username") ?? "git",
        token: Redacted.make(token, { label: "git-credential" }),
        hosts,
      })
}

/** Reads the credential that the call names, else the operator's; none where neither does. */
const read = Effect.fnUntraced(function* (asked: string | undefined) {
  const { gitCredential } = yield* AppConfig
  const given = asked ?? gitCredential
  if (given === undefined) return undefined
  const path = parseVaultPath(given)
  if (path === undefined || !path.includes("/"))
    return yield* new ToolFailure({
      code: "invalid_arguments",
      what: "credential: expected a path of Vault such as secret/git; nothing was sent.",
    })
  const { values } = yield* Effect.mapError(
    withCallerToken((token) => valuesAt(path, token)),
    ({ code, message }) => new ToolFailure({ code, what: `The credential at ${path} could not be read. ${message}` }),
  )
  const credential = yield* credentialIn(path, values)
  // Nobody chose it for this remote: then it has to say itself where it may go.
  if (asked === undefined && credential.hosts === undefined)
    return yield* new ToolFailure({
      code: "git_credential_unusable",
      what: `The operator's credential for git (${path}) names no host, so it is sent to none unasked. Add the host that it is meant for to its data: vault kv patch ${path} host=github.com; or name it with the argument credential.`,
    })
  return credential
})

/** Works with the credential. Results and failures are clean of it before it is forgotten. */
export const withCredential = <A, R>(
  asked: string | undefined,
  work: (credential: Credential | undefined) => Effect.Effect<A, ToolFailure, R>,
) =>
  Effect.scoped(
    Effect.gen(function* () {
      const redactor = yield* Redactor
      const credential = yield* read(asked)
      if (credential === undefined) return yield* work(undefined)
      const value = Redacted.value(credential.token)
      yield* redactor.watch(credential.token)
      // As it goes over the wire: in base64 it is no part of what the token alone would be.
      yield* redactor.watch(Redacted.make(`${credential.username}:${value}`))
      return yield* work(credential).pipe(
        Effect.map((result) => redactor.data(result)),
        Effect.mapError(({ code, unsure, what }) => toolFailure({ code, unsure, message: redactor.text(what) })),
      )
    }),
  )
