/** The product in a sandbox that misbehaves: what a user is told, that nothing hangs, and that all is well afterwards. */
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Option } from "effect"
import { fault } from "../../src/sandbox/Faults.ts"
import { observe } from "../../src/sandbox/faults/Custom.ts"
import { parseFault } from "../../src/sandbox/faults/Grammar.ts"
import { startSandbox } from "../../src/sandbox/Sandbox.ts"
import { makeToolWorld, type ToolWorld } from "../kit/ToolWorld.ts"

/** What one request to Vault may take; a tool that makes several is done long before twice of it. */
const LIMIT = Duration.seconds(2)
const IN_TIME = Duration.times(LIMIT, 2)

const WHO = "aws_get_caller_identity"

/** Faults as they are typed, behind those that stand. */
const misbehave = ({ sandbox }: ToolWorld, ...texts: ReadonlyArray<string>) =>
  Effect.forEach(texts, (text) => Effect.fromResult(parseFault(text))).pipe(
    Effect.flatMap((faults) => sandbox.faults.add(...faults.flat())),
    Effect.orDie,
  )

/** `Done`, or the code of the failure; too late is a failure of the test. */
const outcomeOf = Effect.fnUntraced(function* (world: ToolWorld, tool = WHO, args: object = {}) {
  const outcome = yield* Effect.timeoutOption(world.outcome(tool, { ...args }), IN_TIME)
  if (Option.isNone(outcome)) return assert.fail(`${tool} was not done within ${Duration.format(IN_TIME)}`)
  return outcome.value._tag === "Done" ? "Done" : outcome.value.code
})

const newWorld = makeToolWorld(
  { empty: false },
  { vault: { timeout: LIMIT }, accounts: { user: { role: "s3-reader-user" } } },
)

/** How often credentials were asked for. */
const countCreds = Effect.fnUntraced(function* ({ sandbox }: ToolWorld) {
  const asked = { times: 0 }
  yield* sandbox.faults.add(
    fault(
      observe(() => void asked.times++),
      { half: "vault", about: "/creds/" },
    ),
  )
  return asked
})

describe("a Vault that misbehaves", () => {
  const cases: ReadonlyArray<readonly [fault: string, outcome: string]> = [
    ["seal", "vault_sealed"],
    ["seal@creds", "vault_sealed"],
    ["standby", "vault_standby"],
    ["standby=http://vault.example:8200", "vault_standby"],
    ["standbyx1", "Done"],
    ["no-leader", "vault_standby"],
    ["no-leader@credsx1", "Done"],
    ["429=1x1", "Done"],
    ["429=60", "vault_rate_limited"],
    ["lease-count", "vault_rate_limited"],
    ["412", "vault_server_error"],
    ["412@credsx2", "Done"],
    ["dead-token", "vault_token_dead"],
    ["dead-token@credsx1", "Done"],
    ["5xx=500", "vault_server_error"],
    ["5xx", "vault_server_error"],
    ["5xx=503@lookup-selfx2", "Done"],
    ["slow=300ms@creds", "Done"],
    ["slow=1m", "vault_unreachable"],
    ["loris", "vault_unreachable"],
    ["hang", "vault_unreachable"],
    ["hang@lookup-self", "vault_unreachable"],
    ["reset", "vault_unreachable"],
    ["reset@lookup-selfx1", "Done"],
    ["truncated", "vault_unreachable"],
    ["garbage", "vault_malformed"],
    ["huge=200", "vault_malformed"],
    ["bomb=200", "vault_malformed"],
    ["wrong-type", "vault_malformed"],
    ["no-lease", "Done"],
    ["short-lease=120", "Done"],
    ["denied-revoke", "Done"],
  ]
  it.live.each(cases)("%s: %s, and well again afterwards", ([text, expected]) =>
    Effect.gen(function* () {
      const world = yield* newWorld
      yield* misbehave(world, text)
      assert.strictEqual(yield* outcomeOf(world), expected)
      yield* world.sandbox.faults.set()
      assert.strictEqual(yield* outcomeOf(world), "Done")
    }),
  )

  const lost = ["reset", "5xx=502,after", "5xx=504", "slow=1m", "loris", "hang"]
  it.live.each(lost)("%s at credentials: asked once, told as unknown, and what was made ends with the token", (text) =>
    Effect.gen(function* () {
      const { awsUrl, faults, vault, vaultAddr, vaultToken } = yield* startSandbox({ empty: false })
      const settings = { vault: { address: vaultAddr, token: vaultToken, timeout: LIMIT }, awsEndpoint: awsUrl }
      yield* Effect.scoped(
        Effect.gen(function* () {
          const inner = yield* makeToolWorld({ empty: true }, settings)
          const world = { ...inner, sandbox: { ...inner.sandbox, faults } } // its own sandbox is not used
          const asked = yield* countCreds(world)
          yield* misbehave(world, `${text}@creds`)
          assert.strictEqual(yield* outcomeOf(world), "vault_outcome_unknown")
          assert.strictEqual(asked.times, 1)
        }),
      )
      assert.deepStrictEqual([yield* vault.liveTokens, yield* vault.liveLeases], [0, 0])
    }),
  )

  it.live.each(["wrong-type", "truncated"])("credentials that cannot be read (%s) are given back", (text) =>
    Effect.gen(function* () {
      const world = yield* newWorld
      yield* misbehave(world, `${text}@creds`)
      assert.strictEqual(yield* outcomeOf(world), "vault_malformed")
      assert.strictEqual(yield* world.sandbox.vault.liveLeases, 0)
    }),
  )

  it.live("sealed in the middle: what is leased goes on working", () =>
    Effect.gen(function* () {
      const world = yield* newWorld
      yield* world.good(WHO)
      yield* misbehave(world, "seal")
      assert.strictEqual(yield* outcomeOf(world), "Done")
      assert.strictEqual(yield* outcomeOf(world, "vault_refresh_credentials"), "vault_sealed")
      assert.strictEqual(yield* outcomeOf(world), "Done")
    }),
  )

  it.live("credentials without a lease are used, shown and given up as such", () =>
    Effect.gen(function* () {
      const world = yield* newWorld
      yield* misbehave(world, "no-lease")
      yield* world.good(WHO)
      const { leases } = yield* world.good<{ readonly leases: ReadonlyArray<Readonly<Record<string, number>>> }>(
        "vault_credential_status",
      )
      assert.notProperty(leases[0], "lease_id")
      assert.isAbove(leases[0]?.["remaining_seconds"] ?? 0, 3500)
      const { message } = yield* world.good<{ readonly message: string }>("vault_revoke_credentials")
      assert.match(message, /without a lease.*AWS cannot cancel an issued session/)
    }),
  )

  it.live("leases that are nearly over are not asked for in a storm", () =>
    Effect.gen(function* () {
      const world = yield* newWorld
      const asked = yield* countCreds(world)
      yield* misbehave(world, "short-lease=20")
      for (let call = 0; call < 10; call++) yield* world.good(WHO)
      assert.isAtMost(asked.times, 2)
    }),
  )

  it.live("that does not let leases be revoked: the end of the server's own token is the end of them", () =>
    Effect.gen(function* () {
      const world = yield* newWorld
      yield* world.good(WHO)
      yield* misbehave(world, "denied-revoke")
      const { message } = yield* world.good<{ readonly message: string }>("vault_revoke_credentials")
      assert.match(message, /queued in Vault/)
      assert.strictEqual(yield* world.sandbox.vault.liveLeases, 0)
    }),
  )

  it.live("that lets neither be revoked: the line that the policy needs is told, and no more is claimed", () =>
    Effect.gen(function* () {
      const world = yield* newWorld
      yield* world.good(WHO)
      yield* misbehave(world, "denied-revoke=self")
      const { message } = yield* world.good<{ readonly message: string }>("vault_revoke_credentials")
      assert.match(message, /refused sys\/leases\/revoke.*path "sys\/leases\/revoke"/)
      assert.strictEqual(yield* world.sandbox.vault.liveLeases, 1)
    }),
  )
})

describe("an AWS that misbehaves", () => {
  const cases: ReadonlyArray<readonly [fault: string, outcome: string, creds?: number]> = [
    ["expired", "ExpiredToken", 2],
    ["expiredx1", "Done", 2],
    ["throttle@aws:GetCallerIdentity", "Throttling"],
    ["throttle@aws:GetCallerIdentityx1", "Done"],
    ["throttle@aws:AssumeRole", "vault_aws_refused", 1],
    ["5xx=500@aws:GetCallerIdentity", "InternalFailure"],
    ["5xx=500@aws:GetCallerIdentityx1", "Done"],
    ["5xx@aws:GetCallerIdentity", "aws_unreachable"],
    ["slow=300ms@aws", "Done"],
    ["loris=1ms@aws:GetCallerIdentity", "Done"],
    ["reset@aws:GetCallerIdentity", "aws_unreachable"],
    ["reset@aws:GetCallerIdentityx1", "Done"],
    ["truncated@aws:GetCallerIdentity", "aws_unreachable"],
    ["garbage@aws:GetCallerIdentity", "aws_unreachable"],
    ["huge=200@aws:GetCallerIdentity", "aws_unreachable"],
    ["bomb=200@aws:GetCallerIdentity", "aws_unreachable"],
    ["skew=-20m@aws", "vault_aws_refused", 1],
    ["reset@aws:AssumeRole", "vault_aws_refused", 1],
    ["hang@aws:AssumeRole", "vault_outcome_unknown", 1],
    ["garbage@aws:AssumeRole", "vault_outcome_unknown", 1],
  ]
  it.live.each(cases)("%s: %s, and well again afterwards", ([text, expected, creds = 1]) =>
    Effect.gen(function* () {
      const world = yield* newWorld
      const asked = yield* countCreds(world)
      yield* misbehave(world, text)
      assert.strictEqual(yield* outcomeOf(world), expected)
      assert.strictEqual(asked.times, creds)
      yield* world.sandbox.faults.set()
      assert.strictEqual(yield* outcomeOf(world), "Done")
    }),
  )

  it.live("a call that hangs ends at once when its caller goes away", () =>
    Effect.gen(function* () {
      const world = yield* newWorld
      yield* world.good(WHO)
      yield* misbehave(world, "hang@aws")
      const gone = yield* Effect.timeoutOption(world.outcome(WHO), 300).pipe(Effect.timeoutOption("1 second"))
      assert.deepStrictEqual(gone, Option.some(Option.none()))
    }),
  )

  const order = { TableName: "orders", Item: { customer: { S: "ada" }, order: { S: "new" } } }
  const put = { service: "dynamodb", operation: "put-item", parameters: order }
  for (const text of ["reset", "truncated", "5xx=502,after", "garbage", "huge=64"]) {
    it.live(`${text} at a write: sent once, and told as unknown`, () =>
      Effect.gen(function* () {
        const world = yield* newWorld
        const sent = { times: 0 }
        yield* world.sandbox.faults.add(
          fault(
            observe(() => void sent.times++),
            { half: "aws", about: "PutItem" },
          ),
        )
        yield* misbehave(world, `${text}@aws:PutItem`)
        assert.strictEqual(yield* outcomeOf(world, "aws_call", put), "outcome_unknown")
        assert.strictEqual(sent.times, 1)
      }),
    )
  }

  it.live("values of the wrong type do no harm", () =>
    Effect.gen(function* () {
      const world = yield* newWorld
      yield* misbehave(world, "wrong-type@aws")
      const scan = { service: "dynamodb", operation: "scan", parameters: { TableName: "orders" } }
      assert.strictEqual(yield* outcomeOf(world, "aws_call", scan), "Done")
    }),
  )

  for (const skew of ["skew=40m", "skew=-3h"]) {
    it.live(`${skew}: this machine's clock is off by so much, which is allowed for in every kind of call`, () =>
      Effect.gen(function* () {
        const world = yield* newWorld
        const asked = yield* countCreds(world)
        yield* misbehave(world, skew)
        const calls: ReadonlyArray<readonly [string, object?]> = [
          [WHO],
          ["s3_put_object", { bucket: "acme-config", key: "skewed", content: "x" }],
          ["ec2_list_instances"],
          ["aws_call", { service: "dynamodb", operation: "list-tables" }],
        ]
        for (const [tool, args] of calls) assert.strictEqual(yield* outcomeOf(world, tool, args), "Done", tool)
        assert.strictEqual(asked.times, 1)
        // The clock is set right: the official client may learn that from one refusal, as it does not try again then.
        yield* world.sandbox.faults.set()
        yield* outcomeOf(world)
        assert.strictEqual(yield* outcomeOf(world), "Done")
      }),
    )
  }

  it.live("an IAM that is slow to know its new user is waited for", () =>
    Effect.gen(function* () {
      const world = yield* newWorld
      yield* misbehave(world, "iam-lag=1500ms")
      assert.strictEqual(yield* outcomeOf(world, "s3_list_buckets", { account: "user" }), "Done")
    }),
  )

  it.live("a user that IAM does not know yet: its end is queued and not said to be done", () =>
    Effect.gen(function* () {
      const world = yield* newWorld
      yield* world.good("s3_list_buckets", { account: "user" })
      yield* misbehave(world, "iam-lag=1h")
      const { message } = yield* world.good<{ readonly message: string }>("vault_revoke_credentials")
      assert.match(message, /queued in Vault and is not confirmed\. The key may still work/)
      assert.strictEqual(yield* world.sandbox.vault.liveLeases, 1)
    }),
  )
})
