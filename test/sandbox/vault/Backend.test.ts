import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { type Backend, dispatch, findRoute, nothing, route, wouldCreate } from "../../../src/sandbox/vault/Backend.ts"
import { addMount } from "../../../src/sandbox/vault/Mounts.ts"
import type { JsonRecord } from "../../../src/sandbox/vault/Protocol.ts"
import { emptyState } from "../../../src/sandbox/vault/State.ts"

const backend: Backend = {
  routes: [
    {
      path: route("things/(?<name>NAME)"),
      fields: { size: "int" },
      exists: (params) => params.text("name") === "old",
      on: {
        read: ({ params }) => Effect.succeed({ data: { name: params.text("name"), size: params.number("size") } }),
        update: () => nothing,
      },
    },
  ],
}

const call = (operation: "read" | "update" | "create" | "delete", below: string, sent: JsonRecord = {}) =>
  dispatch(
    {
      operation,
      path: `x/${below}`,
      mount: addMount(emptyState(0), { path: "x/", type: "x", backend }),
      sent,
      token: undefined,
      tls: undefined,
      now: 0,
    },
    findRoute(backend, below),
  )

describe("endpoints", () => {
  it.effect("names from the path and converted parameters reach the handler", () =>
    Effect.gen(function* () {
      const reply = yield* call("read", "things/a.b-c", { size: "7", name: "other" })
      assert.deepStrictEqual(reply, { data: { name: "a.b-c", size: 7 } })
    }),
  )

  it.effect("unknown parameters are told beside an answer, and not where there is none", () =>
    Effect.gen(function* () {
      const reply = yield* call("read", "things/a", { z: 1, colour: "red" })
      assert.deepStrictEqual(reply?.warnings, ["Endpoint ignored these unrecognized parameters: [colour z]"])
      assert.isUndefined(yield* call("update", "things/a", { z: 1 }))
    }),
  )

  it.effect("what does not exist is 404, what cannot be done 405, what is malformed 400", () =>
    Effect.gen(function* () {
      const status = (effect: ReturnType<typeof call>) => Effect.map(Effect.flip(effect), (refused) => refused.status)
      assert.strictEqual(yield* status(call("read", "things/a/b")), 404)
      assert.strictEqual(yield* status(call("delete", "things/a")), 405)
      assert.strictEqual(yield* status(call("read", "things/a", { size: "big" })), 400)
    }),
  )

  it.effect("an update of something new is a create and is handled like an update", () =>
    Effect.gen(function* () {
      const would = (below: string) => {
        const found = findRoute(backend, below)
        return found !== undefined && wouldCreate(found, undefined)
      }
      assert.deepStrictEqual([would("things/new"), would("things/old")], [true, false])
      assert.isUndefined(yield* call("create", "things/new"))
    }),
  )
})
