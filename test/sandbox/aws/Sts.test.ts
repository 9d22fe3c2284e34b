import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { keyIn, makeSignedAws, type SignedAws, type SigningKey, textOf } from "../../kit/SignedAws.ts"

const AGENT = "arn:aws:iam::123456789012:role/mcp-agent-role"
const session = { RoleArn: AGENT, RoleSessionName: "mcp-ana-1" }

const refused = (answer: { readonly status: number; readonly text: string }) =>
  `${answer.status} ${/<Code>(.*?)<\/Code>/.exec(answer.text)?.[1]}`

const whoAmI = (aws: SignedAws, key?: SigningKey) => aws.form("sts", "GetCallerIdentity", {}, key)

describe("AssumeRole", () => {
  it.effect("gives a session of the role: who it is, how long it lasts", () =>
    Effect.gen(function* () {
      const aws = yield* makeSignedAws()
      const answer = yield* aws.form("sts", "AssumeRole", { ...session, DurationSeconds: "900" })
      assert.strictEqual(answer.status, 200)
      assert.strictEqual(textOf(answer, "Expiration"), "1970-01-01T00:15:00Z")
      assert.strictEqual(textOf(answer, "Arn"), "arn:aws:sts::123456789012:assumed-role/mcp-agent-role/mcp-ana-1")
      assert.match(textOf(answer, "AccessKeyId"), /^ASIA[A-Z2-7]{16}$/)
      assert.match(textOf(answer, "AssumedRoleId"), /^AROA[A-Z2-7]{17}:mcp-ana-1$/)
      assert.isAbove(textOf(answer, "SessionToken").length, 290)
      const me = yield* whoAmI(aws, keyIn(answer))
      assert.strictEqual(textOf(me, "UserId"), textOf(answer, "AssumedRoleId"))
      assert.strictEqual(textOf(me, "Arn"), textOf(answer, "Arn"))
    }),
  )

  it.effect("a session ends when its time is over, not before", () =>
    Effect.gen(function* () {
      const aws = yield* makeSignedAws()
      const key = keyIn(yield* aws.form("sts", "AssumeRole", { ...session, DurationSeconds: "900" }))
      yield* TestClock.adjust("899 seconds")
      assert.strictEqual((yield* whoAmI(aws, key)).status, 200)
      yield* TestClock.adjust("1 seconds")
      assert.strictEqual(refused(yield* whoAmI(aws, key)), "403 ExpiredToken")
    }),
  )

  it.effect("Vault's key gets a role that nobody made, in any account, with all rights", () =>
    Effect.gen(function* () {
      const aws = yield* makeSignedAws()
      const RoleArn = "arn:aws:iam::999988887777:role/team/Anything"
      const answer = yield* aws.form("sts", "AssumeRole", { RoleArn, RoleSessionName: "vault" })
      assert.strictEqual(textOf(answer, "Arn"), "arn:aws:sts::999988887777:assumed-role/Anything/vault")
      const listed = yield* aws.form("iam", "ListUsers", {}, keyIn(answer))
      assert.strictEqual(listed.status, 200)
      assert.notInclude(listed.text, "vault-root")
    }),
  )

  it.effect("the second account is reached by its role", () =>
    Effect.gen(function* () {
      const aws = yield* makeSignedAws()
      const RoleArn = "arn:aws:iam::210987654321:role/mcp-auditor-role"
      const key = keyIn(yield* aws.form("sts", "AssumeRole", { RoleArn, RoleSessionName: "audit" }))
      assert.strictEqual(textOf(yield* whoAmI(aws, key), "Account"), "210987654321")
      const tables = yield* aws.dynamo("ListTables", {}, key)
      assert.deepStrictEqual<unknown>(tables.json, { TableNames: [] })
      const create = yield* aws.dynamo("DeleteTable", { TableName: "orders" }, key)
      assert.include(create.json.__type, "AccessDeniedException")
    }),
  )

  it.effect("refuses durations, names and roles that AWS refuses", () =>
    Effect.gen(function* () {
      const role = { account: "123456789012", name: "short", policy: `{"Statement":[]}`, maxSessionSeconds: 3600 }
      const aws = yield* makeSignedAws({ roles: [role] })
      const bad: ReadonlyArray<readonly [Record<string, string>, string]> = [
        [{ DurationSeconds: "899" }, "value greater than or equal to 900"],
        [{ DurationSeconds: "43201" }, "value less than or equal to 43200"],
        [{ DurationSeconds: "x" }, "whole number"],
        [
          { RoleArn: "arn:aws:iam::123456789012:role/short", DurationSeconds: "3601" },
          "exceeds the MaxSessionDuration set for this role",
        ],
        [{ RoleSessionName: "x" }, "length greater than or equal to 2"],
        [{ RoleSessionName: "x".repeat(65) }, "length less than or  equal to 64"],
        [{ RoleSessionName: "a b" }, "regular expression pattern"],
        [{ RoleArn: "mcp-agent-role" }, "mcp-agent-role is invalid"],
        [{ RoleArn: "" }, "Value null at 'roleArn'"],
      ]
      for (const [params, message] of bad) {
        const answer = yield* aws.form("sts", "AssumeRole", { ...session, ...params })
        assert.strictEqual(refused(answer), "400 ValidationError")
        assert.include(answer.text.replaceAll("&apos;", "'"), message)
      }
    }),
  )

  it.effect("only those may assume a role whose policies say so, and only Vault's user one that nobody made", () =>
    Effect.gen(function* () {
      const aws = yield* makeSignedAws()
      const agent = keyIn(yield* aws.form("sts", "AssumeRole", session))
      const again = yield* aws.form("sts", "AssumeRole", session, agent)
      assert.strictEqual(refused(again), "403 AccessDenied")
      assert.include(again.text, "mcp-agent-role/mcp-ana-1 is not authorized to perform: sts:AssumeRole on resource: ")

      const any = { RoleArn: "arn:aws:iam::123456789012:role/Any", RoleSessionName: "chain" }
      const full = keyIn(yield* aws.form("sts", "AssumeRole", any))
      assert.strictEqual((yield* aws.form("sts", "AssumeRole", session, full)).status, 200)
      assert.strictEqual(refused(yield* aws.form("sts", "AssumeRole", any, full)), "403 AccessDenied")
      const long = yield* aws.form("sts", "AssumeRole", { ...session, DurationSeconds: "7200" }, full)
      assert.include(long.text, "role chaining")
    }),
  )

  it.effect("a session policy narrows what the role may", () =>
    Effect.gen(function* () {
      const aws = yield* makeSignedAws({ seeded: true })
      const Policy = JSON.stringify({ Statement: { Effect: "Allow", Action: "dynamodb:ListTables", Resource: "*" } })
      const key = keyIn(yield* aws.form("sts", "AssumeRole", { ...session, Policy }))
      assert.strictEqual((yield* aws.dynamo("ListTables", {}, key)).status, 200)
      const scan = yield* aws.dynamo("Scan", { TableName: "orders" }, key)
      assert.include(scan.json.message, "because no identity-based policy allows the dynamodb:Scan action")

      const arns = { "PolicyArns.member.1.arn": "arn:aws:iam::aws:policy/AmazonDynamoDBReadOnlyAccess" }
      const reader = keyIn(yield* aws.form("sts", "AssumeRole", { ...session, ...arns }))
      assert.strictEqual((yield* aws.dynamo("Scan", { TableName: "orders" }, reader)).status, 200)
      assert.strictEqual((yield* aws.dynamo("DeleteTable", { TableName: "orders" }, reader)).status, 400)

      const bad = yield* aws.form("sts", "AssumeRole", { ...session, Policy: "{" })
      assert.strictEqual(refused(bad), "400 MalformedPolicyDocument")
    }),
  )
})

describe("GetFederationToken", () => {
  it.effect("gives a federated user what both Vault's user and the policy allow, and no IAM or STS", () =>
    Effect.gen(function* () {
      const aws = yield* makeSignedAws()
      const Policy = JSON.stringify({
        Statement: { Effect: "Allow", Action: ["dynamodb:*", "iam:*", "sts:*"], Resource: "*" },
      })
      const answer = yield* aws.form("sts", "GetFederationToken", { Name: "vault-1", Policy })
      assert.strictEqual(textOf(answer, "Arn"), "arn:aws:sts::123456789012:federated-user/vault-1")
      assert.strictEqual(textOf(answer, "Expiration"), "1970-01-01T12:00:00Z")
      const key = keyIn(answer)
      assert.strictEqual(textOf(yield* whoAmI(aws, key), "UserId"), "123456789012:vault-1")
      assert.strictEqual((yield* aws.dynamo("ListTables", {}, key)).status, 200)
      assert.strictEqual(refused(yield* aws.form("iam", "ListUsers", {}, key)), "403 AccessDenied")
      assert.strictEqual(refused(yield* aws.form("sts", "AssumeRole", session, key)), "403 AccessDenied")
    }),
  )

  it.effect("without a policy it gives no rights at all", () =>
    Effect.gen(function* () {
      const aws = yield* makeSignedAws()
      const key = keyIn(yield* aws.form("sts", "GetFederationToken", { Name: "vault-1" }))
      assert.strictEqual((yield* whoAmI(aws, key)).status, 200)
      assert.strictEqual((yield* aws.dynamo("ListTables", {}, key)).status, 400)
    }),
  )

  it.effect("Vault asking twice in the same breath gets one session, prolonged, and is told the end it asked for", () =>
    Effect.gen(function* () {
      const aws = yield* makeSignedAws()
      const get = (name: string, more: Readonly<Record<string, string>> = {}) =>
        aws.form("sts", "GetFederationToken", { Name: name, DurationSeconds: "900", ...more })
      const first = yield* get("vault-1-abc")
      yield* TestClock.adjust("1 second")
      const second = yield* get("vault-2-def", { DurationSeconds: "3600" })
      assert.deepStrictEqual(keyIn(second), keyIn(first))
      assert.strictEqual(textOf(second, "Arn"), textOf(first, "Arn"))
      assert.deepStrictEqual(
        [textOf(first, "Expiration"), textOf(second, "Expiration")],
        ["1970-01-01T00:15:00Z", "1970-01-01T01:00:01Z"],
      )
      yield* TestClock.adjust("3599 seconds")
      assert.strictEqual((yield* whoAmI(aws, keyIn(first))).status, 200)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(refused(yield* whoAmI(aws, keyIn(first))), "403 ExpiredToken")
    }),
  )

  it.effect("a later request, another policy and a name that somebody chose get keys of their own", () =>
    Effect.gen(function* () {
      const aws = yield* makeSignedAws()
      const get = (name: string, more: Readonly<Record<string, string>> = {}) =>
        Effect.map(
          aws.form("sts", "GetFederationToken", { Name: name, ...more }),
          (answer) => keyIn(answer).accessKeyId,
        )
      const Policy = JSON.stringify({ Statement: { Effect: "Allow", Action: "s3:*", Resource: "*" } })
      const keys = [yield* get("ana"), yield* get("ana"), yield* get("vault-1-a"), yield* get("vault-1-b", { Policy })]
      yield* TestClock.adjust("2 seconds")
      keys.push(yield* get("vault-3-c"))
      assert.strictEqual(new Set(keys).size, keys.length)
    }),
  )

  it.effect("is for users only, with names of 2 to 32 characters", () =>
    Effect.gen(function* () {
      const aws = yield* makeSignedAws()
      const key = keyIn(yield* aws.form("sts", "AssumeRole", session))
      const answer = yield* aws.form("sts", "GetFederationToken", { Name: "vault-1" }, key)
      assert.include(answer.text, "Cannot call GetFederationToken with session credentials")
      const long = yield* aws.form("sts", "GetFederationToken", { Name: "x".repeat(33) })
      assert.strictEqual(refused(long), "400 ValidationError")
    }),
  )
})

describe("GetSessionToken", () => {
  it.effect("gives the user's own identity and rights, but not IAM's, until the user is deleted", () =>
    Effect.gen(function* () {
      const aws = yield* makeSignedAws()
      yield* aws.form("iam", "CreateUser", { UserName: "ana" })
      const admin = { UserName: "ana", PolicyArn: "arn:aws:iam::aws:policy/AdministratorAccess" }
      yield* aws.form("iam", "AttachUserPolicy", admin)
      const ana = keyIn(yield* aws.form("iam", "CreateAccessKey", { UserName: "ana" }))
      const key = keyIn(yield* aws.form("sts", "GetSessionToken", { DurationSeconds: "129600" }, ana))
      assert.strictEqual(textOf(yield* whoAmI(aws, key), "Arn"), "arn:aws:iam::123456789012:user/ana")
      assert.strictEqual((yield* aws.dynamo("ListTables", {}, key)).status, 200)
      assert.strictEqual(refused(yield* aws.form("iam", "ListUsers", {}, key)), "403 AccessDenied")

      yield* aws.form("iam", "DetachUserPolicy", admin)
      assert.strictEqual((yield* aws.dynamo("ListTables", {}, key)).status, 400)
      yield* aws.form("iam", "DeleteAccessKey", { UserName: "ana", AccessKeyId: ana.accessKeyId })
      yield* aws.form("iam", "DeleteUser", { UserName: "ana" })
      assert.strictEqual(refused(yield* whoAmI(aws, key)), "403 InvalidClientTokenId")
    }),
  )
})

it.effect("GetAccessKeyInfo tells the account of a key", () =>
  Effect.gen(function* () {
    const aws = yield* makeSignedAws()
    const answer = yield* aws.form("sts", "GetAccessKeyInfo", { AccessKeyId: "AKIAROOTROOTROOTROOT" })
    assert.strictEqual(textOf(answer, "Account"), "123456789012")
  }),
)
