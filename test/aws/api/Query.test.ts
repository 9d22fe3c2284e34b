import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { parseQuery } from "../../../src/aws/api/Query.ts"

const apply = (expression: string, data: unknown) =>
  Effect.flatMap(parseQuery(expression), (query) => query.apply(data))

const instances = {
  Reservations: [
    { Instances: [{ InstanceId: "i-1", State: { Name: "running" } }] },
    { Instances: [{ InstanceId: "i-2", State: { Name: "stopped" } }] },
  ],
}

describe("Query", () => {
  it.effect("picks out of a result", () =>
    Effect.gen(function* () {
      const running = "Reservations[].Instances[?State.Name=='running'][].InstanceId"
      assert.deepStrictEqual(yield* apply(running, instances), ["i-1"])
      assert.strictEqual(yield* apply("length(Reservations)", instances), 2)
      assert.isNull(yield* apply("Nothing.here", instances))
    }),
  )

  it.effect.each([
    "Reservations[",
    "",
    "a b",
    "foo(",
    "nosuch(@)",
    "`",
    "length(@, @)",
    "[".repeat(900),
    "@".repeat(1001),
  ])("refuses %j before anything is sent", (expression) =>
    Effect.map(Effect.flip(parseQuery(expression)), ({ reason }) => assert.strictEqual(reason._tag, "BadQuery")),
  )

  it.effect("a function that meets the wrong type fails on that data only", () =>
    Effect.gen(function* () {
      const failure = yield* Effect.flip(apply("sum(Reservations)", instances))
      assert.strictEqual(failure._tag, "QueryFailed")
      assert.strictEqual(yield* apply("sum(@)", [1, 2]), 3)
    }),
  )

  it.live("ends an expression that grows without bound", () =>
    Effect.gen(function* () {
      // Each step doubles the list: two to the power of sixty in a thousand characters.
      const failure = yield* Effect.flip(apply(`@${"|[*].[@,@]|[]".repeat(60)}`, [1, 2]))
      assert.include(failure.message, "longer than")
      assert.strictEqual(failure._tag, "QueryFailed")
    }),
  )
})
