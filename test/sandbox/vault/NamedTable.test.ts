import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { type Backend, type Call, dispatch, findRoute, wouldCreate } from "../../../src/sandbox/vault/Backend.ts"
import { addMount } from "../../../src/sandbox/vault/Mounts.ts"
import { tableRoutes } from "../../../src/sandbox/vault/NamedTable.ts"
import { bad } from "../../../src/sandbox/vault/Protocol.ts"
import { emptyState } from "../../../src/sandbox/vault/State.ts"

/** A table of counted writes, and one request to it. */
const start = () => {
  const table = new Map<string, number>()
  const backend: Backend = {
    routes: tableRoutes({
      folder: "things",
      table,
      fields: { wrong: "flag" },
      entry: ({ params }: Call, before: number | undefined) =>
        params.flag("wrong", false) ? bad("wrong thing") : Effect.succeed((before ?? 0) + 1),
      shown: (count) => ({ count }),
    }),
  }
  const mount = addMount(emptyState(0), { path: "auth/x/", type: "x", backend })
  const ask = (operation: Call["operation"], below: string, sent: Call["sent"] = {}) =>
    dispatch(
      { operation, path: `auth/x/${below}`, mount, sent, token: undefined, tls: undefined, now: 0 },
      findRoute(backend, below),
    )
  return { ask, backend, table }
}

describe("a table of names", () => {
  it.effect("is written, read, listed and deleted, and names have no case", () =>
    Effect.gen(function* () {
      const { ask, table } = start()
      assert.isUndefined(yield* ask("list", "things/"))
      yield* ask("update", "things/Beta")
      yield* ask("update", "things/alpha")
      yield* ask("update", "things/BETA")
      assert.deepStrictEqual(yield* ask("read", "things/beta"), { data: { count: 2 } })
      assert.deepStrictEqual(yield* ask("list", "things/"), { data: { keys: ["alpha", "beta"] } })
      yield* ask("delete", "things/Beta")
      assert.isUndefined(yield* ask("read", "things/beta"))
      assert.strictEqual(table.size, 1)
    }),
  )

  it.effect("a refused write leaves what stood there, and policies can tell a first write from a later one", () =>
    Effect.gen(function* () {
      const { ask, backend, table } = start()
      const creates = () => {
        const found = findRoute(backend, "things/a")
        return found !== undefined && wouldCreate(found, undefined)
      }
      assert.isTrue(creates())
      yield* ask("update", "things/a")
      assert.isFalse(creates())
      const refused = yield* Effect.flip(ask("update", "things/a", { wrong: true }))
      assert.deepStrictEqual([refused.errors, table.get("a")], [["wrong thing"], 1])
    }),
  )
})
