import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { AwsRefused } from "../../../src/sandbox/vault/AwsUpstream.ts"
import { ask, awsHalf, refusal } from "../../kit/VaultCalls.ts"

describe("AWS credentials", () => {
  it.effect("an assumed role is asked for with the granted length and a normalised session name", () =>
    Effect.gen(function* () {
      const { aws, half } = yield* awsHalf()
      const lease = yield* ask(half, "GET", "aws/creds/deploy?ttl=20m&role_session_name=a%20b%2Fc")
      assert.deepStrictEqual(aws.calls.at(-1), {
        service: "sts",
        endpoint: "",
        region: "eu-west-1",
        key: { accessKeyId: "AKIAROOT", secretKey: "root-secret" },
        action: "AssumeRole",
        params: {
          RoleArn: "arn:aws:iam::123456789012:role/Deploy",
          RoleSessionName: "a_b_c",
          DurationSeconds: "1200",
        },
      })
      assert.deepStrictEqual(lease.json.data, {
        access_key: "ASIA1",
        arn: "arn:aws:sts::123456789012:assumed-role/Deploy/a_b_c",
        secret_key: "s&1",
        security_token: "t1",
        ttl: 1200,
      })
      assert.deepStrictEqual([lease.json.lease_duration, lease.json.renewable], [1200, false])
      assert.match(lease.json.lease_id, /^aws\/creds\/deploy\/[A-Za-z0-9]{24}$/)
    }),
  )

  it.effect("the default session name holds the token's display name and is never too long", () =>
    Effect.gen(function* () {
      const { aws, half } = yield* awsHalf()
      const policy = 'path "aws/sts/*" { capabilities = ["read"] }'
      yield* ask(half, "PUT", "sys/policies/acl/p", { body: { policy } })
      const made = yield* ask(half, "POST", "auth/token/create", {
        body: { policies: ["p"], display_name: "a very long name of somebody who works here" },
      })
      yield* ask(half, "GET", "aws/sts/deploy", { token: made.json.auth.client_token })
      const name = aws.calls.at(-1)?.params["RoleSessionName"] ?? ""
      assert.match(name, /^vault-token-a-very-long-name-of-somebody-who-wor-0-[A-Za-z0-9]+$/)
      assert.isAtMost(name.length, 64)
    }),
  )

  it.effect("a length below AWS's minimum is refused before AWS is asked", () =>
    Effect.gen(function* () {
      const { aws, half } = yield* awsHalf()
      const refused = yield* ask(half, "GET", "aws/creds/deploy?ttl=60s")
      assert.deepStrictEqual([refused.status, aws.calls.length], [400, 0])
      assert.include(refused.json.errors[0], "minimum field value of 900, AssumeRoleInput.DurationSeconds")
      const federated = yield* ask(half, "GET", "aws/creds/fed?ttl=60s")
      assert.include(federated.json.errors[0], "GetFederationTokenInput.DurationSeconds")
    }),
  )

  it.effect("federation sends the role's policy, ignores a role_arn and tells no ARN", () =>
    Effect.gen(function* () {
      const { aws, half } = yield* awsHalf()
      const lease = yield* ask(half, "GET", "aws/creds/fed?role_arn=arn:aws:iam::1:role/x")
      assert.strictEqual(aws.calls.at(-1)?.params["Policy"], '{"Statement":[]}')
      assert.isAtMost(aws.calls.at(-1)?.params["Name"]?.length ?? 99, 32)
      assert.deepStrictEqual(Object.keys(lease.json.data), ["access_key", "secret_key", "security_token", "ttl"])
    }),
  )

  it.effect("an IAM user has no session token, ignores a ttl and leases by the engine's configuration", () =>
    Effect.gen(function* () {
      const { aws, half } = yield* awsHalf()
      const lease = yield* ask(half, "GET", "aws/creds/user?ttl=15m")
      assert.strictEqual(lease.json.data.security_token, null)
      assert.deepStrictEqual([lease.json.lease_duration, lease.json.renewable], [3600, true])
      assert.match([...aws.users.keys()][0] ?? "", /^vault-token-user-0-/)
    }),
  )

  it.effect("AWS's refusals become Vault's: 400, 502 when throttled, no answer when unreadable", () =>
    Effect.gen(function* () {
      const { aws, half } = yield* awsHalf()
      aws.refusals.set("AssumeRole", refusal(403, "AccessDenied", "not you"))
      const denied = yield* ask(half, "GET", "aws/creds/deploy")
      assert.deepStrictEqual(
        [denied.status, denied.json.errors[0]],
        [400, "Error assuming role: AccessDenied: not you\n\tstatus code: 403, request id: r1"],
      )
      aws.refusals.set("AssumeRole", refusal(400, "Throttling", "Rate exceeded"))
      assert.strictEqual((yield* ask(half, "GET", "aws/creds/deploy")).status, 502)
      aws.refusals.set("AssumeRole", new AwsRefused({ code: "", text: "", unreadable: true }))
      assert.isTrue((yield* ask(half, "GET", "aws/creds/deploy")).closed)
      assert.strictEqual(yield* half.liveLeases, 0)
    }),
  )
})
