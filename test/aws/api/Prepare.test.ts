import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { prepare } from "../../../src/aws/api/Prepare.ts"

describe("Prepare", () => {
  it.effect("finds, converts and classifies in any spelling", () =>
    Effect.gen(function* () {
      const call = yield* prepare("Dynamo", "put-item", { TableName: "t", Item: { id: { B: { text: "hi" } } } })
      assert.strictEqual(call.model.id, "dynamodb")
      assert.strictEqual(call.operation.name, "PutItem")
      assert.strictEqual(call.access, "write")
      assert.deepStrictEqual(call.input, { TableName: "t", Item: { id: { B: Buffer.from("hi") } } })
      assert.isUndefined(call.pagination)
    }),
  )

  it.effect("takes absent parameters for none", () =>
    Effect.gen(function* () {
      for (const parameters of [undefined, null, {}]) {
        const call = yield* prepare("sts", "get_caller_identity", parameters)
        assert.deepStrictEqual(call.input, {})
        assert.strictEqual(call.access, "read")
      }
      assert.strictEqual((yield* prepare("s3", "ListBuckets")).pagination?.inputToken, "ContinuationToken")
    }),
  )

  it.effect.each([
    ["nosuch", "ListTables", {}, "UnknownService"],
    ["dynamodb", "NoSuchThing", {}, "UnknownOperation"],
    ["dynamodb", "PutItem", { TableName: 1 }, "InvalidParameters"],
    ["dynamodb", "ListTables", [], "InvalidParameters"],
    ["dynamodb", "ListTables", "{}", "InvalidParameters"],
  ] as const)("%s %s with %j is %4$s", ([service, operation, parameters, tag]) =>
    Effect.map(Effect.flip(prepare(service, operation, parameters)), ({ reason }) =>
      assert.strictEqual(reason._tag, tag),
    ),
  )
})
