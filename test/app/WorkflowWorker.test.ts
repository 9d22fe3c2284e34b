/** What a workflow hears of agents: their own word for a doubt, and nothing of a mailbox that is full for a while. */
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Fiber, Layer, Stream } from "effect"
import { TestClock } from "effect/testing"
import { AgentCrashed, AgentError, MailboxFull, TaskStalled, ToolOutside } from "../../src/agents/AgentError.ts"
import { Supervisor } from "../../src/agents/Supervisor.ts"
import { layerWorker } from "../../src/app/WorkflowWorker.ts"
import { Worker } from "../../src/orchestrator/Worker.ts"
import type { Outcome } from "../../src/tools/Guarded.ts"

const working = (submit: Supervisor["Service"]["submit"]) => {
  const supervisor = Layer.succeed(Supervisor, {
    submit,
    start: () => Effect.void,
    stop: () => Effect.die("not asked for"),
    stopAll: Effect.succeed([]),
    status: Effect.succeed([]),
    events: Stream.empty,
  })
  return Effect.map(Layer.build(Layer.provide(layerWorker, supervisor)), (context) =>
    Context.get(context, Worker).run({ agent: "aws", tool: "change", args: {} }),
  )
}

describe("the worker of workflows", () => {
  it.effect("carries an agent's word for a change that may have happened, and none where nothing was called", () =>
    Effect.gen(function* () {
      for (const [reason, unsure] of [
        [new TaskStalled({ agent: "aws", what: "change", seconds: 1 }), true],
        [new AgentCrashed({ agent: "aws", final: false }), true],
        [new AgentCrashed({ agent: "aws", final: true }), false],
        [new ToolOutside({ agent: "aws", tool: "change" }), false],
      ] as const) {
        const error = new AgentError({ reason })
        const outcome = yield* yield* working(() => Effect.fail(error))
        assert.deepInclude(outcome, { _tag: "Failed", code: error.code, unsure })
      }
    }).pipe(Effect.scoped),
  )

  it.effect("asks a full agent again, which took nothing, until there is room", () =>
    Effect.gen(function* () {
      let asked = 0
      const done: Outcome = { _tag: "Done", value: {} }
      const full = new AgentError({ reason: new MailboxFull({ agent: "aws", capacity: 1 }) })
      const run = yield* working(() => Effect.suspend(() => (++asked < 4 ? Effect.fail(full) : Effect.succeed(done))))
      const going = yield* Effect.forkChild(run, { startImmediately: true })
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* Fiber.join(going), done)
      assert.strictEqual(asked, 4)
    }).pipe(Effect.scoped),
  )
})
