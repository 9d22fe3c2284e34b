import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { ask, awsHalf } from "../../kit/VaultCalls.ts"

describe("roles of the AWS engine", () => {
  it.effect("a write keeps what it does not name", () =>
    Effect.gen(function* () {
      const { half } = yield* awsHalf()
      yield* ask(half, "POST", "aws/roles/deploy", { body: { max_sts_ttl: "2h" } })
      const role = (yield* ask(half, "GET", "aws/roles/deploy")).json.data
      assert.deepStrictEqual(
        [role.credential_type, role.role_arns, role.max_sts_ttl, role.policy_arns],
        ["assumed_role", ["arn:aws:iam::123456789012:role/Deploy"], 7200, null],
      )
    }),
  )

  it.effect("a policy document is kept without blanks and must be JSON", () =>
    Effect.gen(function* () {
      const { half } = yield* awsHalf()
      assert.strictEqual((yield* ask(half, "GET", "aws/roles/fed")).json.data.policy_document, '{"Statement":[]}')
      const body = { credential_type: "iam_user", policy_document: "{oops" }
      assert.strictEqual((yield* ask(half, "POST", "aws/roles/x", { body })).status, 400)
    }),
  )

  it.effect("everything that speaks against a role is said at once", () =>
    Effect.gen(function* () {
      const { half } = yield* awsHalf()
      const body = { credential_type: "iam_user", role_arns: ["arn:x"], default_sts_ttl: "2h", max_sts_ttl: "1h" }
      const refused = yield* ask(half, "POST", "aws/roles/x", { body })
      assert.include(refused.json.errors[0], 'error(s) validating supplied role data: "4 errors occurred:\\n\\t* ')
      assert.include(refused.json.errors[0], "cannot supply role_arns when credential_type isn't assumed_role")
      assert.strictEqual((yield* ask(half, "GET", "aws/roles/x")).status, 404)
      const untyped = yield* ask(half, "POST", "aws/roles/x", { body: {} })
      assert.deepStrictEqual(untyped.json.errors, ["did not supply credential_type"])
    }),
  )

  it.effect("a deleted role is gone from the list and gives nothing", () =>
    Effect.gen(function* () {
      const { half } = yield* awsHalf()
      assert.strictEqual((yield* ask(half, "DELETE", "aws/roles/fed")).status, 204)
      assert.deepStrictEqual((yield* ask(half, "LIST", "aws/roles")).json.data.keys, ["deploy", "user"])
      assert.deepStrictEqual((yield* ask(half, "GET", "aws/creds/fed")).json.errors, ['Role "fed" not found'])
    }),
  )
})
