import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { docsOf, noDocs } from "../../../src/aws/api/Docs.ts"
import { inputSchema } from "../../../src/aws/api/JsonSchema.ts"
import { complaints, everyOperation, operationOf, sample } from "./Samples.ts"

describe("JsonSchema", () => {
  it.effect("of every operation stays within 12,000 characters and accepts a sample of its input", () =>
    Effect.gen(function* () {
      for (const operation of yield* everyOperation) {
        const { note, schema } = inputSchema(operation, yield* docsOf(operation.service))
        assert.isAtMost(JSON.stringify(schema).length, 12_000, operation.name)
        assert.strictEqual(schema["type"], "object")
        // Where the depths are left out anything goes, and it is said.
        assert.deepStrictEqual(complaints(schema, sample(operation.input)), [], `${operation.name}: ${note ?? ""}`)
      }
    }),
  )

  it.effect("refuses what AWS would refuse", () =>
    Effect.gen(function* () {
      const { schema } = inputSchema(yield* operationOf("dynamodb", "PutItem"), noDocs)
      const refused = (value: unknown) => complaints(schema, value).length > 0
      assert.isFalse(refused({ TableName: "t", Item: { id: { S: "1" } } }))
      assert.isTrue(refused({ TableName: "t" }))
      assert.isTrue(refused({ TableName: "t", Item: {}, More: 1 }))
      assert.isTrue(refused({ TableName: "t", Item: { id: { S: "1", N: "1" } } }))
      assert.isTrue(refused({ TableName: "t", Item: { id: {} } }))
    }),
  )

  it.effect("does not ask for tokens that the SDK makes itself", () =>
    Effect.gen(function* () {
      const { schema } = inputSchema(yield* operationOf("ssm", "CreateOpsItem"), noDocs)
      assert.notInclude(JSON.stringify(schema["required"]), "ClientToken")
      const windows = inputSchema(yield* operationOf("ssm", "CreateMaintenanceWindow"), noDocs)
      assert.notInclude(JSON.stringify(windows.schema["required"]), "ClientToken")
    }),
  )

  it.effect("ends at structures that hold themselves", () =>
    Effect.gen(function* () {
      const { schema } = inputSchema(yield* operationOf("dynamodb", "PutItem"), noDocs)
      assert.include(JSON.stringify(schema), '"L":{"type":"array","items":{"$ref":"#/$defs/AttributeValue"}}')
    }),
  )

  it.effect("tells AWS's words and values, and cuts words before structure", () =>
    Effect.gen(function* () {
      const operation = yield* operationOf("ec2", "RunInstances")
      const docs = yield* docsOf("ec2")
      const full = inputSchema(operation, docs, 200_000)
      assert.isUndefined(full.note)
      assert.include(JSON.stringify(full.schema), "The ID of the AMI.")
      assert.include(JSON.stringify(full.schema), '["stop","terminate"]')
      const small = inputSchema(operation, docs, 4000)
      assert.isAtMost(JSON.stringify(small.schema).length, 4000)
      assert.include(small.note ?? "", "named only")
      assert.deepStrictEqual(
        Object.keys(Object(small.schema["properties"])),
        Object.keys(Object(full.schema["properties"])),
      )
    }),
  )
})
