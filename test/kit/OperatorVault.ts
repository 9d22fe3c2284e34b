/** A Vault as far as tokens go, for the tests of sessions: what the operator's token may do is for the test to say. */
import { Duration, Effect, Exit, Layer, Redacted, Scope } from "effect"
import type { AgentsConfig } from "../../src/config/Agents.ts"
import { TokenSource } from "../../src/config/TokenSource.ts"
import { PermissionMissing, TokenDead } from "../../src/vault/TokenReason.ts"
import { Redactor } from "../../src/guard/Redactor.ts"
import { Login } from "../../src/vault/login/Login.ts"
import { Vault } from "../../src/vault/Vault.ts"
import { VaultAuth } from "../../src/vault/VaultAuth.ts"
import type { VaultSession } from "../../src/vault/VaultSession.ts"
import { VaultError } from "../../src/vault/VaultError.ts"
import type { TokenGrant, TokenInfo, TokenRequest, VaultToken } from "../../src/vault/VaultModel.ts"
import { memoryJournal } from "./MemoryJournal.ts"
import { configLayer } from "./VaultOverHttp.ts"

export const dead = new VaultError({ reason: new TokenDead() })
export const denied = new VaultError({
  reason: new PermissionMissing({ path: "auth/token/create", capability: "update", parameters: [] }),
})

export interface Operator {
  /** The operator's token now; nobody logged in when absent. */
  token: string | undefined
  readonly info?: Partial<TokenInfo>
  /** What lookup-self answers instead. */
  lookup?: VaultError | undefined
  readonly mayCreate?: boolean
  readonly policies?: ReadonlyArray<string>
  readonly childPolicies?: ReadonlyArray<string>
  /** What is set for the agents. */
  readonly agents?: AgentsConfig
  /** How long making a child takes. */
  readonly delay?: Duration.Input
  /** The length a renewal grants, or why it is refused; by its number. */
  readonly renew?: (nth: number) => Duration.Duration | VaultError
  readonly revoke?: (token: string) => Effect.Effect<void, VaultError>
  readonly create?: VaultError
  /** How this program logs in by itself; absent: the token is handed in. */
  readonly logIn?: Effect.Effect<TokenGrant, VaultError>
}

/** The layer under test over such a Vault, with everything that was asked, in order. */
export const operatorVault = (operator: Operator) => {
  const log: Array<string> = []
  const requests: Array<TokenRequest> = []
  let renewals = 0
  const say = (...words: ReadonlyArray<string>) => Effect.sync(() => void log.push(words.join(" ")))
  const name = (token: VaultToken) => Redacted.value(token)
  const life = { accessor: "acc", policies: ["agent"], renewable: true, warnings: [] }
  const vault = Layer.mock(Vault, {
    lookupSelf: (token) =>
      Effect.andThen(
        Effect.andThen(say("lookup", name(token)), Effect.yieldNow),
        operator.lookup ??
          Effect.succeed({
            accessor: "operator",
            policies: ["agent"],
            ttl: Duration.hours(8),
            renewable: true,
            type: "service" as const,
            numUses: 0,
            isRoot: false,
            displayName: "token",
            orphan: false,
            explicitMaxTtl: undefined,
            ...operator.info,
          }),
      ),
    capabilities: (_, paths) =>
      Effect.succeed(
        Object.fromEntries(paths.map((path) => [path, [operator.mayCreate === false ? "deny" : "update"]])),
      ),
    policyExists: (_, policy) => Effect.succeed((operator.policies ?? []).includes(policy)),
    createToken: (parent, request) =>
      Effect.gen(function* () {
        if (operator.delay !== undefined) yield* Effect.sleep(operator.delay)
        if (operator.create !== undefined) return yield* operator.create
        requests.push(request)
        yield* say("create under", name(parent))
        return { ...life, ttl: Duration.minutes(15), token: Redacted.make(`child-${requests.length}`) }
      }),
    renewSelf: (token) =>
      Effect.gen(function* () {
        yield* say("renew", name(token))
        const granted = operator.renew?.(++renewals) ?? Duration.minutes(15)
        return granted instanceof VaultError ? yield* granted : { ...life, ttl: granted }
      }),
    revokeSelf: (token) => Effect.andThen(say("revoke", name(token)), operator.revoke?.(name(token)) ?? Effect.void),
  })
  const tokens = Layer.succeed(TokenSource, {
    token: Effect.sync(() => (operator.token === undefined ? undefined : Redacted.make(operator.token))),
  })
  const layer = VaultAuth.layer.pipe(
    Layer.provide([
      vault,
      tokens,
      memoryJournal,
      Layer.succeed(Login, { logIn: operator.logIn }),
      configLayer({ childPolicies: operator.childPolicies }, { agents: operator.agents ?? {} }),
      Redactor.layer,
    ]),
  )
  return { layer, log, requests }
}

/** The clear text of a session's token. */
export const nameOf = (session: VaultSession) => Redacted.value(session.token)

/** Runs a body with sessions of its own, then closes them; `log` is what Vault was asked by then. */
export const withAuth = <A, E>(
  operator: Operator,
  body: (auth: VaultAuth["Service"], log: ReadonlyArray<string>) => Effect.Effect<A, E>,
) =>
  Effect.gen(function* () {
    const world = operatorVault(operator)
    const scope = yield* Scope.make()
    const context = yield* Layer.buildWithScope(world.layer, scope)
    const value = yield* VaultAuth.use((auth) => body(auth, world.log)).pipe(Effect.provide(context))
    const closed = yield* Effect.forkChild(Effect.uninterruptible(Scope.close(scope, Exit.void)), {
      startImmediately: true,
    })
    return { value, log: world.log, closed }
  })
