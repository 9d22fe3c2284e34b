/** Vault's HTTP API as this product uses it, typed. Holds no state: whoever calls brings the token. */
import { Context, type Duration, Effect, Layer, Predicate, Schema } from "effect"
import { LeaseId } from "../core/Ids.ts"
import type { VaultReply } from "./Judge.ts"
import { ContentWire, contentOf } from "./ContentWire.ts"
import { tokenCalls } from "./TokenCalls.ts"
import { askWith } from "./VaultAsk.ts"
import { mountParts } from "./VaultAddress.ts"
import type { VaultCall } from "./VaultCall.ts"
import type { VaultError } from "./VaultError.ts"
import type {
  CredentialAnswer,
  CredentialRequest,
  EngineRole,
  LeaseInfo,
  LeaseRenewal,
  MountInfo,
  PathContent,
  SealStatus,
  TokenGrant,
  TokenInfo,
  TokenRenewal,
  TokenRequest,
  Unwrapped,
  VaultHealth,
  VaultToken,
} from "./VaultModel.ts"
import { credentialQuery, get, HEALTH_CODES, incrementBody, post } from "./VaultRequests.ts"
import { VaultHttp } from "./VaultHttp.ts"
import {
  CapabilitiesWire,
  CredentialWire,
  credentialOf,
  decodeReply,
  HealthWire,
  healthOf,
  LeaseRenewedWire,
  LeaseWire,
  leaseOf,
  leaseRenewedOf,
  MountWire,
  RoleWire,
  roleOf,
  SealWire,
  sealOf,
} from "./VaultWire.ts"

/** How long the giving back of unreadable credentials may delay the error. */
const GIVE_BACK_LIMIT = "2 seconds"

/** What every call gives: an answer, or the one error of this folder. */
type Answer<A> = Effect.Effect<A, VaultError>

export class Vault extends Context.Service<
  Vault,
  {
    /** `sys/health`: sealed, standby and uninitialised are answers, not errors. */
    readonly health: Answer<VaultHealth>
    /** `sys/seal-status`. */
    readonly sealStatus: Answer<SealStatus>
    /** `auth/token/lookup-self`. */
    readonly lookupSelf: (token: VaultToken) => Answer<TokenInfo>
    /** `auth/token/create`: a renewable child of `token`. */
    readonly createToken: (token: VaultToken, request: TokenRequest) => Answer<TokenGrant>
    /** A login at a path below `auth/`: a new token, asked for without one. Never sent twice. */
    readonly logIn: (path: ReadonlyArray<string>, body: Readonly<Record<string, unknown>>) => Answer<TokenGrant>
    /** `sys/wrapping/unwrap`: what a wrapping token holds. It opens once, so this is never sent twice. */
    readonly unwrap: (wrapping: VaultToken) => Answer<Unwrapped>
    /** `auth/token/renew-self`; the increment counts from now and may be cut. */
    readonly renewSelf: (token: VaultToken, increment?: Duration.Duration) => Answer<TokenRenewal>
    /** `auth/token/revoke-self`: the token's children and leases go with it, some moments later. */
    readonly revokeSelf: (token: VaultToken) => Answer<void>
    /** `auth/token/revoke-accessor`: ends a token by its name, its leases with it. One that is gone counts as ended. */
    readonly revokeAccessor: (token: VaultToken, accessor: string) => Answer<void>
    /** `<mount>/creds/<role>` or `<mount>/sts/<role>`: new credentials. Never sent twice; OutcomeUnknown when no answer came. */
    readonly credentials: (token: VaultToken, request: CredentialRequest) => Answer<CredentialAnswer>
    /** `<mount>/static-creds/<name>`: the keys of an IAM user that Vault rotates. No lease. */
    readonly staticCredentials: (
      token: VaultToken,
      request: { readonly mount: string; readonly role: string },
    ) => Answer<CredentialAnswer>
    /** `<mount>/roles/<role>`; many tokens may not read it. */
    readonly role: (token: VaultToken, mount: string, role: string) => Answer<EngineRole>
    /** `sys/leases/lookup`. */
    readonly lookupLease: (token: VaultToken, id: LeaseId) => Answer<LeaseInfo>
    /** `sys/leases/renew`; the increment counts from now, the answer may be shorter. */
    readonly renewLease: (token: VaultToken, id: LeaseId, increment?: Duration.Duration) => Answer<LeaseRenewal>
    /** `sys/leases/revoke`; a lease that is gone counts as revoked. `queued`: Vault has only promised to try. */
    readonly revokeLease: (
      token: VaultToken,
      id: LeaseId,
      options: { readonly sync: boolean },
    ) => Answer<"confirmed" | "queued">
    /** `sys/capabilities-self`: what the token may do on each path (`read`, …, or `deny`, `root`). */
    readonly capabilities: (
      token: VaultToken,
      paths: ReadonlyArray<string>,
    ) => Answer<Readonly<Record<string, ReadonlyArray<string>>>>
    /** `sys/internal/ui/mounts/<path>`: the engine at a path. */
    readonly mount: (token: VaultToken, path: string) => Answer<MountInfo>
    /** What a path holds, in an engine of whatever kind; it may be made for this request, with a lease. Never sent twice. */
    readonly read: (token: VaultToken, path: string) => Answer<PathContent>
    /** `sys/policies/acl/<name>`: whether the policy is there, when the token may read it. */
    readonly policyExists: (token: VaultToken, name: string) => Answer<boolean>
  }
>()("vault-aws-mcp/vault/Vault") {
  static readonly layer = Layer.effect(
    Vault,
    Effect.gen(function* () {
      const http = yield* VaultHttp

      const ask = askWith(http)

      const revokeLease = Effect.fn("Vault.revokeLease")(function* (
        token: VaultToken,
        id: LeaseId,
        { sync }: { readonly sync: boolean },
      ) {
        const call = post(["sys", "leases", "revoke"], { lease_id: id, sync })
        const reply = yield* http.request(token, { ...call, lease: id })
        return reply.status === 202 ? ("queued" as const) : ("confirmed" as const)
      })

      /** Credentials that cannot be understood are of no use to anybody: their lease is given back, if it can be read. */
      const giveBackUnread = (token: VaultToken, reply: VaultReply) => {
        const id = Predicate.hasProperty(reply.body, "lease_id") ? reply.body.lease_id : reply.unread?.leaseId
        return Schema.is(LeaseId)(id)
          ? revokeLease(token, id, { sync: false }).pipe(Effect.timeout(GIVE_BACK_LIMIT), Effect.ignore)
          : Effect.void
      }

      const credentials = Effect.fn("Vault.credentials")(function* (token: VaultToken, request: CredentialRequest) {
        const { endpoint, mount, role } = request
        const call: VaultCall = {
          ...get([...mountParts(mount), endpoint, role]),
          query: credentialQuery(request),
          sent: "once",
          leases: true,
          subject: { mount, role },
        }
        const reply = yield* http.request(token, call)
        return yield* decodeReply(CredentialWire, reply, call.path.join("/")).pipe(
          Effect.map(credentialOf),
          Effect.tapError(() => giveBackUnread(token, reply)),
        )
      })

      const staticCredentials = Effect.fn("Vault.staticCredentials")(function* (
        token: VaultToken,
        subject: { readonly mount: string; readonly role: string },
      ) {
        const call = { ...get([...mountParts(subject.mount), "static-creds", subject.role]), subject }
        return credentialOf(yield* ask(token, call, CredentialWire))
      })

      const role = Effect.fn("Vault.role")(function* (token: VaultToken, mount: string, role: string) {
        const call = { ...get([...mountParts(mount), "roles", role]), subject: { mount, role } }
        return roleOf(yield* ask(token, call, RoleWire))
      })

      const renewLease = Effect.fn("Vault.renewLease")(function* (
        token: VaultToken,
        id: LeaseId,
        increment?: Duration.Duration,
      ) {
        const call = post(["sys", "leases", "renew"], { lease_id: id, ...incrementBody(increment) })
        return leaseRenewedOf(yield* ask(token, { ...call, lease: id }, LeaseRenewedWire))
      })

      const lookupLease = Effect.fn("Vault.lookupLease")(function* (token: VaultToken, id: LeaseId) {
        const call = { ...post(["sys", "leases", "lookup"], { lease_id: id }), lease: id }
        return leaseOf(yield* ask(token, call, LeaseWire))
      })

      const capabilities = Effect.fn("Vault.capabilities")(function* (token: VaultToken, paths: ReadonlyArray<string>) {
        const { data } = yield* ask(token, post(["sys", "capabilities-self"], { paths }), CapabilitiesWire)
        // One path asked for comes back a second time, under the name "capabilities".
        return Object.fromEntries(paths.map((path) => [path, data[path] ?? []]))
      })

      const mount = Effect.fn("Vault.mount")(function* (token: VaultToken, path: string) {
        const { data } = yield* ask(token, get(["sys", "internal", "ui", "mounts", ...mountParts(path)]), MountWire)
        const version = data.options?.["version"]
        return {
          type: data.type,
          ...(typeof data.path === "string" && { path: data.path }),
          version: typeof version === "string" ? version : undefined,
        }
      })

      const read = Effect.fn("Vault.read")(function* (token: VaultToken, path: string) {
        const call: VaultCall = { ...get(mountParts(path)), sent: "once", leases: true }
        const reply = yield* http.request(token, call)
        return yield* decodeReply(ContentWire, reply, call.path.join("/")).pipe(
          Effect.map(contentOf),
          Effect.tapError(() => giveBackUnread(token, reply)),
        )
      })

      const policyExists = Effect.fn("Vault.policyExists")(function* (token: VaultToken, name: string) {
        return yield* http.request(token, get(["sys", "policies", "acl", name])).pipe(
          Effect.as(true),
          Effect.catchReason("VaultError", "NotFound", () => Effect.succeed(false)),
        )
      })

      return Vault.of({
        health: ask(undefined, { ...get(["sys", "health"]), answers: HEALTH_CODES }, HealthWire).pipe(
          Effect.map(healthOf),
        ),
        sealStatus: ask(undefined, get(["sys", "seal-status"]), SealWire).pipe(Effect.map(sealOf)),
        ...tokenCalls(http),
        credentials,
        staticCredentials,
        role,
        lookupLease,
        renewLease,
        revokeLease,
        capabilities,
        mount,
        read,
        policyExists,
      })
    }),
  )
}
