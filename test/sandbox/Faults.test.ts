import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber } from "effect"
import { type Backstage, fault, makeFaults, type Trouble } from "../../src/sandbox/Faults.ts"
import { answer, observe } from "../../src/sandbox/faults/Custom.ts"
import type { WireHandler, WireResponse } from "../../src/sandbox/Wire.ts"
import { wireRequest } from "../kit/SignedAws.ts"

const said = (body: string): WireResponse => ({ status: 200, headers: {}, body })
const textOf = (response: WireResponse): string => ("closed" in response ? "closed" : String(response.body))

const nobody: Backstage = {
  aws: {
    identity: { users: new Map(), keys: new Map(), roles: new Map(), sessions: new Map() },
    refuse: () => Effect.die(""),
  },
  operate: () => Effect.die(""),
  later: () => Effect.die(""),
}

/** Puts words around whatever comes from behind. */
const around = (word: string): Trouble => ({
  halves: ["vault", "aws"],
  does: ({ request, rest }) => Effect.map(rest(request), (response) => said(`${word}(${textOf(response)})`)),
})

/** Faults over two halves that name themselves; asks one of them for a path. */
const world = () => {
  const faults = makeFaults()
  const half = (name: "vault" | "aws"): WireHandler => faults.over(name, () => Effect.succeed(said(name)), nobody)
  const halves = { vault: half("vault"), aws: half("aws") }
  const ask = (name: "vault" | "aws" = "vault", path = "/") =>
    Effect.map(halves[name](wireRequest({ method: "GET", path })), textOf)
  return { faults, ask }
}

describe("faults", () => {
  it.effect("a request goes through all that are for it, in their order, until one answers by itself", () =>
    Effect.gen(function* () {
      const { ask, faults } = world()
      yield* faults.add(fault(around("a")), fault(around("b")))
      assert.strictEqual(yield* ask(), "a(b(vault))")
      yield* faults.add(fault(answer(said("stop"))), fault(around("hidden")))
      assert.strictEqual(yield* ask(), "a(b(stop))")
    }),
  )

  it.effect("one happens so many times, and those that answer one after another are used up one by one", () =>
    Effect.gen(function* () {
      const { ask, faults } = world()
      yield* faults.add(fault(answer(said("first")), { times: 1 }), fault(answer(said("second")), { times: 2 }))
      const heard = [yield* ask(), yield* ask(), yield* ask(), yield* ask()]
      assert.deepStrictEqual(heard, ["first", "second", "second", "vault"])
    }),
  )

  it.effect("one stands at its half, for the requests it is about and can happen to; others do not count", () =>
    Effect.gen(function* () {
      const { ask, faults } = world()
      const picky: Trouble<"aws"> = {
        ...around("x"),
        halves: ["aws"],
        happensTo: ({ path }) => path !== "/never/creds",
      }
      yield* faults.add(fault(picky, { about: "/creds", times: 1 }))
      assert.strictEqual(yield* ask("vault", "/creds"), "vault")
      assert.strictEqual(yield* ask("aws", "/roles"), "aws")
      assert.strictEqual(yield* ask("aws", "/never/creds"), "aws")
      assert.strictEqual(yield* ask("aws", "/creds"), "x(aws)")
      assert.strictEqual(yield* ask("aws", "/creds"), "aws")
    }),
  )

  it.effect("setting replaces what stands, and without anything all is well", () =>
    Effect.gen(function* () {
      const { ask, faults } = world()
      yield* faults.add(fault(around("old")))
      yield* faults.set(fault(around("new")))
      assert.strictEqual(yield* ask(), "new(vault)")
      yield* faults.set()
      assert.strictEqual(yield* ask(), "vault")
    }),
  )

  it.effect("a request on its way meets no fault that was cleared before it came there", () =>
    Effect.gen(function* () {
      const { ask, faults } = world()
      const gate = yield* Deferred.make<void>()
      const waiting: Trouble = {
        halves: ["vault"],
        does: ({ request, rest }) => Effect.andThen(Deferred.await(gate), rest(request)),
      }
      yield* faults.add(fault(waiting), fault(answer(said("cleared"))))
      const asked = yield* Effect.forkChild(ask(), { startImmediately: true })
      yield* faults.set()
      yield* Deferred.succeed(gate, undefined)
      assert.strictEqual(yield* Fiber.join(asked), "vault")
    }),
  )

  it.effect("an observer sees each request and changes none", () =>
    Effect.gen(function* () {
      const { ask, faults } = world()
      const seen: Array<string> = []
      yield* faults.add(
        fault(
          observe(({ path }) => void seen.push(path)),
          { half: "aws" },
        ),
        fault(around("a")),
      )
      assert.strictEqual(yield* ask("aws", "/one"), "aws")
      assert.strictEqual(yield* ask("vault", "/two"), "a(vault)")
      assert.deepStrictEqual(seen, ["/one"])
    }),
  )

  it.effect("clocks are off by the sum of what stands at their half", () =>
    Effect.gen(function* () {
      const { faults } = world()
      const off = (skew: number): Trouble => ({ ...around(""), skew })
      yield* faults.add(fault(off(5)), fault(off(-2)), fault(off(7), { half: "aws" }))
      assert.deepStrictEqual([faults.skewOf("vault"), faults.skewOf("aws")], [3, 7])
      yield* faults.set()
      assert.strictEqual(faults.skewOf("vault"), 0)
    }),
  )
})
