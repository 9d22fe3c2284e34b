import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import {
  forceStop,
  isForgotten,
  type Life,
  lifeAt,
  passing,
  start,
  stop,
  terminate,
  TRANSITION_MS,
} from "../../../src/sandbox/aws/Ec2Life.ts"

const HOUR = 3_600_000
const stopped: Life = { name: "stopped", since: 0 }
const running: Life = { name: "running", since: 0 }

describe("Ec2Life", () => {
  it("passes from pending to running once its time is over, and not before", () => {
    const pending = start(stopped, 1000)
    assert.deepStrictEqual(pending, passing("pending", 1000))
    if (pending === undefined) return
    assert.strictEqual(lifeAt(pending, 1000 + TRANSITION_MS - 1).name, "pending")
    assert.deepStrictEqual(lifeAt(pending, 1000 + TRANSITION_MS), { name: "running", since: 1000 + TRANSITION_MS })
  })

  it("leaves what already is as it should be, and refuses what cannot be", () => {
    assert.strictEqual(start(running, 5), running)
    assert.strictEqual(stop(stopped, 5), stopped)
    assert.isUndefined(stop(passing("pending", 0), 5))
    assert.isUndefined(start(passing("stopping", 0), 5))
    for (const name of ["terminated", "shutting-down"] as const) {
      assert.isUndefined(start({ name, since: 0 }, 5))
      assert.isUndefined(stop({ name, since: 0 }, 5))
    }
  })

  it("ends a slow stop by force", () => {
    const slow = passing("stopping", 0, HOUR)
    assert.strictEqual(stop(slow, 10), slow)
    assert.deepStrictEqual(forceStop(slow, 10), passing("stopping", 10))
    assert.deepStrictEqual(forceStop(running, 10), passing("stopping", 10))
  })

  it("terminates from any state, at once where nothing runs", () => {
    assert.deepStrictEqual(terminate(stopped, 7), { name: "terminated", since: 7 })
    assert.deepStrictEqual(terminate(running, 7), passing("shutting-down", 7))
    assert.deepStrictEqual(terminate(passing("pending", 0), 7), passing("shutting-down", 7))
  })

  it("forgets a terminated instance an hour after it ended", () => {
    const ending = passing("shutting-down", 0)
    assert.isFalse(isForgotten(ending, TRANSITION_MS + HOUR - 1))
    assert.isTrue(isForgotten(ending, TRANSITION_MS + HOUR))
    assert.isFalse(isForgotten(stopped, 100 * HOUR))
  })

  it.effect.prop(
    "looking twice, or late, tells the same as looking once",
    { at: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 5000 })), verb: Schema.Literals(["start", "stop"]) },
    ({ at, verb }) =>
      Effect.sync(() => {
        const life = verb === "start" ? start(stopped, 0) : stop(running, 0)
        if (life === undefined) return assert.fail("refused")
        const early = lifeAt(life, Math.floor(at / 2))
        assert.deepStrictEqual(lifeAt(early, at), lifeAt(life, at))
      }),
    { arbitrary: { runs: 1000, size: 5000 } },
  )
})
