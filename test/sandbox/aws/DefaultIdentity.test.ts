import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { keyIn, makeSignedAws } from "../../kit/SignedAws.ts"

const assume = (account: string, name: string) => ({
  RoleArn: `arn:aws:iam::${account}:role/${name}`,
  RoleSessionName: "test",
  DurationSeconds: "43200",
})

describe("who is there at the start", () => {
  for (const account of ["123456789012", "210987654321"]) {
    it.effect(`in ${account} an agent may work with data and read IAM, an auditor may read`, () =>
      Effect.gen(function* () {
        const aws = yield* makeSignedAws()
        const keys = yield* Effect.forEach(["mcp-agent-role", "mcp-auditor-role"], (name) =>
          Effect.map(aws.form("sts", "AssumeRole", assume(account, name)), keyIn),
        )
        const may = yield* Effect.forEach(keys, (key) =>
          Effect.gen(function* () {
            const create = yield* aws.dynamo(
              "CreateTable",
              {
                TableName: "things",
                KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
                AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
                BillingMode: "PAY_PER_REQUEST",
              },
              key,
            )
            const list = yield* aws.dynamo("ListTables", {}, key)
            const roles = yield* aws.form("iam", "ListRoles", {}, key)
            const user = yield* aws.form("iam", "CreateUser", { UserName: "x1" }, key)
            return [create, list, roles, user].map((answer) => answer.status)
          }),
        )
        assert.deepStrictEqual(may, [
          [200, 200, 200, 403],
          [400, 200, 200, 403],
        ])
      }),
    )
  }
})
