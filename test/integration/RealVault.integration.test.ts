/** The product on a real Vault whose engine points at the sandbox's AWS. Skipped by name where there is none. */
import { afterAll, assert, beforeAll, beforeEach, describe, it } from "@effect/vitest"
import { Effect, Exit, Redacted, Scope } from "effect"
import { operator } from "../../src/sandbox/Operate.ts"
import { type Sandbox, startSandbox } from "../../src/sandbox/Sandbox.ts"
import { seedVault } from "../../src/sandbox/VaultSeed.ts"
import { type DevVault, remoteVault, startDevVault, vaultProgram } from "../kit/DevVault.ts"
import { makeToolWorld, type ToolWorld } from "../kit/ToolWorld.ts"

const program = vaultProgram()
const scope = Effect.runSync(Scope.make())
let vault: DevVault
let sandbox: Sandbox
let missing: string | undefined

/** The Vault, set up as an operator would; the AWS side is the sandbox's. */
const setUp = Effect.fnUntraced(function* (program: string) {
  vault = yield* startDevVault(program)
  if (!(yield* vault.hasEngine)) return `this ${program} has no AWS secrets engine`
  sandbox = yield* startSandbox({ empty: false })
  yield* seedVault(operator(remoteVault(vault.address), vault.token), {
    url: sandbox.awsUrl,
    accessKeyId: sandbox.rootKey.accessKeyId,
    secretKey: Redacted.value(sandbox.rootKey.secretKey),
  })
  return undefined
})

beforeAll(async () => {
  missing =
    program === undefined
      ? "there is neither `vault` nor `bao` on the PATH"
      : await Effect.runPromise(Scope.provide(setUp(program), scope))
}, 60_000)
afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))

/** Runs a body in the product's world on that Vault; the world ends with the body. */
const inWorld = <A>(body: (world: ToolWorld) => Effect.Effect<A, unknown>) =>
  Effect.scoped(
    Effect.flatMap(
      makeToolWorld(
        { empty: true },
        {
          vault: { address: vault.address, token: Redacted.make(vault.token) },
          awsEndpoint: sandbox.awsUrl,
          accounts: { user: { role: "s3-reader-user" }, legacy: { credentials: "sts" } },
        },
      ),
      body,
    ),
  )

describe("a real Vault", () => {
  beforeEach((context) => {
    if (missing !== undefined) context.skip(missing)
  })

  it.live("leases, shows, refreshes and releases sessions", () =>
    inWorld((world) =>
      Effect.gen(function* () {
        const { arn } = yield* world.good<{ arn: string }>("aws_get_caller_identity")
        assert.include(arn, "assumed-role/mcp-agent-role/vault-aws-mcp-")
        const refreshed = yield* world.good<{ lease_duration_seconds: number }>("vault_refresh_credentials", {
          ttl: "20m",
        })
        assert.approximately(refreshed.lease_duration_seconds, 1200, 3)
        const revoked = yield* world.good<{ message: string }>("vault_revoke_credentials")
        assert.match(revoked.message, /AWS cannot cancel an issued session/)
        const status = yield* world.good<{ leases: ReadonlyArray<unknown>; vault: { state: string } }>(
          "vault_credential_status",
        )
        assert.deepInclude(status, { leases: [] })
        assert.strictEqual(status.vault.state, "active")
      }),
    ),
  )

  it.live("leases an IAM user's key and has the user deleted", () =>
    inWorld((world) =>
      Effect.gen(function* () {
        yield* world.good("s3_list_buckets", { account: "user" })
        const users = [...sandbox.identity.users.values()].length
        const revoked = yield* world.good("vault_revoke_credentials")
        assert.deepInclude(revoked, { revocable: true, aws_access_ends: "now" })
        assert.strictEqual([...sandbox.identity.users.values()].length, users - 1)
      }),
    ),
  )

  it.live("answers at the endpoint of legacy roles", () =>
    inWorld((world) => world.good("aws_get_caller_identity", { account: "legacy" })),
  )

  it.live("holds neither lease nor token of this program when it has ended", () =>
    Effect.gen(function* () {
      yield* inWorld((world) => world.good("aws_get_caller_identity"))
      const left = Effect.all([
        vault.keys("sys/leases/lookup/aws/creds/mcp-agent-role"),
        vault.keys("auth/token/accessors"),
      ])
      // A revoked token's leases are ended by Vault's own workers.
      const [leases, tokens] = yield* left.pipe(
        Effect.delay("50 millis"),
        Effect.repeat({ until: ([leases]) => leases.length === 0, times: 100 }),
      )
      assert.deepStrictEqual([leases.length, tokens.length], [0, 1])
    }),
  )
})
