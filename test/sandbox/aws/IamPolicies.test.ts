import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { keyIn, makeSignedAws, textOf } from "../../kit/SignedAws.ts"

const document = JSON.stringify({ Statement: { Effect: "Allow", Action: "dynamodb:ListTables", Resource: "*" } })
const refused = (answer: { readonly status: number; readonly text: string }) =>
  `${answer.status} ${/<Code>(.*?)<\/Code>/.exec(answer.text)?.[1]}`

for (const kind of ["User", "Role"]) {
  describe(`policies of a ${kind.toLowerCase()}`, () => {
    const name = { [`${kind}Name`]: "x1" }
    const setUp = Effect.gen(function* () {
      const aws = yield* makeSignedAws()
      const created = yield* aws.form("iam", `Create${kind}`, { ...name, AssumeRolePolicyDocument: "{}" })
      assert.strictEqual(created.status, 200)
      return aws
    })

    it.effect("inline ones are put, read back as they were, listed and deleted", () =>
      Effect.gen(function* () {
        const aws = yield* setUp
        const PolicyName = "p"
        yield* aws.form("iam", `Put${kind}Policy`, { ...name, PolicyName, PolicyDocument: document })
        const read = yield* aws.form("iam", `Get${kind}Policy`, { ...name, PolicyName })
        assert.strictEqual(decodeURIComponent(textOf(read, "PolicyDocument")), document)
        assert.include((yield* aws.form("iam", `List${kind}Policies`, name)).text, "<member>p</member>")
        yield* aws.form("iam", `Delete${kind}Policy`, { ...name, PolicyName })
        const gone = yield* aws.form("iam", `Delete${kind}Policy`, { ...name, PolicyName })
        assert.strictEqual(refused(gone), "404 NoSuchEntity")
      }),
    )

    it.effect("what is no policy is refused when it is put", () =>
      Effect.gen(function* () {
        const aws = yield* setUp
        const bad = { ...name, PolicyName: "p", PolicyDocument: `{"Statement":[{}]}` }
        assert.strictEqual(refused(yield* aws.form("iam", `Put${kind}Policy`, bad)), "400 MalformedPolicyDocument")
      }),
    )

    it.effect("AWS's own are attached by ARN and detached again; others do not exist", () =>
      Effect.gen(function* () {
        const aws = yield* setUp
        const PolicyArn = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
        yield* aws.form("iam", `Attach${kind}Policy`, { ...name, PolicyArn })
        const listed = yield* aws.form("iam", `ListAttached${kind}Policies`, name)
        assert.strictEqual(textOf(listed, "PolicyName"), "AmazonS3ReadOnlyAccess")
        assert.strictEqual(textOf(listed, "PolicyArn"), PolicyArn)
        yield* aws.form("iam", `Detach${kind}Policy`, { ...name, PolicyArn })
        const again = yield* aws.form("iam", `Detach${kind}Policy`, { ...name, PolicyArn })
        assert.strictEqual(refused(again), "404 NoSuchEntity")
        const foreign = { ...name, PolicyArn: "arn:aws:iam::123456789012:policy/Mine" }
        assert.strictEqual(refused(yield* aws.form("iam", `Attach${kind}Policy`, foreign)), "404 NoSuchEntity")
      }),
    )
  })
}

it.effect("a deny on a role's older sessions cuts them off and spares newer ones", () =>
  Effect.gen(function* () {
    const aws = yield* makeSignedAws()
    const role = { RoleArn: "arn:aws:iam::123456789012:role/mcp-agent-role", RoleSessionName: "s1" }
    const old = keyIn(yield* aws.form("sts", "AssumeRole", role))
    yield* TestClock.adjust("10 seconds")
    const PolicyDocument = JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Deny",
          Action: "*",
          Resource: "*",
          Condition: { DateLessThan: { "aws:TokenIssueTime": "1970-01-01T00:00:10Z" } },
        },
      ],
    })
    const RoleName = "mcp-agent-role"
    yield* aws.form("iam", "PutRolePolicy", { RoleName, PolicyName: "AWSRevokeOlderSessions", PolicyDocument })
    const fresh = keyIn(yield* aws.form("sts", "AssumeRole", role))
    const refusal = yield* aws.dynamo("ListTables", {}, old)
    assert.include(refusal.json.message, "with an explicit deny in an identity-based policy")
    assert.strictEqual((yield* aws.dynamo("ListTables", {}, fresh)).status, 200)
  }),
)
