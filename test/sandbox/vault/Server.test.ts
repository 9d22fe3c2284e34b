import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { makeVaultHalf } from "../../../src/sandbox/vault/Server.ts"
import { ask, awsHalf, fakeAws, newHalf, ROOT, tokenWith } from "../../kit/VaultCalls.ts"

describe("the Vault half", () => {
  it.effect("starts with the built-in mounts, secret/ and one token", () =>
    Effect.gen(function* () {
      const { half } = yield* newHalf()
      const mounts = yield* ask(half, "GET", "sys/mounts")
      assert.deepStrictEqual(Object.keys(mounts.json.data), ["cubbyhole/", "identity/", "secret/", "sys/"])
      assert.deepStrictEqual([yield* half.liveTokens, yield* half.liveLeases], [0, 0])
    }),
  )

  it.effect("a dead token, a live one without the right, and none are told apart as Vault does", () =>
    Effect.gen(function* () {
      const { half } = yield* awsHalf()
      const poor = yield* tokenWith(half, 'path "x" { capabilities = ["read"] }')
      const errors = (token: string | null) =>
        Effect.map(ask(half, "GET", "aws/creds/deploy", { token }), (answer) => [answer.status, answer.json.errors[0]])
      assert.deepStrictEqual(yield* errors("hvs.gone"), [403, "permission denied"])
      assert.deepStrictEqual(yield* errors(null), [403, "permission denied"])
      assert.deepStrictEqual(yield* errors(poor), [403, "1 error occurred:\n\t* permission denied\n\n"])
    }),
  )

  it.effect("what is mounted nowhere is 404 for root alone", () =>
    Effect.gen(function* () {
      const { half } = yield* newHalf()
      const poor = yield* tokenWith(half, 'path "x" { capabilities = ["read"] }')
      assert.deepStrictEqual((yield* ask(half, "GET", "aws/creds/x")).json.errors, [
        'no handler for route "aws/creds/x". route entry not found.',
      ])
      assert.strictEqual((yield* ask(half, "GET", "aws/creds/x", { token: poor })).status, 403)
    }),
  )

  it.effect("a token of one use cannot hold a lease: the user is made and removed again", () =>
    Effect.gen(function* () {
      const { aws, half } = yield* awsHalf()
      const once = yield* tokenWith(half, 'path "aws/creds/*" { capabilities = ["read"] }', { num_uses: 1 })
      const refused = yield* ask(half, "GET", "aws/creds/user", { token: once })
      assert.strictEqual(refused.status, 400)
      assert.include(refused.json.errors[0], "token had one use left")
      assert.isTrue(aws.calls.some((call) => call.action === "DeleteUser"))
      assert.deepStrictEqual([aws.users.size, yield* half.liveLeases, yield* half.liveTokens], [0, 0, 0])
    }),
  )

  it.effect("a policy's denied parameter turns an allowed call into a refusal", () =>
    Effect.gen(function* () {
      const { half } = yield* awsHalf()
      const token = yield* tokenWith(
        half,
        'path "aws/creds/deploy" { capabilities = ["read"] denied_parameters = { "role_session_name" = [] } }',
      )
      assert.strictEqual((yield* ask(half, "GET", "aws/creds/deploy?role_session_name=x", { token })).status, 403)
      assert.strictEqual((yield* ask(half, "GET", "aws/creds/deploy", { token })).status, 200)
    }),
  )

  it.effect("create and update are told apart where Vault does", () =>
    Effect.gen(function* () {
      const { half } = yield* newHalf()
      const token = yield* tokenWith(half, 'path "secret/data/*" { capabilities = ["create"] }')
      const write = ask(half, "POST", "secret/data/a", { token, body: { data: { a: 1 } } })
      assert.deepStrictEqual([(yield* write).status, (yield* write).status], [200, 403])
    }),
  )

  it.effect("a client that hangs up leaves the lease it never hears of", () =>
    Effect.gen(function* () {
      const fake = fakeAws()
      const gate = yield* Deferred.make<void>()
      const upstream = {
        call: (query: Parameters<typeof fake.upstream.call>[0]) =>
          Effect.andThen(
            query.action === "CreateAccessKey" ? Deferred.await(gate) : Effect.void,
            fake.upstream.call(query),
          ),
      }
      const half = yield* makeVaultHalf({ rootToken: ROOT, upstream })
      yield* ask(half, "POST", "sys/mounts/aws", { body: { type: "aws" } })
      yield* ask(half, "POST", "aws/roles/user", { body: { credential_type: "iam_user" } })
      const client = yield* Effect.forkChild(ask(half, "GET", "aws/creds/user"), { startImmediately: true })
      yield* Fiber.interrupt(client)
      yield* Deferred.succeed(gate, undefined)
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual([fake.users.size, yield* half.liveLeases], [1, 1])
    }),
  )

  it.effect("a token that ends while AWS is asked takes the new lease with it", () =>
    Effect.gen(function* () {
      const fake = fakeAws()
      const upstream = {
        call: (query: Parameters<typeof fake.upstream.call>[0]) =>
          Effect.andThen(
            query.action === "CreateUser" ? Effect.sleep("2 minutes") : Effect.void,
            fake.upstream.call(query),
          ),
      }
      const half = yield* makeVaultHalf({ rootToken: ROOT, upstream })
      yield* ask(half, "POST", "sys/mounts/aws", { body: { type: "aws" } })
      yield* ask(half, "POST", "aws/roles/user", { body: { credential_type: "iam_user" } })
      const token = yield* tokenWith(half, 'path "aws/creds/*" { capabilities = ["read"] }', { ttl: "1m" })
      yield* Effect.forkChild(ask(half, "GET", "aws/creds/user", { token }), { startImmediately: true })
      yield* TestClock.adjust("3 minutes")
      assert.isTrue(fake.calls.some((call) => call.action === "CreateAccessKey"))
      assert.deepStrictEqual([fake.users.size, yield* half.liveLeases], [0, 0])
    }),
  )
})
