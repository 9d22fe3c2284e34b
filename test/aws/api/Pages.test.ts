import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import type { Position } from "../../../src/aws/api/Cursor.ts"
import { readPages } from "../../../src/aws/api/Pages.ts"
import { operationOf } from "./Samples.ts"

const limits = { items: 100, size: 60_000, pages: 100 }
const listTables = { inputToken: "ExclusiveStartTableName", outputToken: "LastEvaluatedTableName" }

/** A service with tables named 0, 1, 2 … in pages; the token is the last name of a page. */
const service =
  (pages: ReadonlyArray<ReadonlyArray<string>>, asked: Array<unknown> = []) =>
  (token: unknown) =>
    Effect.sync(() => {
      asked.push(token)
      const at = token === undefined ? 0 : Number(token)
      return {
        TableNames: [...(pages[at] ?? [])],
        ...(at + 1 < pages.length ? { LastEvaluatedTableName: String(at + 1) } : {}),
      }
    })

describe("Pages", () => {
  it.effect("makes one answer of all pages", () =>
    Effect.gen(function* () {
      const asked: Array<unknown> = []
      const operation = yield* operationOf("dynamodb", "ListTables")
      const page = service([["a", "b"], [], ["c"]], asked)
      assert.deepStrictEqual(yield* readPages(operation, listTables, { skip: 0 }, limits, page), {
        value: { TableNames: ["a", "b", "c"] },
      })
      assert.deepStrictEqual(asked, [undefined, "1", "2"])
    }),
  )

  it.effect.prop(
    "however a listing is cut, every item is seen once and in order",
    {
      sizes: Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 7 }))).check(Schema.isMaxLength(12)),
      items: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 9 })),
      size: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 60 })),
      pages: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 4 })),
    },
    ({ items, pages, size, sizes }) =>
      Effect.gen(function* () {
        const operation = yield* operationOf("dynamodb", "ListTables")
        let name = 0
        const all = sizes.map((length) => Array.from({ length }, () => `table-${name++}`))
        const seen: Array<unknown> = []
        let at: Position | undefined = { skip: 0 }
        for (let calls = 0; at !== undefined; calls++) {
          assert.isBelow(calls, 200)
          const answer: { readonly value: Record<string, unknown>; readonly next?: Position } = yield* readPages(
            operation,
            listTables,
            at,
            { items, size, pages },
            service(all),
          )
          const names = answer.value["TableNames"]
          assert.isTrue(Array.isArray(names) && names.length <= items)
          seen.push(...[names].flat())
          at = answer.next
        }
        assert.deepStrictEqual(seen, all.flat())
      }),
    { arbitrary: { runs: 300, size: 100 } },
  )

  it.effect("counts the entries of all lists as items, and goes on inside a page", () =>
    Effect.gen(function* () {
      const operation = yield* operationOf("s3", "ListObjectsV2")
      const pagination = { inputToken: "ContinuationToken", outputToken: "NextContinuationToken" }
      const page = () =>
        Effect.succeed({
          Contents: [{ Key: "a" }, { Key: "b" }],
          CommonPrefixes: [{ Prefix: "p/" }, { Prefix: "q/" }],
          KeyCount: 4,
          IsTruncated: false,
        })
      const first = yield* readPages(operation, pagination, { skip: 0 }, { ...limits, items: 3 }, page)
      assert.deepStrictEqual(first, {
        value: { Contents: [{ Key: "a" }, { Key: "b" }], CommonPrefixes: [{ Prefix: "p/" }], IsTruncated: true },
        next: { skip: 3 },
      })
      const second = yield* readPages(operation, pagination, { skip: 3 }, limits, page)
      assert.deepStrictEqual(second, {
        value: { Contents: [], CommonPrefixes: [{ Prefix: "q/" }], IsTruncated: false },
      })
    }),
  )

  it.effect("adds up counts, and never shows AWS's own token", () =>
    Effect.gen(function* () {
      const operation = yield* operationOf("dynamodb", "Scan")
      const pagination = { inputToken: "ExclusiveStartKey", outputToken: "LastEvaluatedKey" }
      let calls = 0
      const page = () =>
        Effect.sync(() => ({
          Count: 2,
          ScannedCount: 10,
          LastEvaluatedKey: calls++ < 2 ? { id: { N: String(calls) } } : undefined,
        }))
      assert.deepStrictEqual(yield* readPages(operation, pagination, { skip: 0 }, limits, page), {
        value: { Count: 6, ScannedCount: 30 },
      })
    }),
  )

  it.effect("stops at a token that comes again, and after so many pages", () =>
    Effect.gen(function* () {
      const operation = yield* operationOf("dynamodb", "ListTables")
      let calls = 0
      const stuck = () => Effect.sync(() => ({ TableNames: [String(calls++)], LastEvaluatedTableName: "same" }))
      const answer = yield* readPages(operation, listTables, { skip: 0 }, limits, stuck)
      assert.deepStrictEqual(answer, { value: { TableNames: ["0", "1"] } })
      const endless = () => Effect.sync(() => ({ TableNames: [], LastEvaluatedTableName: String(calls++) }))
      const bounded = yield* readPages(operation, listTables, { skip: 0 }, { ...limits, pages: 5 }, endless)
      assert.deepStrictEqual(bounded.next, { token: "6", skip: 0 })
    }),
  )

  it.effect("a first item is shown whatever its size", () =>
    Effect.gen(function* () {
      const operation = yield* operationOf("dynamodb", "ListTables")
      const page = service([["x".repeat(500), "b"]])
      const answer = yield* readPages(operation, listTables, { skip: 0 }, { ...limits, size: 100 }, page)
      assert.deepStrictEqual(answer, { value: { TableNames: ["x".repeat(500)] }, next: { skip: 1 } })
    }),
  )
})
