import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { docsOf, noDocs, operationNames, operationSummary } from "../../../src/aws/api/Docs.ts"
import { services } from "../../../src/aws/api/Registry.ts"
import { membersOf } from "../../../src/aws/api/ServiceModel.ts"
import { everyOperation } from "./Samples.ts"

describe("Docs", () => {
  it.effect("describes nearly every member of every input", () =>
    Effect.gen(function* () {
      let members = 0
      let described = 0
      for (const { input, service } of yield* everyOperation) {
        const docs = yield* docsOf(service)
        for (const name of membersOf(input).keys()) {
          members += 1
          if (docs.member(input.getName() ?? "", name) !== "") described += 1
        }
      }
      assert.isAbove(described / members, 0.99)
    }),
  )

  it.effect("names the same operations as the clients, each with a sentence", () =>
    Effect.gen(function* () {
      const loaded = (yield* everyOperation).map(({ name, service }) => `${service}:${name}`)
      const listed: Array<string> = []
      for (const { id } of services) {
        for (const name of yield* operationNames(id)) listed.push(`${id}:${name}`)
      }
      assert.deepStrictEqual(listed.sort(), loaded.sort())
      assert.strictEqual(
        yield* operationSummary("dynamodb", "PutItem"),
        "Creates a new item, or replaces an old item with a new item.",
      )
      assert.strictEqual(yield* operationSummary("dynamodb", "NoSuchThing"), "")
    }),
  )

  it.effect("tells values of members, of list items, and of map keys, each in its place", () =>
    Effect.gen(function* () {
      const dynamodb = yield* docsOf("dynamodb")
      assert.deepStrictEqual(dynamodb.values("CreateTableInput", "BillingMode"), ["PAY_PER_REQUEST", "PROVISIONED"])
      assert.deepStrictEqual(dynamodb.values("CreateTableInput", "TableName"), [])
      const sqs = yield* docsOf("sqs")
      assert.include(sqs.keys("CreateQueueRequest", "Attributes"), "VisibilityTimeout")
      // A map's values are not its keys.
      assert.deepStrictEqual(sqs.values("CreateQueueRequest", "Attributes"), [])
      assert.include(sqs.values("GetQueueAttributesRequest", "AttributeNames"), "VisibilityTimeout")
    }),
  )

  it("without declarations there are no words, and no harm", () => {
    assert.strictEqual(noDocs.member("A", "b"), "")
    assert.deepStrictEqual(noDocs.values("A", "b"), [])
  })
})
