/**
 * The sandbox: an emulated Vault and an emulated AWS on loopback, for learning, demonstrations and tests. They are
 * reached over HTTP by the same code as the real ones; nothing of the product knows them but by address.
 */
import { Effect, Redacted, type Scope } from "effect"
import { randomBytes } from "node:crypto"
import { makeAwsHalf } from "./aws/Server.ts"
import { makeEc2 } from "./aws/Ec2.ts"
import { makeS3 } from "./aws/S3.ts"
import type { Identity } from "./aws/Identity.ts"
import { type Faults, makeFaults, withFaults } from "./Faults.ts"
import { type SandboxError, serveLoopback } from "./Loopback.ts"
import { empty, seeded } from "./Seed.ts"
import { makeVaultHalf, type VaultHalf } from "./vault/Server.ts"
import { seedVault } from "./VaultSeed.ts"

export interface SandboxOptions {
  /** A new Vault and a new account, as an operator finds them before any set-up. */
  readonly empty: boolean
  /** How long AWS refuses a new IAM user's key, in milliseconds. */
  readonly keyDelayMillis?: number
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
  /** For tests: what is alive, and trouble on demand. */
  readonly vault: VaultHalf
  readonly identity: Identity
  readonly vaultFaults: Faults
  readonly awsFaults: Faults
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
  const vaultFaults = yield* makeFaults
  const awsFaults = yield* makeFaults
  const services = new Map([
    ["s3", yield* makeS3(seed.buckets)],
    ["ec2", yield* makeEc2(seed.regions)],
  ])
  const aws = yield* makeAwsHalf({
    rootKey,
    services,
    seeded: !options.empty,
    keyDelayMillis: options.keyDelayMillis ?? 0,
  })
  const awsUrl = options.awsUrl ?? (yield* serveLoopback(withFaults(awsFaults, aws.handler)))
  const vault = yield* makeVaultHalf({ rootToken })
  if (!options.empty) yield* seedVault(vault.handler, rootToken, { url: awsUrl, ...rootKey })
  const vaultAddr = yield* serveLoopback(withFaults(vaultFaults, vault.handler))
  return {
    vaultAddr,
    vaultToken: Redacted.make(rootToken, { label: "sandbox root token" }),
    awsUrl,
    rootKey: { accessKeyId: rootKey.accessKeyId, secretKey: Redacted.make(rootKey.secretKey) },
    vault,
    identity: aws.identity,
    vaultFaults,
    awsFaults,
  }
})
