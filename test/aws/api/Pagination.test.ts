import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { paginationIn, paginationOf, tokenAt } from "../../../src/aws/api/Pagination.ts"
import { membersOf } from "../../../src/aws/api/ServiceModel.ts"
import { everyOperation, operationOf } from "./Samples.ts"

describe("Pagination", () => {
  it.effect("knows the tokens of every operation that has pages, and they are members of it", () =>
    Effect.gen(function* () {
      const paginated = (yield* everyOperation).filter((operation) => operation.paginated)
      assert.isAtLeast(paginated.length, 300)
      for (const operation of paginated) {
        const pagination = yield* paginationOf(operation)
        assert.isTrue(membersOf(operation.input).has(pagination?.inputToken ?? ""), operation.name)
        assert.isTrue(membersOf(operation.output).has(pagination?.outputToken ?? ""), operation.name)
      }
    }),
  )

  it.effect("has none for an operation without pages", () =>
    Effect.gen(function* () {
      assert.isUndefined(yield* paginationOf(yield* operationOf("s3", "PutObject")))
    }),
  )

  it("reads a paginator with and without a page size", () => {
    assert.deepStrictEqual(
      paginationIn('export const p = createPaginator(C, ListCommand, "Marker", "List.Next", "Max");'),
      {
        inputToken: "Marker",
        outputToken: "List.Next",
        pageSize: "Max",
      },
    )
    assert.deepStrictEqual(paginationIn('createPaginator(C, ListCommand, "NextToken", "NextToken", "");'), {
      inputToken: "NextToken",
      outputToken: "NextToken",
    })
    assert.isUndefined(paginationIn("export {}"))
  })

  it("finds a token inside the answer, and none where there is nothing", () => {
    assert.strictEqual(tokenAt({ List: { Next: "t" } }, "List.Next"), "t")
    assert.isUndefined(tokenAt({ List: "text" }, "List.Next.More"))
    assert.isUndefined(tokenAt(undefined, "a"))
  })
})
