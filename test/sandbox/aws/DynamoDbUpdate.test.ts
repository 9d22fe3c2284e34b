import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { applyUpdate } from "../../../src/sandbox/aws/DynamoDbUpdate.ts"

const before = {
  id: { S: "1" },
  n: { N: "10" },
  list: { L: [{ S: "a" }, { S: "b" }, { S: "c" }] },
  map: { M: { x: { N: "1" } } },
  tags: { SS: ["red", "blue"] },
}
const values = {
  ":one": { N: "1" },
  ":half": { N: "0.5" },
  ":text": { S: "t" },
  ":more": { L: [{ S: "d" }] },
  ":red": { SS: ["red"] },
  ":both": { SS: ["red", "blue"] },
  ":green": { SS: ["green"] },
}

const update = (expression: string) => applyUpdate(expression, { names: { "#m": "map" }, values }, before)
const after = (expression: string) => Effect.map(update(expression), ({ item }) => item)

describe("applyUpdate", () => {
  it.effect("sets values, sums, fallbacks and longer lists, all read from the item as it was", () =>
    Effect.gen(function* () {
      const item = yield* after(
        "SET n = n + :half, twice = n, down = n - :one, list = list_append(list, :more), kept = if_not_exists(n, :one), fresh = if_not_exists(gone, :one)",
      )
      assert.deepStrictEqual(item, {
        ...before,
        n: { N: "10.5" },
        twice: { N: "10" },
        down: { N: "9" },
        list: { L: [{ S: "a" }, { S: "b" }, { S: "c" }, { S: "d" }] },
        kept: { N: "10" },
        fresh: { N: "1" },
      })
    }),
  )

  it.effect("reaches into maps and lists, and appends beyond a list's end", () =>
    Effect.gen(function* () {
      const item = yield* after("SET #m.y = :text, list[1] = :text, list[9] = :text")
      assert.deepStrictEqual(item.map, { M: { x: { N: "1" }, y: { S: "t" } } })
      assert.deepStrictEqual(item.list, { L: [{ S: "a" }, { S: "t" }, { S: "c" }, { S: "t" }] })
    }),
  )

  it.effect("removes attributes and list members by the places they had before", () =>
    Effect.gen(function* () {
      const item = yield* after("REMOVE n, list[0], list[2], gone, #m.x")
      assert.deepStrictEqual(item, { id: { S: "1" }, list: { L: [{ S: "b" }] }, map: { M: {} }, tags: before.tags })
    }),
  )

  it.effect("adds to numbers and sets, and takes from sets until they are gone", () =>
    Effect.gen(function* () {
      const added = yield* after("ADD n :one, fresh :one, tags :green")
      assert.deepStrictEqual(added.n, { N: "11" })
      assert.deepStrictEqual(added["fresh"], { N: "1" })
      assert.deepStrictEqual(added.tags, { SS: ["red", "blue", "green"] })
      assert.deepStrictEqual((yield* after("DELETE tags :red")).tags, { SS: ["blue"] })
      assert.notProperty(yield* after("DELETE tags :both"), "tags")
    }),
  )

  it.effect("takes several clauses and names what they touch", () =>
    Effect.gen(function* () {
      const { touched } = yield* update("SET #m.y = :one REMOVE n ADD tags :green")
      assert.deepStrictEqual([...touched].sort(), ["map", "n", "tags"])
    }),
  )

  it.effect("refuses a path into nothing, a missing operand and a wrong type", () =>
    Effect.gen(function* () {
      const bad = [
        "SET gone.x = :one",
        "SET n[0] = :one",
        "SET x = gone + :one",
        "SET x = list + :one",
        "ADD list :one",
        "DELETE n :red",
        "SET n :one",
        "PUT n = :one",
        "SET n = :one,",
      ]
      for (const expression of bad) {
        assert.strictEqual((yield* Effect.flip(update(expression))).code, "ValidationException", expression)
      }
    }),
  )
})
