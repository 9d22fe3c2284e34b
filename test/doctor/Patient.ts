/** A chain to AWS of fakes, well unless a test breaks a link of it, and everything that the doctor asked on the way. */
import { DateTime, Duration, Effect, FileSystem, Layer, Redacted, Scope } from "effect"
import { systemError } from "effect/PlatformError"
import type { AwsError } from "../../src/aws/AwsError.ts"
import { AwsSession } from "../../src/aws/AwsSession.ts"
import { agentOf } from "../../src/config/Agents.ts"
import { AppConfig, type AppConfigShape } from "../../src/config/AppConfig.ts"
import { TokenSource } from "../../src/config/TokenSource.ts"
import type { Check, Link } from "../../src/doctor/Check.ts"
import { examine } from "../../src/doctor/Doctor.ts"
import { type Answered, type Heard, Outside, type Silent } from "../../src/doctor/Outside.ts"
import { Redactor } from "../../src/guard/Redactor.ts"
import { LeaseError } from "../../src/lease/LeaseError.ts"
import { LeaseManager } from "../../src/lease/LeaseManager.ts"
import type { ActiveLease, LeaseTarget } from "../../src/lease/LeaseModel.ts"
import { Vault } from "../../src/vault/Vault.ts"
import { VaultAuth } from "../../src/vault/VaultAuth.ts"
import { VaultError } from "../../src/vault/VaultError.ts"
import type { EngineRole, MountInfo, TokenInfo, VaultHealth } from "../../src/vault/VaultModel.ts"
import type { VaultReason } from "../../src/vault/VaultReason.ts"
import type { VaultSession } from "../../src/vault/VaultSession.ts"
import { config, sts } from "../kit/FakeVault.ts"
import { inTime } from "../kit/VaultOverHttp.ts"

/** Would be a leak wherever it is shown. */
export const CANARY = "hvs.canary0TokenThatMustNeverBeShown"

/** A role that no more than an agent has. */
export const AGENT_ROLE = "of-an-agent"

type Rights = Readonly<Record<string, ReadonlyArray<string>>>
type FromVault<A> = Effect.Effect<A, VaultError>

/** What answers at each link; what is absent is well. `Effect.never`: nobody answers. */
export interface Patient {
  readonly settings?: Partial<AppConfigShape>
  readonly vault?: Partial<AppConfigShape["vault"]>
  readonly health?: FromVault<VaultHealth>
  readonly heard?: Heard
  /** The operator's token; there is none when `undefined`. */
  readonly token?: string | undefined
  readonly session?: FromVault<never>
  readonly lookup?: FromVault<TokenInfo>
  /** What the operator's token may do: capabilities by path; everything on paths that are not named. */
  readonly rights?: Rights
  /** What it is told instead. */
  readonly noRights?: VaultError
  /** What the token that leases may do. */
  readonly childRights?: Rights
  readonly mount?: FromVault<MountInfo>
  readonly role?: FromVault<EngineRole>
  readonly diskFull?: boolean
  readonly aws?: Effect.Effect<Answered | Silent>
  readonly lease?: Effect.Effect<never, LeaseError>
  /** What comes of an agent's own token, its role and its lease. */
  readonly agent?: {
    readonly session?: FromVault<never>
    readonly role?: FromVault<EngineRole>
    readonly lease?: Effect.Effect<never, LeaseError>
  }
  /** Policies that are not there. */
  readonly noPolicy?: ReadonlyArray<string>
  readonly identity?: Effect.Effect<never, AwsError>
}

const HEALTHY: VaultHealth = { state: "active", version: "1.14.9", serverTime: undefined, clusterName: undefined }

const TOKEN: TokenInfo = {
  accessor: "accessor",
  policies: ["default", "agent"],
  ttl: Duration.hours(8),
  renewable: true,
  type: "service",
  numUses: 0,
  isRoot: false,
  displayName: "token-ana",
  orphan: false,
  explicitMaxTtl: undefined,
}

const ROLE: EngineRole = {
  credentialType: "assumed_role",
  roleArns: ["arn:aws:iam::123456789012:role/mcp"],
  defaultStsTtl: undefined,
  maxStsTtl: undefined,
}

/** A living Vault of another kind. */
export const healthOf = (part: Partial<VaultHealth>) => Effect.succeed({ ...HEALTHY, ...part })
/** A living token of another kind. */
export const tokenOf = (part: Partial<TokenInfo>) => Effect.succeed({ ...TOKEN, ...part })
/** A role of another kind. */
export const roleOf = (part: Partial<EngineRole>) => Effect.succeed({ ...ROLE, ...part })
/** An engine of that type. */
export const mountOf = (type: string) => Effect.succeed<MountInfo>({ type, version: undefined })

/** Vault's refusal for a reason. */
export const vaultSays = (reason: VaultReason) => Effect.fail(new VaultError({ reason }))
/** A refused lease, by its code. */
export const leaseFails = (code: string, what: string) => Effect.fail(new LeaseError({ code, what }))

const leaseOf = (target: LeaseTarget, scope: Scope.Scope): ActiveLease => {
  const { accessKeyId, arn, leaseId, secretAccessKey, sessionToken } = sts(1)
  return {
    scope,
    id: leaseId,
    target,
    credentials: { accessKeyId, secretAccessKey, sessionToken },
    kind: "sts",
    arn,
    renewable: false,
    issuedAt: DateTime.makeUnsafe(0),
    issued: { wall: 0, monotonic: 0 },
    endsAt: DateTime.makeUnsafe(3_600_000),
    awsEndsAt: undefined,
    granted: Duration.hours(1),
    warnings: [],
  }
}

const IDENTITY = { Account: "123456789012", Arn: "arn:aws:sts::123456789012:assumed-role/mcp/s", UserId: "A" }
const CHILD: VaultSession = {
  token: Redacted.make("child"),
  owned: true,
  accessor: undefined,
  warnings: [],
  ended: Effect.never,
}

/** The examination of a patient, and everything that it asks, in order: it grows while the doctor walks. */
export const begin = (patient: Patient) => {
  const asked: Array<string> = []
  const settings: AppConfigShape = { ...config, ...patient.settings, vault: { ...config.vault, ...patient.vault } }
  const say = <A, E>(word: string, answer: Effect.Effect<A, E>) =>
    Effect.suspend(() => {
      asked.push(word)
      return answer
    })
  const rightsOn = (paths: ReadonlyArray<string>, rights: Rights = {}): Rights =>
    Object.fromEntries(paths.map((path) => [path, rights[path] ?? ["read", "update"]]))
  const vault = Layer.mock(Vault, {
    health: say("health", patient.health ?? healthOf({})),
    lookupSelf: () => say("lookup", patient.lookup ?? tokenOf({})),
    capabilities: (token, paths) =>
      Redacted.value(token) === "child"
        ? say("child capabilities", Effect.succeed(rightsOn(paths, patient.childRights)))
        : say(
            "capabilities",
            patient.noRights === undefined
              ? Effect.succeed(rightsOn(paths, patient.rights))
              : Effect.fail(patient.noRights),
          ),
    mount: () => say("mount", patient.mount ?? mountOf("aws")),
    role: (_, mount, role) =>
      say(`role ${mount}/${role}`, (role === AGENT_ROLE ? patient.agent?.role : patient.role) ?? roleOf({})),
    policyExists: (_, name) => say(`policy ${name}`, Effect.succeed(patient.noPolicy?.includes(name) !== true)),
  })
  const auth = Layer.mock(VaultAuth, {
    session: (principal) =>
      agentOf(principal) === undefined
        ? say("session", patient.session ?? Effect.succeed(CHILD))
        : say(`session ${principal}`, patient.agent?.session ?? Effect.succeed(CHILD)),
  })
  const token = "token" in patient ? patient.token : CANARY
  const tokens = Layer.succeed(TokenSource, {
    token: Effect.succeed(token === undefined ? undefined : Redacted.make(token)),
  })
  const outside = Layer.mock(Outside, {
    knock: ({ href }) => say(`knock ${href}`, Effect.succeed(patient.heard ?? "nobody")),
    ask: ({ href }) => say(`ask ${href}`, patient.aws ?? Effect.succeed({ _tag: "answered", status: 302, ahead: 0 })),
  })
  const manager = Layer.mock(LeaseManager, {
    lease: (target) => {
      const given = Effect.map(Scope.make(), (scope) => leaseOf(target, scope))
      return agentOf(target.principal) === undefined
        ? say("lease", patient.lease ?? given)
        : say(`lease ${target.principal}`, patient.agent?.lease ?? given)
    },
  })
  const aws = Layer.mock(AwsSession, { send: () => say("identity", patient.identity ?? Effect.succeed(IDENTITY)) })
  const denied = systemError({ _tag: "PermissionDenied", module: "FileSystem", method: "makeDirectory" })
  const disk = FileSystem.layerNoop({
    makeDirectory: () => (patient.diskFull === true ? Effect.fail(denied) : Effect.void),
    writeFileString: () => say("write", Effect.void),
    rename: () => Effect.void,
    remove: () => say("remove", Effect.void),
  })
  const given = Layer.mergeAll(
    Layer.succeed(AppConfig, settings),
    Redactor.layer,
    vault,
    auth,
    tokens,
    outside,
    manager,
    aws,
    disk,
  )
  return { asked, checks: Effect.provide(examine, given) }
}

/** A patient examined to the end, who answers at once or never. */
export const examined = Effect.fnUntraced(function* (patient: Patient) {
  const { asked, checks } = begin(patient)
  const all = yield* inTime(checks)
  return { all, asked, of: (link: Link): Check | undefined => all.find(({ name }) => name === link) }
})

/** `address=ok tls=ok …`. */
export const verdicts = (checks: ReadonlyArray<Check>): string =>
  checks.map(({ name, verdict }) => `${name}=${verdict}`).join(" ")
