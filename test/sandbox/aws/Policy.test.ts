import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { decide, type PolicyDecision, wildcardMatches } from "../../../src/sandbox/aws/Policy.ts"
import { parsePolicy } from "../../../src/sandbox/aws/PolicyDocument.ts"

const policy = (...statements: ReadonlyArray<object>) => {
  const document = parsePolicy(JSON.stringify({ Version: "2012-10-17", Statement: statements }))
  assert.isDefined(document)
  return document
}

const allow = (Action: unknown, Resource: unknown = "*", Condition?: object) =>
  policy({ Effect: "Allow", Action, Resource, ...(Condition === undefined ? {} : { Condition }) })

const ask = (action: string, resource = "arn:aws:s3:::b/k", context: Record<string, string> = {}) => ({
  action,
  resource,
  context,
})

const answers = (
  document: ReturnType<typeof policy>,
  question: ReturnType<typeof ask>,
  decision: PolicyDecision,
): void => assert.strictEqual(decide([[document]], question), decision)

describe("decide", () => {
  it("allows what a statement covers and nothing else", () => {
    const document = allow(["s3:Get*", "s3:ListBucket"], "arn:aws:s3:::b/*")
    answers(document, ask("s3:GetObject"), "allow")
    answers(document, ask("S3:getobject"), "allow")
    answers(document, ask("s3:PutObject"), "implicit-deny")
    answers(document, ask("s3:GetObject", "arn:aws:s3:::c/k"), "implicit-deny")
    answers(document, ask("s3:GetObject", "arn:aws:s3:::B/k"), "implicit-deny")
  })

  it("lets a deny win over any allow, in whichever layer it stands", () => {
    const deny = policy({ Effect: "Deny", Action: "s3:DeleteObject", Resource: "*" })
    assert.strictEqual(decide([[allow("*"), deny]], ask("s3:DeleteObject")), "explicit-deny")
    assert.strictEqual(decide([[allow("*")], [deny, allow("*")]], ask("s3:DeleteObject")), "explicit-deny")
    assert.strictEqual(decide([[allow("*"), deny]], ask("s3:GetObject")), "allow")
  })

  it("needs an allow of every layer: a session policy narrows and never widens", () => {
    const role = [allow("s3:*")]
    assert.strictEqual(decide([role, [allow("s3:GetObject")]], ask("s3:GetObject")), "allow")
    assert.strictEqual(decide([role, [allow("s3:GetObject")]], ask("s3:PutObject")), "implicit-deny")
    assert.strictEqual(decide([role, [allow("*")]], ask("ec2:RunInstances")), "implicit-deny")
    assert.strictEqual(decide([role, []], ask("s3:GetObject")), "implicit-deny")
    assert.strictEqual(decide([], ask("s3:GetObject")), "implicit-deny")
  })

  it("reads NotAction and NotResource as everything else", () => {
    const others = policy({ Effect: "Allow", NotAction: "iam:*", NotResource: "arn:aws:s3:::secret/*" })
    answers(others, ask("s3:GetObject"), "allow")
    answers(others, ask("iam:ListUsers"), "implicit-deny")
    answers(others, ask("s3:GetObject", "arn:aws:s3:::secret/x"), "implicit-deny")
  })

  it("cuts off sessions issued before a moment, as AWSRevokeOlderSessions does", () => {
    const revoke = policy({
      Effect: "Deny",
      Action: "*",
      Resource: "*",
      Condition: { DateLessThan: { "aws:TokenIssueTime": "2026-01-01T00:00:00Z" } },
    })
    const issued = (seconds: number) => ask("s3:GetObject", "x", { "aws:tokenissuetime": String(seconds) })
    const moment = 1_767_225_600
    assert.strictEqual(decide([[allow("*"), revoke]], issued(moment - 1)), "explicit-deny")
    assert.strictEqual(decide([[allow("*"), revoke]], issued(moment)), "allow")
    // A user's own key has no issue time: the condition does not hold for it.
    assert.strictEqual(decide([[allow("*"), revoke]], ask("s3:GetObject")), "allow")
  })

  it("compares texts by the operator that is named", () => {
    const context = { "aws:username": "ana", "aws:requestedregion": "eu-west-1" }
    const held: ReadonlyArray<readonly [object, boolean]> = [
      [{ StringEquals: { "aws:UserName": ["bob", "ana"] } }, true],
      [{ StringEquals: { "aws:username": "Ana" } }, false],
      [{ StringEqualsIgnoreCase: { "aws:username": "Ana" } }, true],
      [{ StringNotEquals: { "aws:RequestedRegion": ["eu-west-1", "eu-west-2"] } }, false],
      [{ StringLike: { "aws:RequestedRegion": "eu-*" } }, true],
      [{ StringNotLike: { "aws:RequestedRegion": "us-*" } }, true],
      [{ StringEquals: { "aws:absent": "x" } }, false],
      [{ StringEqualsIfExists: { "aws:absent": "x" } }, true],
      [{ StringNotEquals: { "aws:absent": "x" } }, true],
      [{ Null: { "aws:absent": "true" } }, true],
      [{ Null: { "aws:username": true } }, false],
      [{ StringEquals: { "aws:username": "ana" }, StringLike: { "aws:RequestedRegion": "us-*" } }, false],
    ]
    for (const [condition, expected] of held) {
      const question = ask("s3:GetObject", "x", context)
      assert.strictEqual(
        decide([[allow("*", "*", condition)]], question),
        expected ? "allow" : "implicit-deny",
        JSON.stringify(condition),
      )
    }
  })

  it("lets an operator it does not know open nothing and spare nothing", () => {
    const unknown = { NumericGreaterThan: { "s3:max-keys": "10" } }
    answers(allow("*", "*", unknown), ask("s3:ListBucket"), "implicit-deny")
    const deny = policy({ Effect: "Deny", Action: "*", Resource: "*", Condition: unknown })
    assert.strictEqual(decide([[allow("*"), deny]], ask("s3:ListBucket")), "explicit-deny")
  })

  it("puts variables into resources; one without a value matches nothing", () => {
    const home = allow("s3:*", "arn:aws:s3:::home/${aws:username}/*")
    answers(home, ask("s3:GetObject", "arn:aws:s3:::home/ana/x", { "aws:username": "ana" }), "allow")
    answers(home, ask("s3:GetObject", "arn:aws:s3:::home/bob/x", { "aws:username": "ana" }), "implicit-deny")
    answers(home, ask("s3:GetObject", "arn:aws:s3:::home//x"), "implicit-deny")
  })
})

describe("wildcardMatches", () => {
  it.effect.prop(
    "a text matches itself, any split of it around a star, and the same with one letter left open",
    { left: Schema.String, middle: Schema.String, right: Schema.String },
    ({ left, middle, right }) =>
      Effect.sync(() => {
        const plain = (text: string) => text.replace(/[*?]/g, "_")
        const [a, b, c] = [plain(left), plain(middle), plain(right)]
        assert.isTrue(wildcardMatches(a + b + c, a + b + c))
        assert.isTrue(wildcardMatches(`${a}*${c}`, a + b + c))
        assert.isTrue(wildcardMatches(`${a}?${c}`, `${a}x${c}`))
        assert.isFalse(wildcardMatches(`${a}?${c}`, a + c))
        assert.isFalse(wildcardMatches(a + c, `${a}x${c}`))
      }),
    { arbitrary: { runs: 1000, size: 200 } },
  )

  it("answers soon for many stars", () => {
    assert.isFalse(wildcardMatches("*a".repeat(50), "b".repeat(5000)))
  })
})
