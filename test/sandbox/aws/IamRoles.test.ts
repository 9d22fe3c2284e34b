import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { keyIn, makeSignedAws, textOf } from "../../kit/SignedAws.ts"

const trust = JSON.stringify({ Version: "2012-10-17", Statement: [] })
const role = { RoleName: "Reporter", AssumeRolePolicyDocument: trust, MaxSessionDuration: "7200", Path: "/team/" }
const refused = (answer: { readonly status: number; readonly text: string }) =>
  `${answer.status} ${/<Code>(.*?)<\/Code>/.exec(answer.text)?.[1]}`

describe("roles", () => {
  it.effect("are made, described and deleted once they hold no policies", () =>
    Effect.gen(function* () {
      const aws = yield* makeSignedAws()
      const made = yield* aws.form("iam", "CreateRole", role)
      assert.strictEqual(textOf(made, "Arn"), "arn:aws:iam::123456789012:role/team/Reporter")
      assert.strictEqual(refused(yield* aws.form("iam", "CreateRole", role)), "409 EntityAlreadyExists")
      const read = yield* aws.form("iam", "GetRole", { RoleName: "Reporter" })
      assert.strictEqual(decodeURIComponent(textOf(read, "AssumeRolePolicyDocument")), trust)
      assert.strictEqual(textOf(read, "MaxSessionDuration"), "7200")

      const PolicyArn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
      yield* aws.form("iam", "AttachRolePolicy", { RoleName: "Reporter", PolicyArn })
      assert.strictEqual(refused(yield* aws.form("iam", "DeleteRole", { RoleName: "Reporter" })), "409 DeleteConflict")
      yield* aws.form("iam", "DetachRolePolicy", { RoleName: "Reporter", PolicyArn })
      yield* aws.form("iam", "DeleteRole", { RoleName: "Reporter" })
      assert.strictEqual(refused(yield* aws.form("iam", "GetRole", { RoleName: "Reporter" })), "404 NoSuchEntity")
    }),
  )

  it.effect("give their sessions what their policies say at the time of the call, and nothing once deleted", () =>
    Effect.gen(function* () {
      const aws = yield* makeSignedAws()
      yield* aws.form("iam", "CreateRole", role)
      const assume = { RoleArn: "arn:aws:iam::123456789012:role/team/Reporter", RoleSessionName: "r1" }
      const answer = yield* aws.form("sts", "AssumeRole", assume)
      assert.strictEqual(textOf(answer, "Arn"), "arn:aws:sts::123456789012:assumed-role/Reporter/r1")
      const key = keyIn(answer)
      assert.strictEqual((yield* aws.dynamo("ListTables", {}, key)).status, 400)
      const PolicyArn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
      yield* aws.form("iam", "AttachRolePolicy", { RoleName: "Reporter", PolicyArn })
      assert.strictEqual((yield* aws.dynamo("ListTables", {}, key)).status, 200)
      yield* aws.form("iam", "DetachRolePolicy", { RoleName: "Reporter", PolicyArn })
      yield* aws.form("iam", "DeleteRole", { RoleName: "Reporter" })
      assert.strictEqual((yield* aws.dynamo("ListTables", {}, key)).status, 400)
    }),
  )

  it.effect("are listed in pages, those of the caller's account only", () =>
    Effect.gen(function* () {
      const aws = yield* makeSignedAws()
      const first = yield* aws.form("iam", "ListRoles", { MaxItems: "1" })
      assert.strictEqual(textOf(first, "RoleName"), "mcp-agent-role")
      assert.strictEqual(textOf(first, "IsTruncated"), "true")
      const second = yield* aws.form("iam", "ListRoles", { MaxItems: "1", Marker: textOf(first, "Marker") })
      assert.strictEqual(textOf(second, "RoleName"), "mcp-auditor-role")
      assert.strictEqual(textOf(second, "IsTruncated"), "false")
      assert.strictEqual(textOf(second, "Marker"), "")
    }),
  )
})
