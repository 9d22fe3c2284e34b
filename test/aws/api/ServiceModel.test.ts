import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { loadService } from "../../../src/aws/api/Registry.ts"
import { membersOf, modelOf, requiredMembers } from "../../../src/aws/api/ServiceModel.ts"
import { everyOperation, operationOf } from "./Samples.ts"

describe("ServiceModel", () => {
  it.effect("knows every operation of every client, each with a command and an input", () =>
    Effect.gen(function* () {
      const operations = yield* everyOperation
      assert.isAtLeast(operations.length, 1600)
      for (const { Command, input, name, output } of operations) {
        assert.strictEqual(typeof Command, "function", name)
        assert.isTrue(input.isStructSchema() || input.isUnitSchema(), name)
        assert.isTrue(output.isStructSchema() || output.isUnitSchema(), name)
      }
    }),
  )

  it.effect("tells members in order, required ones first", () =>
    Effect.gen(function* () {
      const { http, input } = yield* operationOf("s3", "PutObject")
      assert.deepStrictEqual([...membersOf(input).keys()].slice(0, requiredMembers(input)), ["Bucket", "Key"])
      assert.strictEqual(http?.method, "PUT")
      const { http: none } = yield* operationOf("dynamodb", "PutItem")
      assert.isUndefined(none?.uri)
    }),
  )

  it.effect("knows streams of events", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* operationOf("s3", "SelectObjectContent")).events.output, "Payload")
      assert.strictEqual((yield* operationOf("s3", "GetObject")).events.output, "")
    }),
  )

  it.effect("takes the client of the service, not the base class", () =>
    Effect.map(loadService("sqs"), ({ Client }) => assert.strictEqual(Client.name, "SQSClient")),
  )

  it("refuses a package that is no client", () => {
    const normalize = () => assert.fail("there is nothing to normalize")
    assert.isUndefined(modelOf("s3", { S3Client: function S3Client() {}, version: "1" }, normalize))
    assert.isUndefined(modelOf("s3", {}, normalize))
  })
})
