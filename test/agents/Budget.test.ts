import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Schema } from "effect"
import { makePurse } from "../../src/agents/Budget.ts"

const Step = Schema.Struct({
  what: Schema.Literals(["tasks", "calls"]),
  after: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 500 })),
})

describe("a purse", () => {
  it("for life is never refilled by time alone", () => {
    const purse = makePurse({ tasks: 1, calls: 2, per: "life" })
    assert.isTrue(purse.take("tasks", 0))
    assert.isFalse(purse.take("tasks", 1e12))
    assert.deepStrictEqual(purse.left(1e12), { tasks: 0, calls: 2, refillsAt: undefined })
    purse.refill(1e12)
    assert.isTrue(purse.take("tasks", 1e12))
  })

  it.effect.prop(
    "gives no more in any stretch than the budget says, and says truly what is left",
    { steps: Schema.Array(Step) },
    ({ steps }) =>
      Effect.sync(() => {
        const purse = makePurse({ tasks: 3, calls: 5, per: Duration.seconds(1) })
        const taken = new Map<string, number>()
        let now = 0
        for (const { after, what } of steps) {
          now += after
          const { refillsAt, ...left } = purse.left(now)
          assert.isAbove(refillsAt ?? 0, now)
          const got = purse.take(what, now)
          assert.strictEqual(got, left[what] > 0)
          const key = `${what} until ${refillsAt}`
          if (got) taken.set(key, (taken.get(key) ?? 0) + 1)
          assert.isAtMost(taken.get(key) ?? 0, what === "tasks" ? 3 : 5)
        }
      }),
    { arbitrary: { runs: 1000, size: 100 } },
  )
})
