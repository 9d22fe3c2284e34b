import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Redacted } from "effect"
import { callVault, DEAD, envelope, refusal, token } from "../kit/VaultOverHttp.ts"

describe("health", () => {
  it.effect("takes every status code of sys/health for an answer", () =>
    Effect.gen(function* () {
      const base = {
        initialized: true,
        sealed: false,
        standby: false,
        performance_standby: false,
        replication_dr_mode: "disabled",
        server_time_utc: 1_700_000_000,
        version: "1.21.1+ent",
      }
      const cases = [
        [200, {}, "active"],
        [429, { standby: true }, "standby"],
        [472, { standby: true, replication_dr_mode: "secondary" }, "dr-secondary"],
        [473, { standby: true, performance_standby: true }, "performance-standby"],
        [501, { initialized: false, sealed: true, standby: true }, "uninitialised"],
        [503, { sealed: true, standby: true }, "sealed"],
      ] as const
      for (const [status, members, state] of cases) {
        const { seen, value } = yield* callVault(
          (vault) => vault.health,
          () => ({ status, json: { ...base, ...members } }),
        )
        assert.strictEqual(value?.state, state)
        assert.strictEqual(value?.version, "1.21.1+ent")
        assert.strictEqual(value?.serverTime?.epochMilliseconds, 1_700_000_000_000)
        assert.strictEqual(seen[0]?.headers["authorization"], undefined)
      }
    }),
  )

  it.effect("does not take a load balancer's 503 for one", () =>
    Effect.gen(function* () {
      const { error } = yield* callVault(
        (vault) => vault.health,
        () => ({ status: 503, page: "<html><title>No backend</title></html>" }),
      )
      assert.strictEqual(error?.reason._tag, "Server")
      assert.include(error?.message, "No backend")
    }),
  )
})

describe("tokens", () => {
  const self = {
    accessor: "acc",
    display_name: "token",
    expire_time: null,
    explicit_max_ttl: 0,
    num_uses: 0,
    orphan: true,
    policies: ["root"],
    ttl: 0,
    type: "service",
  }

  it.effect("a root token never ends; a token with a ttl of nought and an end has ended", () =>
    Effect.gen(function* () {
      const root = yield* callVault(
        (vault) => vault.lookupSelf(token),
        () => envelope({ data: self }),
      )
      assert.isTrue(root.value?.isRoot)
      assert.isFalse(Duration.isFinite(root.value?.ttl ?? Duration.zero))
      const ended = yield* callVault(
        (vault) => vault.lookupSelf(token),
        () => envelope({ data: { ...self, expire_time: "2026-01-02T03:04:05Z" } }),
      )
      assert.isTrue(Duration.isZero(ended.value?.ttl ?? Duration.infinity))
    }),
  )

  it.effect("a child is asked for renewable, and its token is hidden", () =>
    Effect.gen(function* () {
      const { seen, value } = yield* callVault(
        (vault) =>
          vault.createToken(token, {
            ttl: Duration.minutes(15),
            displayName: "vault-aws-mcp",
            meta: { pid: "1" },
            policies: ["agent"],
          }),
        () =>
          envelope({
            auth: {
              client_token: "hvs.child-canary",
              accessor: "a",
              policies: ["agent", "default"],
              lease_duration: 900,
              renewable: true,
            },
          }),
      )
      assert.deepStrictEqual(seen[0]?.body, {
        ttl: "900s",
        renewable: true,
        display_name: "vault-aws-mcp",
        meta: { pid: "1" },
        policies: ["agent"],
      })
      assert.strictEqual(value && Redacted.value(value.token), "hvs.child-canary")
      assert.notInclude(JSON.stringify(value), "canary")
    }),
  )

  it.effect("a child whose making got no answer is not made twice, and giving a token back is tried again", () =>
    Effect.gen(function* () {
      const request = { ttl: Duration.minutes(15), displayName: "d", meta: {} }
      const made = yield* callVault(
        (vault) => vault.createToken(token, request),
        () => ({ code: "ECONNRESET" }),
      )
      assert.strictEqual(made.error?.code, "vault_outcome_unknown")
      assert.strictEqual(made.seen.length, 1)
      const revoked = yield* callVault(
        (vault) => vault.revokeSelf(token),
        (_, nth) => (nth === 1 ? { code: "ECONNRESET" } : { status: 204 }),
      )
      assert.strictEqual(revoked.error, undefined)
      assert.strictEqual(revoked.seen.length, 2)
    }),
  )

  it.effect("a dead token says so when it is given back", () =>
    Effect.gen(function* () {
      const { error } = yield* callVault(
        (vault) => vault.revokeSelf(token),
        () => DEAD,
      )
      assert.strictEqual(error?.code, "vault_token_dead")
    }),
  )
})

describe("what a token may see", () => {
  it.effect("capabilities come back by path, an unmentioned one as none", () =>
    Effect.gen(function* () {
      const { seen, value } = yield* callVault(
        (vault) => vault.capabilities(token, ["a/b", "c"]),
        () => envelope({ data: { "a/b": ["read"], capabilities: ["root"] } }),
      )
      assert.deepStrictEqual(seen[0]?.body, { paths: ["a/b", "c"] })
      assert.deepStrictEqual(value, { "a/b": ["read"], c: [] })
    }),
  )

  it.effect("a mount tells its type, and the version of KV", () =>
    Effect.gen(function* () {
      const kv = yield* callVault(
        (vault) => vault.mount(token, "team/kv/"),
        () => envelope({ data: { type: "kv", options: { version: "2" } } }),
      )
      assert.strictEqual(kv.seen[0]?.path, "/v1/sys/internal/ui/mounts/team/kv")
      assert.deepStrictEqual(kv.value, { type: "kv", version: "2" })
      const hidden = yield* callVault(
        (vault) => vault.mount(token, "secret"),
        () =>
          refusal(
            403,
            'preflight capability check returned 403, please ensure client\'s policies grant access to path "secret/"',
          ),
      )
      assert.strictEqual(hidden.error?.reason._tag, "PermissionMissing")
    }),
  )

  it.effect("a role tells its type and lengths, nought being none", () =>
    Effect.gen(function* () {
      const data = {
        credential_type: "iam_user",
        default_sts_ttl: 0,
        max_sts_ttl: 14_400,
        role_arns: null,
        policy_document: "",
      }
      const { value } = yield* callVault(
        (vault) => vault.role(token, "aws", "iam"),
        () => envelope({ data }),
      )
      assert.deepStrictEqual(value, {
        credentialType: "iam_user",
        roleArns: [],
        defaultStsTtl: undefined,
        maxStsTtl: Duration.hours(4),
      })
    }),
  )

  it.effect("a policy that is not there is an answer, not an error", () =>
    Effect.gen(function* () {
      const there = yield* callVault(
        (vault) => vault.policyExists(token, "p"),
        () => envelope({ data: { name: "p" } }),
      )
      const absent = yield* callVault(
        (vault) => vault.policyExists(token, "p"),
        () => refusal(404),
      )
      assert.deepStrictEqual([there.value, absent.value], [true, false])
    }),
  )
})
