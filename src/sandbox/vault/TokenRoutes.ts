/** The token store at `auth/token/`: create, look up, renew and revoke by self, by token and by accessor. */
import { DateTime, Effect, Result } from "effect"
import { type Backend, type Call, type Handler, nothing, route } from "./Backend.ts"
import type { Deps } from "./Deps.ts"
import { bad, deadToken, type JsonRecord, Refusal, type Reply } from "./Protocol.ts"
import { SYSTEM_TTL, type Token } from "./State.ts"
import { authBlock, orphanChildren, secondsLeft, tokenByAccessor, tokenWithin } from "./Tokens.ts"
import { CREATE_FIELDS, createToken } from "./TokenCreate.ts"
import { grantTtl } from "./Ttl.ts"

const iso = (millis: number): string => DateTime.formatIso(DateTime.makeUnsafe(millis))

/** How the token comes into being that initialising a Vault gives. It has no lease: nothing tells when it was issued. */
export const ROOT_PATH = "auth/token/root"

/** What looking a token up tells. The id is left out when it was found by its accessor. */
const described = (token: Token, now: number, withId: boolean): JsonRecord => ({
  accessor: token.accessor,
  creation_time: Math.floor(token.issuedAt / 1000),
  creation_ttl: token.creationTtl,
  display_name: token.displayName,
  entity_id: token.entityId,
  expire_time: token.expiresAt === undefined ? null : iso(token.expiresAt),
  explicit_max_ttl: token.explicitMaxTtl,
  id: withId ? token.id : "",
  ...(token.path === ROOT_PATH ? {} : { issue_time: iso(token.issuedAt) }),
  ...(token.renewedAt === undefined
    ? {}
    : { last_renewal: iso(token.renewedAt), last_renewal_time: Math.floor(token.renewedAt / 1000) }),
  meta: token.meta,
  ...(token.home.namespace.path === "" ? {} : { namespace_path: token.home.namespace.path }),
  num_uses: token.usesLeft,
  orphan: token.orphan,
  path: token.path,
  ...(token.period === 0 ? {} : { period: token.period }),
  policies: token.policies,
  ...(token.path === ROOT_PATH ? {} : { renewable: token.renewable }),
  ttl: secondsLeft(token, now),
  type: token.type,
})

const renewed = (token: Token, call: Call): Effect.Effect<Reply, Refusal> => {
  if (token.type === "batch") return bad("batch tokens cannot be renewed")
  if (token.expiresAt === undefined) return bad("lease not found")
  if (!token.renewable) return bad("lease is not renewable")
  const mount = [...token.home.mounts.values()].find((candidate) => token.path.startsWith(candidate.path))
  const granted = grantTtl({
    systemMax: mount?.maxTtl || SYSTEM_TTL,
    systemDefault: mount?.defaultTtl || SYSTEM_TTL,
    increment: call.params.number("increment"),
    ttl: token.creationTtl,
    maxTtl: token.maxTtl,
    explicitMaxTtl: token.explicitMaxTtl,
    period: token.period,
    age: (call.now - token.issuedAt) / 1000,
  })
  if (Result.isFailure(granted)) return bad(granted.failure)
  token.expiresAt = call.now + granted.success.seconds * 1000
  token.renewedAt = call.now
  return Effect.succeed({ auth: authBlock(token, call.now), warnings: granted.success.warnings })
}

/** How an endpoint names the token it is about, and what it says when there is none. */
type Find = (deps: Deps, call: Call) => Effect.Effect<Token, Refusal>

const self: Find = (_, call) => (call.token === undefined ? deadToken() : Effect.succeed(call.token))

const byToken: Find = (deps, call) => {
  const id = call.params.text("token")
  if (id === "") return bad("missing token")
  const token = tokenWithin(deps.state, id, call.now)
  return token === undefined ? new Refusal({ status: 403, errors: ["bad token"] }) : Effect.succeed(token)
}

const byAccessor: Find = (deps, call) => {
  const accessor = call.params.text("accessor")
  if (accessor === "") return bad("missing accessor")
  const token = tokenByAccessor(deps.state, accessor)
  return token === undefined ? new Refusal({ status: 403, errors: ["invalid accessor"] }) : Effect.succeed(token)
}

/** The endpoints of the token store. */
export const tokenBackend = (deps: Deps): Backend => {
  const lookup =
    (find: Find, withId: boolean): Handler =>
    (call) =>
      Effect.map(find(deps, call), (token) => ({ data: described(token, call.now, withId) }))
  const renew =
    (find: Find): Handler =>
    (call) =>
      Effect.flatMap(find(deps, call), (token) => renewed(token, call))
  const revoke = (find: Find, orphans = false): Handler =>
    Effect.fnUntraced(function* (call) {
      const token = yield* find(deps, call)
      if (token.type === "batch") return yield* bad("batch tokens cannot be revoked")
      if (orphans) orphanChildren(deps.state, token.id)
      yield* deps.leases.endToken(token.id)
      return undefined
    })
  /** Revoking a token that is gone already is fine. */
  const revokeGiven: Handler = (call) =>
    tokenWithin(deps.state, call.params.text("token"), call.now) === undefined && call.params.text("token") !== ""
      ? nothing
      : revoke(byToken)(call)
  const token = { token: "text" } as const
  const accessor = { accessor: "text" } as const
  const increment = { increment: "duration" } as const
  return {
    sudo: route("(?:revoke-orphan|accessors/?)"),
    routes: [
      { path: route("create"), fields: CREATE_FIELDS, on: { update: createToken(deps, false) } },
      { path: route("create-orphan"), fields: CREATE_FIELDS, on: { update: createToken(deps, true) } },
      { path: route("lookup-self"), fields: token, on: { read: lookup(self, true), update: lookup(self, true) } },
      { path: route("lookup"), fields: token, on: { read: lookup(self, true), update: lookup(byToken, true) } },
      { path: route("lookup-accessor"), fields: accessor, on: { update: lookup(byAccessor, false) } },
      { path: route("renew-self"), fields: { ...token, ...increment }, on: { update: renew(self) } },
      { path: route("renew"), fields: { ...token, ...increment }, on: { update: renew(byToken) } },
      { path: route("renew-accessor"), fields: { ...accessor, ...increment }, on: { update: renew(byAccessor) } },
      { path: route("revoke-self"), fields: token, on: { update: revoke(self) } },
      { path: route("revoke"), fields: token, on: { update: revokeGiven } },
      { path: route("revoke-accessor"), fields: accessor, on: { update: revoke(byAccessor) } },
      { path: route("revoke-orphan"), fields: token, on: { update: revoke(byToken, true) } },
      {
        path: route("accessors/?"),
        on: {
          list: () =>
            Effect.succeed({
              data: {
                keys: [...deps.state.tokens.values()]
                  .filter((one) => one.accessor !== "" && one.home === deps.state)
                  .map((one) => one.accessor),
              },
            }),
        },
      },
    ],
  }
}
