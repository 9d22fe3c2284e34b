import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { findOperation, plainName } from "../../../src/aws/api/Catalogue.ts"
import { loadService, services } from "../../../src/aws/api/Registry.ts"

describe("Catalogue", () => {
  it.effect.each(["ListTables", "list_tables", "list-tables", "LISTTABLES", "list tables", "listTables"])(
    "finds %s",
    (name) =>
      Effect.gen(function* () {
        const operation = yield* findOperation(yield* loadService("dynamodb"), name)
        assert.strictEqual(operation.name, "ListTables")
      }),
  )

  it.effect("names what may have been meant", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(findOperation(yield* loadService("dynamodb"), "ListTabels"))
      assert.strictEqual(error.message, 'dynamodb has no operation "ListTabels". Did you mean ListTables?')
      const far = yield* Effect.flip(findOperation(yield* loadService("dynamodb"), "make me a sandwich"))
      assert.include(far.message, "aws_find_operation")
    }),
  )

  it.effect("suggests operations that hold the word", () =>
    Effect.gen(function* () {
      const { reason } = yield* Effect.flip(findOperation(yield* loadService("lambda"), "layer_version"))
      assert.strictEqual(reason._tag, "UnknownOperation")
      assert.include(reason.message, "LayerVersion")
    }),
  )

  it.effect("no service has two operations of one plain name", () =>
    Effect.gen(function* () {
      for (const { id } of services) {
        const names = [...(yield* loadService(id)).operations.keys()]
        assert.strictEqual(new Set(names.map(plainName)).size, names.length, id)
      }
    }),
  )
})
