import { assert, describe, it } from "@effect/vitest"
import { Effect, Queue, Schema } from "effect"
import { type Job, makeJob, sift, whatOf } from "../../src/agents/Job.ts"

describe("a mailbox", () => {
  it.effect.prop(
    "keeps its order and all that nobody takes out, however full it is",
    { drops: Schema.Array(Schema.Boolean) },
    ({ drops }) =>
      Effect.gen(function* () {
        const mailbox = yield* Queue.bounded<Job>(Math.max(1, drops.length))
        drops.forEach((_, i) => Queue.offerUnsafe(mailbox, makeJob(i, { tool: "echo", args: {} }, undefined)))
        const wanted = drops.flatMap((drop, i) => (drop ? [] : [i]))
        assert.deepStrictEqual(
          sift(mailbox, ({ id }) => drops[id] ?? false).map(({ id }) => id),
          wanted,
        )
        assert.deepStrictEqual(
          (yield* Queue.clear(mailbox)).map(({ id }) => id),
          wanted,
        )
      }),
    { arbitrary: { runs: 1000, size: 1000 } },
  )

  it("names a task without a word of what somebody said in plain language", () => {
    assert.strictEqual(whatOf({ tool: "echo", args: { secret: 1 } }), "echo")
    assert.notInclude(whatOf({ words: "my password is x" }), "password")
  })
})
