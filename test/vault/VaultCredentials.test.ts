import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Redacted } from "effect"
import { LeaseId } from "../../src/core/Ids.ts"
import { callVault, envelope, refusal, token } from "../kit/VaultOverHttp.ts"

const LEASE = LeaseId.make("aws/creds/dev/AbCdEfGhIjKlMnOpQrStUvWx")
const CREDS = { endpoint: "creds" as const, mount: "aws", role: "dev" }
const STS = {
  access_key: "ASIAIOSFODNN7EXAMPLE",
  arn: "arn:aws:sts::123456789012:assumed-role/McpAgent/x",
  secret_key: "secret-canary",
  security_token: "session-canary",
  ttl: 3599,
}
const stsAnswer = envelope({ lease_id: LEASE, lease_duration: 3600, data: STS })

describe("credentials", () => {
  it.effect("are asked for once, whatever becomes of the answer; keys that Vault only shows are asked for again", () =>
    Effect.gen(function* () {
      for (const lost of [{ code: "ECONNRESET" }, { status: 502, page: "bad gateway" }] as const) {
        const { error, seen } = yield* callVault(
          (vault) => vault.credentials(token, CREDS),
          () => lost,
        )
        assert.strictEqual(error?.code, "vault_outcome_unknown")
        assert.strictEqual(seen.length, 1)
        const shown = yield* callVault(
          (vault) => vault.staticCredentials(token, CREDS),
          () => lost,
        )
        assert.strictEqual(shown.seen.length, 3)
      }
    }),
  )

  it.effect("of STS come with their lease, both lengths and their parameters as they were asked for", () =>
    Effect.gen(function* () {
      const request = {
        ...CREDS,
        mount: "/team/aws/",
        ttl: Duration.minutes(15),
        roleArn: "arn:aws:iam::1:role/A",
        sessionName: "mcp-ana-0a1b2c3d",
      }
      const { seen, value } = yield* callVault(
        (vault) => vault.credentials(token, request),
        () => stsAnswer,
      )
      assert.strictEqual(
        seen[0]?.path,
        "/v1/team/aws/creds/dev?ttl=900s&role_arn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2FA&role_session_name=mcp-ana-0a1b2c3d",
      )
      assert.strictEqual(seen[0]?.method, "GET")
      assert.strictEqual(value?.leaseId, LEASE)
      assert.strictEqual(Duration.toSeconds(value?.leaseDuration ?? 0), 3600)
      assert.strictEqual(Duration.toSeconds(value?.credentialTtl ?? 0), 3599)
      assert.strictEqual(value && Redacted.value(value.secretAccessKey), "secret-canary")
      assert.strictEqual(value?.sessionToken && Redacted.value(value.sessionToken), "session-canary")
    }),
  )

  it.effect("of an IAM user have no session token, whether it is null or absent", () =>
    Effect.gen(function* () {
      for (const extra of [{ security_token: null }, {}]) {
        const data = { access_key: "AKIAIOSFODNN7EXAMPLE", secret_key: "s", ...extra }
        const { value } = yield* callVault(
          (vault) => vault.credentials(token, CREDS),
          () => envelope({ lease_id: LEASE, renewable: true, lease_duration: 3600, data }),
        )
        assert.strictEqual(value?.sessionToken, undefined)
        assert.strictEqual(value?.credentialTtl, undefined)
        assert.isTrue(value?.renewable)
      }
    }),
  )

  it.effect("without a lease (Vault 1.13.0) say so, and keep the length AWS gave", () =>
    Effect.gen(function* () {
      const { value } = yield* callVault(
        (vault) => vault.credentials(token, CREDS),
        () => envelope({ data: STS }),
      )
      assert.strictEqual(value?.leaseId, undefined)
      assert.isTrue(Duration.isZero(value?.leaseDuration ?? Duration.infinity))
      assert.strictEqual(Duration.toSeconds(value?.credentialTtl ?? 0), 3599)
    }),
  )

  it.effect("may come under the newer name of the session token, with members nobody knows", () =>
    Effect.gen(function* () {
      const { security_token, ...rest } = STS
      const { value } = yield* callVault(
        (vault) => vault.credentials(token, CREDS),
        () =>
          envelope({
            lease_id: LEASE,
            mount_type: "aws",
            lease_duration: 60,
            data: { ...rest, session_token: security_token, novel: [1] },
          }),
      )
      assert.strictEqual(value?.sessionToken && Redacted.value(value.sessionToken), "session-canary")
    }),
  )

  it.effect("that make no sense are an error, and their lease is given back when its id can be read", () =>
    Effect.gen(function* () {
      const broken = [
        { lease_duration: "3600", data: STS },
        { lease_duration: -5, data: STS },
        { lease_duration: 1e300, data: STS },
        { lease_duration: 1.5, data: STS },
        { lease_duration: 3600, data: { ...STS, secret_key: "" } },
        { lease_duration: 3600, data: { ...STS, access_key: undefined } },
        { lease_duration: 3600, data: null },
      ]
      for (const members of broken) {
        const { error, seen } = yield* callVault(
          (vault) => vault.credentials(token, CREDS),
          (it) => (it.path.startsWith("/v1/aws") ? envelope({ lease_id: LEASE, ...members }) : { status: 202 }),
        )
        assert.strictEqual(error?.reason._tag, "Malformed", JSON.stringify(members))
        assert.deepStrictEqual(seen[1]?.body, { lease_id: LEASE, sync: false })
        assert.notInclude(String(error), "canary")
      }
    }),
  )

  it.effect("are refused with the role, the mount or AWS's words, by Vault's own texts", () =>
    Effect.gen(function* () {
      const cases = [
        [refusal(400, 'Role "dev" not found'), "vault_role_unknown", "vault list aws/roles"],
        [
          refusal(404, 'no handler for route "aws/creds/dev". route entry not found.'),
          "vault_mount_unknown",
          "secrets enable",
        ],
        [
          refusal(
            400,
            "Error assuming role: AccessDenied: User: arn:aws:iam::1:user/vault is not authorized\n\tstatus code: 403, request id: 1-2",
          ),
          "vault_aws_refused",
          "is not authorized",
        ],
        [refusal(400, "Error creating IAM user: AccessDenied: no"), "vault_aws_refused", "AccessDenied: no"],
        [
          refusal(
            400,
            "Error assuming role: InvalidParameter: 1 validation error(s) found.\n- minimum field value of 900",
          ),
          "vault_invalid_request",
          "900",
        ],
        [
          refusal(400, "did not supply a role_arn parameter and unable to determine one"),
          "vault_invalid_request",
          "role_arn",
        ],
      ] as const
      for (const [answer, code, words] of cases) {
        const { error } = yield* callVault(
          (vault) => vault.credentials(token, CREDS),
          () => answer,
        )
        assert.strictEqual(error?.code, code)
        assert.include(error?.message, words)
        assert.notInclude(error?.message, "request id")
      }
    }),
  )

  it.effect("of a static role have no lease; a name that is not there is an unknown role", () =>
    Effect.gen(function* () {
      const data = { access_key: "AKIAIOSFODNN7EXAMPLE", secret_key: "s" }
      const found = yield* callVault(
        (vault) => vault.staticCredentials(token, CREDS),
        () => envelope({ data }),
      )
      assert.strictEqual(found.seen[0]?.path, "/v1/aws/static-creds/dev")
      assert.strictEqual(found.value?.leaseId, undefined)
      const missing = yield* callVault(
        (vault) => vault.staticCredentials(token, CREDS),
        () => refusal(404),
      )
      assert.strictEqual(missing.error?.reason._tag, "RoleUnknown")
    }),
  )
})
