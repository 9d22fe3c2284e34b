/** A Vault and a token that answer from a script and remember what they were asked; the ports of the lease floor. */
import { Duration, Effect, Exit, Fiber, Layer, Redacted, Ref, Scope } from "effect"
import { AppConfig, type AppConfigShape } from "../../src/config/AppConfig.ts"
import { LeaseId } from "../../src/core/Ids.ts"
import { makeLastMoment } from "../../src/core/LastMoment.ts"
import { Redactor } from "../../src/guard/Redactor.ts"
import { LeaseManager } from "../../src/lease/LeaseManager.ts"
import type { LeaseTarget } from "../../src/lease/LeaseModel.ts"
import { Vault } from "../../src/vault/Vault.ts"
import { VaultAuth } from "../../src/vault/VaultAuth.ts"
import type { Ended, VaultSession } from "../../src/vault/VaultSession.ts"
import type { VaultError } from "../../src/vault/VaultError.ts"
import type { CredentialAnswer, CredentialRequest, LeaseInfo, LeaseRenewal } from "../../src/vault/VaultModel.ts"
import { memoryJournal } from "./MemoryJournal.ts"

export const config: AppConfigShape = {
  vault: {
    address: "http://127.0.0.1:8200",
    token: undefined,
    namespace: undefined,
    mount: "aws",
    role: "mcp-agent-role",
    credentials: "creds",
    login: { method: "token", wrapped: false },
    childPolicies: undefined,
    sessionName: true,
    timeout: Duration.seconds(60),
    tls: { skipVerify: false },
    proxy: undefined,
    noProxy: undefined,
    maxRetries: 2,
    rateLimit: undefined,
    redirects: true,
    srvLookup: false,
    headers: {},
  },
  region: "us-east-1",
  awsEndpoint: undefined,
  leaseTtl: Duration.hours(1),
  autoRenew: true,
  access: "full",
  toolsets: ["s3", "ec2", "aws", "vault"],
  accounts: {},
  agents: {},
  fleet: { file: undefined, env: {} },
  logLevel: "Info",
  tokenFile: "/nowhere/.vault-token",
  gitRoot: undefined,
  gitCredential: undefined,
  stateDir: undefined,
}

export const target: LeaseTarget = {
  principal: "mcp",
  account: undefined,
  mount: "aws",
  endpoint: "creds",
  role: "mcp-agent-role",
  roleArn: undefined,
  namespace: undefined,
  ttl: Duration.hours(1),
}

/** An STS answer of so many seconds, numbered. */
export const sts = (n: number, seconds = 3600, awsSeconds = seconds): CredentialAnswer => ({
  leaseId: LeaseId.make(`aws/creds/mcp-agent-role/lease${n}0000000000000000`),
  renewable: false,
  leaseDuration: Duration.seconds(seconds),
  credentialTtl: Duration.seconds(awsSeconds),
  accessKeyId: `ASIA000000000000000${n}`,
  secretAccessKey: Redacted.make(`secret-canary-${n}-aaaaaaaaaaaaaaaaaaaaaaa`),
  sessionToken: Redacted.make(`token-canary-${n}-bbbbbbbbbbbbbbbbbbbbbbbbbb`),
  arn: `arn:aws:sts::123456789012:assumed-role/mcp/session-${n}`,
  warnings: [],
})

/** An IAM user's keys under a renewable lease. */
export const iamUser = (n: number, seconds = 3600): CredentialAnswer => ({
  ...sts(n, seconds),
  renewable: true,
  credentialTtl: undefined,
  accessKeyId: `AKIA000000000000000${n}`,
  sessionToken: undefined,
  arn: undefined,
})

export interface Script {
  /** The nth request for credentials, from 1. */
  readonly credentials: (n: number, request: CredentialRequest) => Effect.Effect<CredentialAnswer, VaultError>
  readonly renew?: (n: number) => Effect.Effect<LeaseRenewal, VaultError>
  readonly revoke?: (sync: boolean) => Effect.Effect<"confirmed" | "queued", VaultError>
  readonly lookup?: (n: number) => Effect.Effect<LeaseInfo, VaultError>
  readonly owned?: boolean
  /** How the nth session's token ends, from 1. */
  readonly ended?: (nth: number) => Effect.Effect<Ended>
}

/** A static role is asked for by its name alone. */
const STATIC: CredentialRequest = { endpoint: "creds", mount: "aws", role: "static" }

const unused = () => Effect.die(new Error("not part of this test"))

/** The lease manager over the script. `log` holds what Vault was asked, one line each. */
export const makeWorld = Effect.fnUntraced(function* (script: Script, settings: Partial<AppConfigShape> = {}) {
  const log = yield* Ref.make<ReadonlyArray<string>>([])
  const say = (line: string) => Ref.update(log, (lines) => [...lines, line])
  let asked = 0
  let renewals = 0
  let sessions = 0
  let lookups = 0
  const session = (): VaultSession => ({
    token: Redacted.make(`hvs.child${++sessions}`),
    owned: script.owned ?? true,
    accessor: `accessor${sessions}`,
    warnings: [],
    ended: script.ended?.(sessions) ?? Effect.never,
  })
  /** The session in use; one that ended has been let go of before anybody hears of it. */
  const inUse = Effect.gen(function* () {
    if (script.ended === undefined) return current
    const over = yield* Effect.forkChild(current.ended, { startImmediately: true })
    if (over.pollUnsafe() === undefined) yield* Fiber.interrupt(over)
    else current = session()
    return current
  })
  let current = session()
  const vault = Vault.of({
    health: unused(),
    sealStatus: unused(),
    lookupSelf: unused,
    createToken: unused,
    logIn: unused,
    unwrap: unused,
    renewSelf: unused,
    revokeSelf: unused,
    revokeAccessor: unused,
    staticCredentials: (_token, { role }) =>
      Effect.suspend(() => Effect.andThen(say(`static ${role}`), script.credentials(++asked, STATIC))),
    role: unused,
    lookupLease: (_token, id) =>
      Effect.suspend(() => Effect.andThen(say(`lookup ${id.slice(-22, -16)}`), script.lookup?.(++lookups) ?? unused())),
    capabilities: unused,
    mount: unused,
    read: unused,
    policyExists: unused,
    credentials: (_token, request) =>
      Effect.suspend(() => {
        const n = ++asked
        const ttl = request.ttl === undefined ? "" : ` ${Duration.toSeconds(request.ttl)}`
        return Effect.andThen(say(`creds ${request.role}${ttl}`), script.credentials(n, request))
      }),
    renewLease: (_token, id) =>
      Effect.suspend(() => Effect.andThen(say(`renew ${id.slice(-22, -16)}`), script.renew?.(++renewals) ?? unused())),
    revokeLease: (_token, id, { sync }) =>
      Effect.andThen(
        say(`revoke ${id.slice(-22, -16)} ${sync ? "sync" : "async"}`),
        Effect.suspend(() => script.revoke?.(sync) ?? Effect.succeed("confirmed" as const)),
      ),
  })
  const auth = VaultAuth.of({
    session: () => inUse,
    renewed: () =>
      Effect.andThen(
        say("new session"),
        Effect.sync(() => {
          current = session()
          return current
        }),
      ),
    release: () => Effect.as(say("release"), script.owned === false ? ("not-owned" as const) : ("revoked" as const)),
    sessions: Effect.succeed([]),
    lastMoment: yield* makeLastMoment,
  })
  const layer = LeaseManager.layer.pipe(
    Layer.provideMerge(
      Layer.mergeAll(
        Layer.succeed(Vault, vault),
        Layer.succeed(VaultAuth, auth),
        Layer.succeed(AppConfig, { ...config, ...settings }),
        Redactor.layer,
        memoryJournal,
      ),
    ),
  )
  return { layer, log: Ref.get(log) }
})

/** Runs a test body with a manager of its own; gives what Vault was asked until the manager was closed. */
export const withManager = <A, E>(
  script: Script,
  body: (manager: LeaseManager["Service"], log: Effect.Effect<ReadonlyArray<string>>) => Effect.Effect<A, E>,
  settings: Partial<AppConfigShape> = {},
) =>
  Effect.gen(function* () {
    const world = yield* makeWorld(script, settings)
    const scope = yield* Scope.make()
    const context = yield* Layer.buildWithScope(world.layer, scope)
    const value = yield* LeaseManager.use((manager) => body(manager, world.log)).pipe(Effect.provide(context))
    yield* Scope.close(scope, Exit.void)
    return { value, log: yield* world.log }
  })
