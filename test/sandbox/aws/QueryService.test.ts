import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { membersOf } from "../../../src/sandbox/aws/QueryService.ts"
import { makeSignedAws, textOf, wireRequest } from "../../kit/SignedAws.ts"

describe("the query protocol", () => {
  it.effect("answers in the operation's own document, with the request's id in body and header", () =>
    Effect.gen(function* () {
      const aws = yield* makeSignedAws()
      const answer = yield* aws.form("sts", "GetCallerIdentity")
      assert.include(
        answer.text,
        `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><UserId>`,
      )
      assert.strictEqual(textOf(answer, "RequestId"), answer.headers["x-amzn-requestid"])
      assert.match(textOf(answer, "RequestId"), /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
    }),
  )

  it.effect("leaves out the result where an operation has none", () =>
    Effect.gen(function* () {
      const aws = yield* makeSignedAws()
      const answer = yield* aws.form("iam", "TagUser", { UserName: "vault-root" })
      assert.include(answer.text, "<TagUserResponse")
      assert.notInclude(answer.text, "TagUserResult")
    }),
  )

  it.effect("takes the operation from the query of a GET too", () =>
    Effect.gen(function* () {
      const aws = yield* makeSignedAws()
      const request = wireRequest({ method: "GET", query: "Action=GetCallerIdentity&Version=2011-06-15" })
      const answer = yield* Effect.flatMap(aws.sign(request, "sts"), aws.send)
      assert.strictEqual(textOf(answer, "Account"), "123456789012")
    }),
  )

  it.effect("refuses an operation it does not have, also one named like a member of every object", () =>
    Effect.gen(function* () {
      const aws = yield* makeSignedAws()
      for (const action of ["DoNothing", "constructor", ""]) {
        const answer = yield* aws.form("sts", action)
        assert.strictEqual(textOf(answer, "Code"), "InvalidAction")
        assert.include(answer.text, `Could not find operation ${action} for version 2011-06-15`)
      }
    }),
  )
})

it("members of a list are read in their order, whatever the order of the form", () => {
  const params = new Map([
    ["Tags.member.2.Key", "b"],
    ["Tags.member.1.Key", "a"],
    ["Tags.member.1.Value", "1"],
    ["TagKeys.member.1", "x"],
    ["Tags.member.one.Key", "no"],
  ])
  assert.deepStrictEqual(
    membersOf(params, "Tags").map((member) => [...member]),
    [
      [
        ["Key", "a"],
        ["Value", "1"],
      ],
      [["Key", "b"]],
    ],
  )
  assert.strictEqual(membersOf(params, "TagKeys")[0]?.get(""), "x")
})
