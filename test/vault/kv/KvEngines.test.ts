import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { TestClock } from "effect/testing"
import { Kv } from "../../../src/vault/kv/Kv.ts"
import type { KvPlace } from "../../../src/vault/kv/KvModel.ts"
import { asked, callKv, kvMount, kvOver, NOTHING } from "../../kit/KvOver.ts"
import { type Answer, DENIED, envelope, inTime, refusal, token } from "../../kit/VaultOverHttp.ts"

const place: KvPlace = { mount: "secret", path: "app" }
const values = Redacted.make({ a: "b" })
const two = envelope({ data: { data: { a: "b" }, metadata: { version: 1 } } })
const one = envelope({ data: { a: "b" } })
const done: Answer = { status: 204 }

describe("the engine's version", () => {
  it.effect("is asked for once per mount, and again when it may have changed", () =>
    Effect.gen(function* () {
      const { layer, looks } = kvOver(kvMount(2), () => two)
      yield* Effect.gen(function* () {
        const kv = yield* Kv
        const read = inTime(kv.read(token, place))
        yield* read
        yield* read
        yield* inTime(kv.read(Redacted.make("hvs.another"), { mount: "/secret/", path: "other" }))
        assert.strictEqual(looks.length, 1)
        yield* TestClock.adjust("6 minutes")
        yield* read
        assert.strictEqual(looks.length, 2)
      }).pipe(Effect.provide(layer))
    }),
  )

  it.effect("is remembered for a bounded number of mounts", () =>
    Effect.gen(function* () {
      const view = envelope({ data: { type: "kv", options: { version: "2" } } })
      const { layer, looks } = kvOver(view, () => two)
      yield* Effect.gen(function* () {
        const kv = yield* Kv
        const read = (n: number) => inTime(kv.read(token, { mount: `m${n}`, path: "x" }))
        for (let n = 0; n < 65; n++) yield* read(n)
        yield* read(64)
        assert.strictEqual(looks.length, 65)
        yield* read(0)
        assert.strictEqual(looks.length, 66)
      }).pipe(Effect.provide(layer))
    }),
  )

  it.effect("of another engine, or of a place within a mount, is refused before anything is sent there", () =>
    Effect.gen(function* () {
      const untouched = () => assert.fail("it was asked")
      const aws = envelope({ data: { type: "aws", path: "secret/", options: null } })
      const wrong = yield* callKv((kv) => kv.write(token, place, values), aws, untouched)
      assert.strictEqual(wrong.error?.code, "kv_wrong_engine")
      const inside = yield* callKv((kv) => kv.read(token, { mount: "secret/team", path: "x" }), kvMount(2), untouched)
      assert.strictEqual(inside.error?.code, "kv_mount_unknown")
      assert.include(inside.error?.message, 'mount "secret"')
    }),
  )

  it.effect("`generic` and the cubbyhole are version 1", () =>
    Effect.gen(function* () {
      for (const type of ["generic", "cubbyhole"]) {
        const view = envelope({ data: { type, path: "secret/", options: null } })
        const { value } = yield* callKv(
          (kv) => kv.read(token, place),
          view,
          () => one,
        )
        assert.strictEqual(value?.engine, 1)
      }
    }),
  )
})

describe("where the view of mounts is denied", () => {
  it.effect("a read as version 2 that has its shape settles it, for a write too", () =>
    Effect.gen(function* () {
      const call = yield* callKv(
        (kv) => kv.remove(token, place, [1]),
        DENIED,
        ({ method }) => (method === "GET" ? two : done),
      )
      assert.deepStrictEqual(call.asked, ["GET secret/data/app", "POST secret/delete/app"])
    }),
  )

  it.effect("a deleted secret tells version 2 as well", () =>
    Effect.gen(function* () {
      const deleted = envelope({ data: { data: null, metadata: { version: 1 } } }, 404)
      const { value } = yield* callKv(
        (kv) => kv.undelete(token, place, [1]).pipe(Effect.as("done")),
        DENIED,
        ({ method }) => (method === "GET" ? deleted : done),
      )
      assert.strictEqual(value, "done")
    }),
  )

  it.effect("else a read as version 1 settles it, also where the other one is denied or reads something else", () =>
    Effect.gen(function* () {
      for (const other of [NOTHING, DENIED, one]) {
        const call = yield* callKv(
          (kv) => kv.write(token, place, values),
          DENIED,
          ({ method, path }) => (method !== "GET" ? done : path.includes("/data/") ? other : one),
        )
        assert.deepStrictEqual(call.asked, ["GET secret/data/app", "GET secret/app", "POST secret/app"])
      }
    }),
  )

  it.effect("nothing is written when nothing is there to tell, and a list is not called empty", () =>
    Effect.gen(function* () {
      for (const use of [
        (kv: Kv["Service"]) => Effect.asVoid(kv.write(token, place, values)),
        (kv: Kv["Service"]) => Effect.asVoid(kv.list(token, place)),
      ]) {
        const call = yield* callKv(use, DENIED, ({ method }) => (method === "GET" ? NOTHING : assert.fail("written")))
        assert.strictEqual(call.error?.code, "kv_version_unknown")
        assert.include(call.error?.message, 'path "sys/internal/ui/mounts/secret"')
      }
      const read = yield* callKv(
        (kv) => kv.read(token, place),
        DENIED,
        () => NOTHING,
      )
      assert.strictEqual(read.error?.code, "vault_not_found")
    }),
  )

  it.effect("a list settles it by its answer", () =>
    Effect.gen(function* () {
      const keys = envelope({ data: { keys: ["a"] } })
      const call = yield* callKv(
        (kv) => kv.list(token, place),
        DENIED,
        ({ path }) => (path.includes("/metadata/") ? NOTHING : keys),
      )
      assert.deepStrictEqual(call.value, ["a"])
      assert.strictEqual(call.asked.at(-1), "GET secret/app?list=true")
    }),
  )

  it.effect("what is denied both ways is told as a right that is missing; an unknown mount as that", () =>
    Effect.gen(function* () {
      const denied = yield* callKv(
        (kv) => kv.write(token, place, values),
        DENIED,
        () => DENIED,
      )
      assert.include(denied.error?.message, 'path "secret/data/app" { capabilities = ["read"] }')
      const nowhere = refusal(404, 'no handler for route "secret/data/app". route entry not found.')
      const unknown = yield* callKv(
        (kv) => kv.write(token, place, values),
        DENIED,
        () => nowhere,
      )
      assert.strictEqual(unknown.error?.code, "kv_mount_unknown")
    }),
  )

  it.effect("a guess that found nothing is not remembered", () =>
    Effect.gen(function* () {
      let there = false
      const { layer, seen } = kvOver(DENIED, ({ method }) => (method !== "GET" ? done : there ? two : NOTHING))
      yield* Effect.gen(function* () {
        const kv = yield* Kv
        yield* inTime(Effect.flip(kv.remove(token, place)))
        there = true
        yield* inTime(kv.remove(token, place))
        assert.strictEqual(asked(seen).at(-1), "DELETE secret/data/app")
      }).pipe(Effect.provide(layer))
    }),
  )
})
