/** Behaviours 12, 14, 45 and 46: leased credentials as AWS meets them. */
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Redacted } from "effect"
import { AwsSession, type AwsCall } from "../../src/aws/AwsSession.ts"
import { sessionName } from "../../src/lease/Issue.ts"
import { LeaseManager } from "../../src/lease/LeaseManager.ts"
import { type Fault, fault } from "../../src/sandbox/Faults.ts"
import { observe } from "../../src/sandbox/faults/Custom.ts"
import { parseFault } from "../../src/sandbox/faults/Grammar.ts"
import { makeToolWorld, type ToolWorld } from "../kit/ToolWorld.ts"

const WHO = "aws_get_caller_identity"
const ACCOUNTS = { accounts: { user: { role: "s3-reader-user" } } }

/** Counts the requests about a text. */
const counting = Effect.fnUntraced(function* ({ sandbox }: ToolWorld, half: Fault["half"], about: string) {
  const seen = { times: 0 }
  yield* sandbox.faults.add(
    fault(
      observe(() => void seen.times++),
      { half, about },
    ),
  )
  return seen
})

const misbehave = ({ sandbox }: ToolWorld, text: string) =>
  Effect.flatMap(Effect.orDie(Effect.fromResult(parseFault(text))), (faults) => sandbox.faults.add(...faults))

describe("credentials at AWS", () => {
  it.live("12 a new IAM user's key that AWS does not know yet is tried again, for some seconds", () =>
    Effect.gen(function* () {
      const world = yield* makeToolWorld({ empty: false }, ACCOUNTS)
      const asked = yield* counting(world, "aws", "s3 GET")
      yield* misbehave(world, "iam-lag=2500ms")
      const creds = yield* counting(world, "vault", "/creds/")
      yield* world.good("s3_list_buckets", { account: "user" })
      assert.isAbove(asked.times, 1)
      assert.isBelow(asked.times, 8)
      assert.strictEqual(creds.times, 1, "no lease is spent on waiting")
    }),
  )

  it.live("12 a session's key that AWS does not know is not waited for", () =>
    Effect.gen(function* () {
      const world = yield* makeToolWorld()
      yield* world.good(WHO)
      const asked = yield* counting(world, "aws", "GetCallerIdentity")
      const { keys, sessions } = world.sandbox.identity
      assert.isAbove(sessions.size, 0)
      for (const id of sessions.keys()) sessions.delete(id)
      assert.isAbove(keys.size, 0)
      const text = yield* world.bad(WHO)
      assert.match(text, /InvalidClientTokenId|not known|refused/)
      assert.isAtMost(asked.times, 2)
    }),
  )

  it.live("14 expired in the middle: one new lease and one more try; a second refusal is told", () =>
    Effect.gen(function* () {
      const world = yield* makeToolWorld()
      yield* world.good(WHO)
      const creds = yield* counting(world, "vault", "/creds/")
      const asked = yield* counting(world, "aws", "GetCallerIdentity")
      yield* misbehave(world, "expiredx1")
      yield* world.good(WHO)
      assert.deepStrictEqual([creds.times, asked.times], [1, 2])
      yield* misbehave(world, "expired")
      const text = yield* world.bad(WHO)
      assert.match(text, /code=\S+/)
      assert.deepStrictEqual([creds.times, asked.times], [2, 4])
    }),
  )

  it.live("14 many calls that expire at once share one new lease", () =>
    Effect.gen(function* () {
      const world = yield* makeToolWorld()
      const call: AwsCall = {
        principal: "test",
        service: "sts",
        operation: "GetCallerIdentity",
        input: {},
        idempotent: true,
      }
      const session = Context.get(world.context, AwsSession)
      yield* session.send(call)
      const creds = yield* counting(world, "vault", "/creds/")
      // All are on their way before the first hears of it.
      yield* misbehave(world, "slow=300ms@aws:GetCallerIdentity")
      yield* misbehave(world, "expiredx16")
      yield* Effect.forEach(Array.from({ length: 16 }), () => session.send(call), { concurrency: "unbounded" })
      assert.strictEqual(creds.times, 1)
    }),
  )

  it.live(
    "45 a ttl for an IAM user's role is ignored by Vault, and that is said; less than 15 minutes for a session is refused with the reason",
    () =>
      Effect.gen(function* () {
        const world = yield* makeToolWorld({ empty: false }, ACCOUNTS)
        const user = yield* world.good<{ message: string; lease_duration_seconds: number }>(
          "vault_refresh_credentials",
          {
            account: "user",
            ttl: "30m",
          },
        )
        assert.include(user.message, "Vault ignores the TTL for IAM users")
        assert.approximately(user.lease_duration_seconds, 3600, 3)
        const equal = yield* world.good<{ message: string }>("vault_refresh_credentials", {
          account: "user",
          ttl: "1h",
        })
        assert.include(equal.message, "Vault ignores the TTL for IAM users")
        const before = yield* counting(world, "aws", "AssumeRole")
        const text = yield* world.bad("vault_refresh_credentials", { ttl: "5m" })
        assert.include(text, "900")
        assert.strictEqual(before.times, 0)
      }),
  )

  it.live(
    "46 the session's name is unique to the lease, legal, and shown by AWS; a policy that forbids it is told how to be met",
    () =>
      Effect.gen(function* () {
        const world = yield* makeToolWorld()
        const manager = Context.get(world.context, LeaseManager)
        const { arn } = yield* world.good<{ arn: string }>(WHO)
        const first = (yield* manager.status)[0]?.lease
        assert.strictEqual(first?.arn, arn)
        yield* world.good("vault_refresh_credentials")
        const second = (yield* world.good<{ arn: string }>(WHO)).arn
        assert.notStrictEqual(second, arn)
        for (const name of [arn, second].map((one) => one.split("/").at(-1) ?? "")) {
          assert.match(name, /^vault-aws-mcp-test-[0-9a-f]{8}$/)
        }
        for (const principal of ["", "a".repeat(200), "ü/ß d😀", "x y\n"]) {
          assert.match(sessionName(principal), /^[\w+=,.@-]{2,64}$/)
        }
      }),
  )

  it.live("46 a policy that forbids the name is told how to be met", () =>
    Effect.gen(function* () {
      const sandbox = (yield* makeToolWorld()).sandbox
      const operate = (path: string, body: object) =>
        Effect.promise(() =>
          fetch(`${sandbox.vaultAddr}/v1/${path}`, {
            method: "POST",
            headers: { "x-vault-token": Redacted.value(sandbox.vaultToken) },
            body: JSON.stringify(body),
          }).then((response) => response.text()),
        )
      yield* operate("sys/policies/acl/nameless", {
        policy:
          'path "aws/creds/*" { capabilities = ["read"] denied_parameters = { "role_session_name" = [] } }\npath "auth/token/create" { capabilities = ["update"] }',
      })
      const made = JSON.parse(yield* operate("auth/token/create", { policies: ["nameless"] })) as {
        readonly auth: { readonly client_token: string }
      }
      const settings = (sessionName: boolean) => ({
        vault: { address: sandbox.vaultAddr, token: Redacted.make(made.auth.client_token), sessionName },
        awsEndpoint: sandbox.awsUrl,
      })
      const refused = yield* makeToolWorld({ empty: true }, settings(true))
      assert.include(yield* refused.bad(WHO), "VAULT_AWS_MCP_SESSION_NAME=off")
      const met = yield* makeToolWorld({ empty: true }, settings(false))
      yield* met.good(WHO)
    }),
  )
})
