/** Behaviour 47: one suite for Vault 1.13, 1.14, 1.21 with Enterprise's extras, and OpenBao 2.6. */
import { assert, describe, it } from "@effect/vitest"
import { Context, Duration, Effect, Exit, Redacted, Schema, Scope } from "effect"
import { LeaseManager } from "../../src/lease/LeaseManager.ts"
import { type Dialect, DIALECTS } from "../../src/sandbox/Dialect.ts"
import { fault } from "../../src/sandbox/Faults.ts"
import { observe } from "../../src/sandbox/faults/Custom.ts"
import { SEEDED_NAMESPACE } from "../../src/sandbox/VaultSeed.ts"
import { target as ofTheTest } from "../kit/FakeVault.ts"
import { makeToolWorld, type ToolWorld } from "../kit/ToolWorld.ts"

type Settings = Parameters<typeof makeToolWorld>[1]

/** The suite's world; `paths` are Vault's endpoints that were asked. The body's leases end with it. */
const inWorld = <A>(
  dialect: Dialect,
  settings: Settings,
  body: (world: ToolWorld, paths: ReadonlySet<string>) => Effect.Effect<A, unknown>,
) =>
  Effect.gen(function* () {
    const scope = yield* Scope.make()
    const world = yield* Scope.provide(makeToolWorld({ empty: false, dialect }, settings), scope)
    const paths = new Set<string>()
    yield* world.sandbox.faults.add(
      fault(
        observe(({ path }) => void paths.add(path.replace(/^\/v1\//, ""))),
        { half: "vault" },
      ),
    )
    const value = yield* body(world, paths)
    return { value, paths, world, close: Scope.close(scope, Exit.void) }
  })

const status = (world: ToolWorld) =>
  Effect.map(
    world.good<{ leases: ReadonlyArray<Record<string, unknown>>; vault: { version: string } }>(
      "vault_credential_status",
    ),
    ({ leases, vault }) => ({ lease: leases[0] ?? {}, count: leases.length, version: vault.version }),
  )

const VERSIONS: Readonly<Record<Dialect, string>> = {
  "1.13": "1.13.0",
  "1.14": "1.14.9",
  "1.21": "1.21.1+ent",
  openbao: "2.6",
}

const target = { ...ofTheTest, principal: "test" }

describe.each(DIALECTS)("Vault in the dialect %s", (dialect) => {
  it.live("47 leases sessions, shows, replaces and releases them", () =>
    Effect.gen(function* () {
      const { close, paths } = yield* inWorld(dialect, {}, (world) =>
        Effect.gen(function* () {
          const { arn } = yield* world.good<{ arn: string }>("aws_get_caller_identity")
          assert.include(arn, "assumed-role/mcp-agent-role/")
          const first = yield* status(world)
          assert.include(first.version, VERSIONS[dialect])
          assert.strictEqual("lease_id" in first.lease, dialect !== "1.13")
          assert.deepInclude(first.lease, { type: "sts", revocable: false })
          assert.isAbove(Number(first.lease["remaining_seconds"]), 3500)
          const fresh = yield* world.good<{ lease_duration_seconds: number }>("vault_refresh_credentials", {
            ttl: "16m",
          })
          assert.approximately(fresh.lease_duration_seconds, 960, 3)
          const told = yield* world.good<{ message: string; aws_access_ends: string }>("vault_revoke_credentials")
          assert.include(told.message, "AWS cannot cancel an issued session")
          assert.isAbove(Date.parse(told.aws_access_ends), Date.now() + 900_000)
          assert.strictEqual((yield* status(world)).count, 0)
          yield* world.good("aws_get_caller_identity")
        }),
      )
      yield* close
      for (const path of paths) assert.notMatch(path, /^sys\/(?:renew|revoke|revoke-prefix|revoke-force)(?:\/|$)/)
    }),
  )

  it.live("47 leases an IAM user's key, renews it, and has it deleted", () =>
    Effect.gen(function* () {
      yield* inWorld(dialect, { vault: { role: "s3-reader-user" } }, (world) =>
        Effect.gen(function* () {
          yield* world.good("s3_list_buckets")
          const { lease } = yield* status(world)
          assert.deepInclude(lease, { type: "iam_user", renewable: true, revocable: true, aws_access_ends: "now" })
          const told = yield* world.good("vault_revoke_credentials")
          assert.deepInclude(told, { revocable: true, aws_access_ends: "now" })
        }),
      )
    }),
  )

  it.live("47 leaves neither lease nor token when the process ends", () =>
    Effect.gen(function* () {
      const { close, world } = yield* inWorld(dialect, {}, (world) => world.good("aws_get_caller_identity"))
      assert.strictEqual(yield* world.sandbox.vault.liveTokens, 1)
      yield* close
      assert.deepStrictEqual([yield* world.sandbox.vault.liveLeases, yield* world.sandbox.vault.liveTokens], [0, 0])
    }),
  )

  it.live("47 says to log in again when the token is dead", () =>
    Effect.gen(function* () {
      yield* inWorld(dialect, { vault: { token: Redacted.make("hvs.dead-dead-dead-dead-dead-dead") } }, (world) =>
        Effect.map(world.bad("aws_get_caller_identity"), (text) => {
          assert.include(text, "code=vault_token_dead")
          assert.include(text, "vault login")
        }),
      )
    }),
  )

  it.live("47 answers at the endpoint of legacy roles as well", () =>
    Effect.gen(function* () {
      const { paths } = yield* inWorld(dialect, { vault: { credentials: "sts" } }, (world) =>
        world.good("aws_get_caller_identity"),
      )
      assert.isTrue([...paths].some((path) => path.startsWith("aws/sts/")))
      assert.isFalse([...paths].some((path) => path.startsWith("aws/creds/")))
    }),
  )

  it.live("47 takes a shorter lease for what it is", () =>
    Effect.gen(function* () {
      yield* inWorld(dialect, { leaseTtl: Duration.hours(12) }, (world) =>
        Effect.gen(function* () {
          const manager = Context.get(world.context, LeaseManager)
          const lease = yield* manager.lease({ ...target, ttl: Duration.hours(12) })
          // The role's max_sts_ttl
          assert.approximately(Duration.toHours(lease.granted), 4, 0.01)
        }),
      )
    }),
  )
})

/** A token made in a namespace, as its operator would. */
const tokenIn = (world: ToolWorld, namespace: string) =>
  Effect.promise(async () => {
    const response = await fetch(`${world.sandbox.vaultAddr}/v1/auth/token/create`, {
      method: "POST",
      headers: { "x-vault-token": Redacted.value(world.sandbox.vaultToken), "x-vault-namespace": namespace },
      body: JSON.stringify({ policies: ["vault-aws-mcp"] }),
    })
    const Auth = Schema.Struct({ auth: Schema.Struct({ client_token: Schema.String }) })
    return Redacted.make(Schema.decodeUnknownSync(Auth)(await response.json()).auth.client_token)
  })

describe.each(["1.21", "openbao"] as const)("Vault with namespaces (%s)", (dialect) => {
  it.live("47 leases in a namespace, with the lease's id kept as it is", () =>
    Effect.gen(function* () {
      const outer = yield* makeToolWorld({ empty: false, dialect })
      const token = yield* tokenIn(outer, SEEDED_NAMESPACE)
      const world = yield* makeToolWorld(
        { empty: true },
        {
          vault: { address: outer.sandbox.vaultAddr, token, namespace: SEEDED_NAMESPACE },
          awsEndpoint: outer.sandbox.awsUrl,
        },
      )
      const manager = Context.get(world.context, LeaseManager)
      const lease = yield* manager.lease({ ...target, namespace: SEEDED_NAMESPACE })
      assert.match(lease.id ?? "", /^aws\/creds\/mcp-agent-role\/\w+\.\w+$/)
      const [told] = yield* manager.revoke("test")
      assert.strictEqual(told?.closedInVault, "yes")
      assert.strictEqual(yield* outer.sandbox.vault.liveLeases, 0)
    }),
  )

  it.live("47 names the setting of a namespace that is not there", () =>
    Effect.gen(function* () {
      yield* inWorld(dialect, { vault: { namespace: "no-such" } }, (world) =>
        Effect.map(world.bad("aws_get_caller_identity"), (text) =>
          assert.include(text, "VAULT_AWS_MCP_VAULT_NAMESPACE"),
        ),
      )
    }),
  )
})
