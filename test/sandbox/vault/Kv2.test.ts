import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { ask, newHalf } from "../../kit/VaultCalls.ts"

const kvHalf = Effect.fnUntraced(function* () {
  const { half } = yield* newHalf()
  const write = (data: unknown, options: object = {}) => ask(half, "POST", "secret/data/a", { body: { data, options } })
  const read = (query = "") => ask(half, "GET", `secret/data/a${query}`)
  return { half, read, write }
})

describe("KV version 2", () => {
  it.effect("a check-and-set of 0 creates only, and an engine can ask for it always", () =>
    Effect.gen(function* () {
      const { half, write } = yield* kvHalf()
      assert.strictEqual((yield* write({ a: 1 }, { cas: 0 })).json.data.version, 1)
      assert.strictEqual((yield* write({ a: 2 }, { cas: 0 })).status, 400)
      yield* ask(half, "POST", "secret/config", { body: { cas_required: true, max_versions: 1 } })
      assert.deepStrictEqual((yield* write({ a: 2 })).json.errors, ["check-and-set parameter required for this call"])
      assert.strictEqual((yield* write({ a: 2 }, { cas: "1" })).json.data.version, 2)
      assert.strictEqual((yield* ask(half, "GET", "secret/data/a?version=1")).status, 404)
    }),
  )

  it.effect("a deleted version tells its metadata with 404 and comes back; a destroyed one does not", () =>
    Effect.gen(function* () {
      const { half, read, write } = yield* kvHalf()
      yield* write({ a: 1 })
      yield* write({ a: 2 })
      yield* ask(half, "POST", "secret/delete/a", { body: { versions: [1] } })
      const deleted = yield* read("?version=1")
      assert.deepStrictEqual(
        [deleted.status, deleted.json.data.data, deleted.json.data.metadata.version],
        [404, null, 1],
      )
      yield* ask(half, "POST", "secret/undelete/a", { body: { versions: "1" } })
      assert.deepStrictEqual((yield* read("?version=1")).json.data.data, { a: 1 })
      yield* ask(half, "PUT", "secret/destroy/a", { body: { versions: [1] } })
      yield* ask(half, "POST", "secret/undelete/a", { body: { versions: [1] } })
      assert.isTrue((yield* read("?version=1")).json.data.metadata.destroyed)
      assert.deepStrictEqual((yield* read()).json.data.data, { a: 2 })
    }),
  )

  it.effect("custom metadata is kept across versions", () =>
    Effect.gen(function* () {
      const { half, read, write } = yield* kvHalf()
      yield* ask(half, "POST", "secret/metadata/a", { body: { custom_metadata: { owner: "ana" }, max_versions: 2 } })
      yield* write({ a: 1 })
      assert.deepStrictEqual((yield* read()).json.data.metadata.custom_metadata, { owner: "ana" })
      assert.strictEqual((yield* ask(half, "GET", "secret/metadata/a")).json.data.max_versions, 2)
    }),
  )

  it.effect("a patch needs something to patch, a write needs data, a change needs versions", () =>
    Effect.gen(function* () {
      const { half, write } = yield* kvHalf()
      const headers = { "content-type": "application/merge-patch+json" }
      const patch = ask(half, "PATCH", "secret/data/a", { headers, body: { data: { b: 2 } } })
      assert.strictEqual((yield* patch).status, 404)
      assert.deepStrictEqual((yield* write("text")).json.errors, ["no data provided"])
      yield* write({ a: 1 })
      assert.strictEqual((yield* patch).json.data.version, 2)
      assert.strictEqual((yield* ask(half, "POST", "secret/delete/a", { body: {} })).status, 400)
    }),
  )
})
