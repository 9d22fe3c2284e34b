import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { findService, loadService, services } from "../../../src/aws/api/Registry.ts"

describe("Registry", () => {
  it.effect.each([
    ["logs", "cloudwatch-logs"],
    ["CloudWatch Logs", "cloudwatch-logs"],
    ["secretsmanager", "secrets-manager"],
    ["Secrets_Manager", "secrets-manager"],
    ["Amazon S3", "s3"],
    ["AWS Lambda", "lambda"],
    ["DynamoDB", "dynamodb"],
    ["@aws-sdk/client-sqs", "sqs"],
    ["systems manager", "ssm"],
  ] as const)("finds %s as %s", ([name, id]) =>
    Effect.map(findService(name), (found) => assert.strictEqual(found.id, id)),
  )

  it.effect("says which service may have been meant, and which there are", () =>
    Effect.gen(function* () {
      const { reason } = yield* Effect.flip(findService("dinamodb"))
      assert.strictEqual(reason._tag, "UnknownService")
      assert.include(reason.message, "Did you mean dynamodb?")
      assert.include(reason.message, "secrets-manager")
    }),
  )

  it.effect.each(["", "__proto__", "constructor", "../../etc/passwd", "fs", "@aws-sdk/client-glue"])(
    "loads nothing for %s",
    (name) =>
      Effect.map(Effect.flip(findService(name)), ({ reason }) => assert.strictEqual(reason._tag, "UnknownService")),
  )

  it.effect("has no two services under one name", () =>
    Effect.gen(function* () {
      for (const service of services) {
        for (const name of [service.id, service.iam, service.title, ...service.aliases]) {
          const found = yield* Effect.option(findService(name))
          // A title is for people; where it is found, it must be the same service.
          if (found._tag === "Some") assert.strictEqual(found.value.id, service.id, name)
        }
      }
    }),
  )

  it.effect("loads a client once, also when several need it at the same time", () =>
    Effect.gen(function* () {
      const [one, other] = yield* Effect.all([loadService("sts"), loadService("sts")], { concurrency: "unbounded" })
      assert.strictEqual(one, other)
      assert.strictEqual(yield* loadService("sts"), one)
    }),
  )
})
