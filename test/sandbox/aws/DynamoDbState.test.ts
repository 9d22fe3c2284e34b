import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { seedTables } from "../../../src/sandbox/aws/DynamoDbSeed.ts"
import {
  checkItem,
  checkKey,
  itemKey,
  keyOf,
  readingOrder,
  type Table,
} from "../../../src/sandbox/aws/DynamoDbState.ts"

const [orders] = seedTables(0)
assert.isDefined(orders)
const numbered: Table = { ...orders, hash: { name: "n", type: "N" }, range: undefined, indexes: [] }

describe("tables in memory", () => {
  it("keep an item under its key, whatever the spelling of a number", () => {
    assert.strictEqual(itemKey(numbered, { n: { N: "1.0" } }), itemKey(numbered, { n: { N: "1" }, more: { S: "x" } }))
    assert.notStrictEqual(itemKey(numbered, { n: { N: "1" } }), itemKey(numbered, { n: { N: "10" } }))
    const apart = (customer: string, order: string) =>
      itemKey(orders, { customer: { S: customer }, order: { S: order } })
    assert.notStrictEqual(apart("a", "b\nc"), apart("a\nb", "c"))
  })

  it("take items with more than the key and keys with nothing more", () => {
    const item = { n: { N: "1" }, more: { S: "x" } }
    assert.isUndefined(checkItem(numbered, item))
    assert.isDefined(checkKey(numbered, item))
    assert.isUndefined(checkKey(numbered, keyOf(numbered, item)))
    assert.isDefined(checkItem(numbered, { more: { S: "x" } }))
  })

  const order = readingOrder(orders, orders)
  const Key = Schema.Struct({ customer: Schema.String, order: Schema.String })
  const item = (key: typeof Key.Type) => ({ customer: { S: key.customer }, order: { S: key.order } })

  it("halves of a pair are one text, as in UTF-8", () => {
    const [left, right] = ["\ud800", "\ud801"].map((half) => item({ customer: "c", order: half }))
    assert.isDefined(left)
    assert.isDefined(right)
    assert.strictEqual(order(left, right), 0)
    assert.strictEqual(itemKey(orders, left), itemKey(orders, right))
  })

  it.effect.prop(
    "are read in an order that is total: two items are equal in it only when they have one key",
    { a: Key, b: Key, c: Key },
    ({ a, b, c }) =>
      Effect.sync(() => {
        const [x, y, z] = [item(a), item(b), item(c)]
        assert.strictEqual(Math.sign(order(x, y)), -Math.sign(order(y, x)) || 0)
        assert.strictEqual(order(x, y) === 0, itemKey(orders, x) === itemKey(orders, y))
        if (order(x, y) <= 0 && order(y, z) <= 0) assert.isAtMost(order(x, z), 0)
      }),
    { arbitrary: { runs: 1000, size: 20 } },
  )
})
