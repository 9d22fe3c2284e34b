import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { describe as describeOperation, search } from "../../../src/aws/api/Find.ts"

/** `service:operation` of the first few. */
const found = (query: string, options: Parameters<typeof search>[1] = {}) =>
  Effect.map(search(query, { limit: 3, ...options }), ({ operations }) =>
    operations.map(({ operation, service }) => `${service}:${operation}`),
  )

describe("Find", () => {
  it.effect.each([
    ["list dynamodb tables", "dynamodb:ListTables"],
    ["invoke a lambda function", "lambda:Invoke"],
    ["send a message to a queue", "sqs:SendMessage"],
    ["create bucket", "s3:CreateBucket"],
    ["PutItem", "dynamodb:PutItem"],
    ["terminate instances", "ec2:TerminateInstances"],
    ["get secret value", "secrets-manager:GetSecretValue"],
    ["publish to a topic", "sns:Publish"],
    ["filter log events", "cloudwatch-logs:FilterLogEvents"],
    ["remove an iam role", "iam:DeleteRole"],
    ["caller identity", "sts:GetCallerIdentity"],
    ["encrypt with kms", "kms:Encrypt"],
    ["upload an object to s3", "s3:PutObject"],
  ] as const)("finds for '%s' %s", ([query, operation]) =>
    Effect.map(found(query), (operations) => assert.include(operations, operation)),
  )

  it.effect("keeps to one service when asked, under any of its names", () =>
    Effect.gen(function* () {
      const operations = yield* found("list", { service: "logs", limit: 100 })
      assert.isAtLeast(operations.length, 10)
      assert.isTrue(operations.every((name) => name.startsWith("cloudwatch-logs:")))
      const { reason } = yield* Effect.flip(search("list", { service: "nosuch" }))
      assert.strictEqual(reason._tag, "UnknownService")
    }),
  )

  it.effect("answers ten at most unless asked for more, and nothing for nonsense", () =>
    Effect.gen(function* () {
      assert.lengthOf((yield* search("list")).operations, 10)
      assert.deepStrictEqual((yield* search("qwertzuiop")).operations, [])
      assert.deepStrictEqual((yield* search("")).operations, [])
    }),
  )

  it.effect("tells what an operation is for and what it does to the account", () =>
    Effect.gen(function* () {
      const { operations } = yield* search("get secret value", { limit: 1 })
      assert.deepStrictEqual(operations, [
        {
          service: "secrets-manager",
          operation: "GetSecretValue",
          summary: operations[0]?.summary ?? "",
          access: "sensitive-read",
        },
      ])
      assert.include(operations[0]?.summary ?? "", "Retrieves the contents")
    }),
  )

  it.effect("describes one operation with the schema of its input", () =>
    Effect.gen(function* () {
      const described = yield* describeOperation("dynamo", "put_item")
      assert.strictEqual(described.operation, "PutItem")
      assert.strictEqual(described.access, "write")
      assert.deepStrictEqual(described.input_schema["required"], ["TableName", "Item"])
      assert.notProperty(described, "note")
      const large = yield* describeOperation("ec2", "CreateLaunchTemplate")
      assert.isAtMost(JSON.stringify(large).length, 13_000)
    }),
  )

  it.effect("says what may have been meant", () =>
    Effect.gen(function* () {
      const failure = yield* Effect.flip(describeOperation("dynamodb", "PutItems"))
      assert.include(failure.message, "Did you mean PutItem")
    }),
  )
})
