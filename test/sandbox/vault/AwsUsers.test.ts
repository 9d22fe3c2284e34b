import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { ask, awsHalf, refusal } from "../../kit/VaultCalls.ts"

describe("IAM users of a lease", () => {
  it.effect("a user gets the role's policies, groups and tags before its key", () =>
    Effect.gen(function* () {
      const { aws, half } = yield* awsHalf()
      yield* ask(half, "POST", "aws/roles/full", {
        body: {
          credential_type: "iam_user",
          policy_arns: ["arn:p"],
          policy_document: { Statement: [] },
          iam_groups: ["g"],
          iam_tags: { team: "a" },
          user_path: "/vault/",
          permissions_boundary_arn: "arn:b",
        },
      })
      assert.strictEqual((yield* ask(half, "GET", "aws/creds/full")).status, 200)
      const { UserName = "", ...created } = aws.calls[0]?.params ?? {}
      assert.deepStrictEqual(created, { Path: "/vault/", PermissionsBoundary: "arn:b" })
      assert.deepStrictEqual(
        aws.calls.slice(1).map(({ action, params }) => [action, params]),
        [
          ["AttachUserPolicy", { UserName, PolicyArn: "arn:p" }],
          ["PutUserPolicy", { UserName, PolicyName: UserName, PolicyDocument: '{"Statement":[]}' }],
          ["AddUserToGroup", { UserName, GroupName: "g" }],
          ["TagUser", { UserName, "Tags.member.1.Key": "team", "Tags.member.1.Value": "a" }],
          ["CreateAccessKey", { UserName }],
        ],
      )
    }),
  )

  it.effect("a user that could not be finished is removed again", () =>
    Effect.gen(function* () {
      const { aws, half } = yield* awsHalf()
      aws.refusals.set("AttachUserPolicy", refusal(404, "NoSuchEntity", "no such policy"))
      const refused = yield* ask(half, "GET", "aws/creds/user")
      assert.include(refused.json.errors[0], "Error attaching user policy: NoSuchEntity: no such policy")
      assert.deepStrictEqual([aws.users.size, yield* half.liveLeases], [0, 0])
    }),
  )

  it.effect("a user that AWS has lost is a failure in the first five minutes and none later", () =>
    Effect.gen(function* () {
      const { aws, half } = yield* awsHalf()
      const lease = yield* ask(half, "GET", "aws/creds/user")
      aws.users.clear()
      const revoke = ask(half, "PUT", "sys/leases/revoke", { body: { lease_id: lease.json.lease_id } })
      assert.strictEqual((yield* revoke).status, 400)
      yield* TestClock.adjust("5 minutes")
      assert.strictEqual((yield* revoke).status, 204)
      assert.strictEqual(yield* half.liveLeases, 0)
    }),
  )

  it.effect("the end of a lease takes the keys off and deletes the user last", () =>
    Effect.gen(function* () {
      const { aws, half } = yield* awsHalf()
      const lease = yield* ask(half, "GET", "aws/creds/user")
      const before = aws.calls.length
      yield* ask(half, "PUT", "sys/leases/revoke", { body: { lease_id: lease.json.lease_id } })
      assert.deepStrictEqual(
        aws.calls.slice(before).map((call) => call.action),
        [
          "ListGroupsForUser",
          "ListUserPolicies",
          "ListAttachedUserPolicies",
          "ListAccessKeys",
          "DeleteAccessKey",
          "DeleteUser",
        ],
      )
    }),
  )
})
