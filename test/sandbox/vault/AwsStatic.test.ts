import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { ask, awsHalf } from "../../kit/VaultCalls.ts"

const staticHalf = Effect.fnUntraced(function* () {
  const { aws, half } = yield* awsHalf()
  aws.users.set("legacy", ["AKIAOLD1", "AKIAOLD2"])
  const write = (username: string) =>
    ask(half, "POST", `aws/static-roles/${username}`, { body: { username, rotation_period: "1h" } })
  return { aws, half, write }
})

describe("static roles", () => {
  it.effect("an existing user is adopted: one old key makes room for a new one, and there is no lease", () =>
    Effect.gen(function* () {
      const { aws, half, write } = yield* staticHalf()
      const role = yield* write("legacy")
      assert.deepStrictEqual(role.json.data, {
        id: "AIDA-legacy",
        name: "legacy",
        rotation_period: 3600,
        username: "legacy",
      })
      assert.deepStrictEqual(aws.users.get("legacy"), ["AKIAOLD2", "AKIA1"])
      const creds = yield* ask(half, "GET", "aws/static-creds/legacy")
      assert.deepStrictEqual(creds.json.data, { access_key: "AKIA1", secret_key: "secret1" })
      assert.deepStrictEqual([creds.json.lease_id, creds.json.lease_duration], ["", 0])
    }),
  )

  it.effect("the key is the same within the period and another one after it", () =>
    Effect.gen(function* () {
      const { half, write } = yield* staticHalf()
      yield* write("legacy")
      const key = Effect.map(ask(half, "GET", "aws/static-creds/legacy"), (answer) => answer.json.data.access_key)
      yield* TestClock.adjust("59 minutes")
      assert.strictEqual(yield* key, "AKIA1")
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* key, "AKIA2")
    }),
  )

  it.effect("a user that is not in AWS is refused as Vault does", () =>
    Effect.gen(function* () {
      const { write } = yield* staticHalf()
      const refused = yield* write("ghost")
      assert.strictEqual(refused.status, 500)
      assert.match(refused.json.errors[0], /^1 error occurred:\n\t\* unable to validate username "ghost": NoSuchEntity/)
    }),
  )

  it.effect("a removed role takes its key along", () =>
    Effect.gen(function* () {
      const { aws, half, write } = yield* staticHalf()
      yield* write("legacy")
      assert.deepStrictEqual((yield* ask(half, "LIST", "aws/static-roles")).json.data.keys, ["legacy"])
      assert.strictEqual((yield* ask(half, "DELETE", "aws/static-roles/legacy")).status, 204)
      assert.deepStrictEqual(aws.users.get("legacy"), ["AKIAOLD2"])
      assert.strictEqual((yield* ask(half, "GET", "aws/static-creds/legacy")).status, 404)
    }),
  )
})
