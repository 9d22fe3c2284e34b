/**
 * The sandbox: an emulated Vault and an emulated AWS on loopback, for learning, demonstrations and tests. They are
 * reached over HTTP by the same code as the real ones; nothing of the product knows them but by address.
 */
import { Clock, Effect, FiberSet, Redacted, type Scope } from "effect"
import { randomBytes } from "node:crypto"
import { makeAwsHalf } from "./aws/Server.ts"
import { makeEc2 } from "./aws/Ec2.ts"
import { makeS3 } from "./aws/S3.ts"
import type { Identity } from "./aws/Identity.ts"
import type { Dialect } from "./Dialect.ts"
import { type Backstage, type Faults, type Half, makeFaults } from "./Faults.ts"
import { atTime, byClock, skewedClock } from "./faults/Skew.ts"
import { type SandboxError, serveLoopback } from "./Loopback.ts"
import { operator } from "./Operate.ts"
import { empty, seeded } from "./Seed.ts"
import { makeVaultHalf, type VaultHalf } from "./vault/Server.ts"
import { seedVault } from "./VaultSeed.ts"
import type { WireHandler } from "./Wire.ts"

export interface SandboxOptions {
  /** A new Vault and a new account, as an operator finds them before any set-up. */
  readonly empty: boolean
  /** Whose Vault the Vault half speaks like; 1.14 when absent. */
  readonly dialect?: Dialect
  /** Another AWS (moto) for Vault and for the tools instead of the sandbox's own half. */
  readonly awsUrl?: string
}

/** Where the two halves are and what opens them. The keys are thrown away with the process. */
export interface Sandbox {
  readonly vaultAddr: string
  readonly vaultToken: Redacted.Redacted<string>
  readonly awsUrl: string
  /** The key that Vault is configured with; it may assume any role. */
  readonly rootKey: { readonly accessKeyId: string; readonly secretKey: Redacted.Redacted<string> }
  /** For tests: what is alive. */
  readonly vault: VaultHalf
  readonly identity: Identity
  /** Trouble on demand; reached in-process only, never over the wire. */
  readonly faults: Faults
}

const letters = (length: number): string => {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
  return [...randomBytes(length)].map((byte) => alphabet[byte % 32]).join("")
}

/** Starts both halves; they end with the scope. */
export const startSandbox = Effect.fn("Sandbox.start")(function* (
  options: SandboxOptions,
): Effect.fn.Return<Sandbox, SandboxError, Scope.Scope> {
  const seed = options.empty ? empty : seeded
  const rootToken = `hvs.${randomBytes(18).toString("base64url")}`
  const rootKey = {
    accessKeyId: `AKIA${letters(16)}`,
    secretKey: randomBytes(30).toString("base64").replaceAll("=", "x"),
  }
  const faults = makeFaults()
  const clock = yield* Clock.Clock
  const clocks = {
    vault: skewedClock(clock, () => faults.skewOf("vault")),
    aws: skewedClock(clock, () => faults.skewOf("aws")),
  }
  const services = new Map([
    ["s3", yield* makeS3(seed.buckets)],
    ["ec2", yield* makeEc2(seed.regions)],
  ])
  const aws = yield* makeAwsHalf({ rootKey, services, seeded: !options.empty })
  const bare = yield* atTime(clocks.vault, makeVaultHalf({ rootToken, dialect: options.dialect ?? "1.14" }))
  const vault: VaultHalf = {
    ...bare,
    handler: byClock(clocks.vault, bare.handler),
    liveLeases: atTime(clocks.vault, bare.liveLeases),
    liveTokens: atTime(clocks.vault, bare.liveTokens),
  }
  const background = yield* FiberSet.make<unknown>()
  const backstage: Backstage = {
    aws,
    operate: operator(vault.handler, rootToken),
    later: (work) => Effect.asVoid(FiberSet.run(background, work)),
  }
  const serve = (half: Half, handler: WireHandler) =>
    serveLoopback(byClock(clocks[half], faults.over(half, handler, backstage)))

  const awsUrl = options.awsUrl ?? (yield* serve("aws", aws.handler))
  if (!options.empty) yield* seedVault(backstage.operate, { url: awsUrl, ...rootKey })
  const vaultAddr = yield* serve("vault", vault.handler)
  return {
    vaultAddr,
    vaultToken: Redacted.make(rootToken, { label: "sandbox root token" }),
    awsUrl,
    rootKey: { accessKeyId: rootKey.accessKeyId, secretKey: Redacted.make(rootKey.secretKey) },
    vault,
    identity: aws.identity,
    faults,
  }
})
