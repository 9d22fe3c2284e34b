/** What is not written down: a run of a plan that holds a secret is not begun. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { begin } from "../../src/orchestrator/Orchestrator.ts"
import { RunStore } from "../../src/orchestrator/RunStore.ts"
import type { Inputs, Step } from "../../src/orchestrator/WorkflowModel.ts"
import { known, memoryStore } from "../kit/FakeWorker.ts"

const around = { known, place: "test", places: [], tell: () => Effect.void, onInterrupted: () => Effect.void }

const begun = (input: Required<Step>["input"], inputs: Inputs = {}) => {
  const steps: ReadonlyArray<Step> = [{ id: "put", agent: "aws", tool: "change", input }]
  return begin({ name: "test", steps: [...steps] }, steps, inputs, 1, around)
}

describe("a plan", () => {
  it.effect("that holds a secret, by its shape or its name, is not begun, and is told where", () =>
    Effect.gen(function* () {
      const token = "hvs.canary-canary-canary-canary"
      for (const [input, inputs, where] of [
        [{ name: { Password: "hunter2" } }, {}, "workflow.steps.put.input.name.Password"],
        [{ MasterUserPassword: "hunter2" }, {}, "workflow.steps.put.input.MasterUserPassword"],
        [{ list: ["a", `b ${token}`] }, {}, "workflow.steps.put.input.list.1"],
        [{ name: { [token]: "x" } }, {}, "workflow.steps.put.input.name.a name"],
        [{ name: "x" }, { api_key: "canary" }, "inputs.api_key"],
      ] as const) {
        const { message } = yield* Effect.flip(begun(input, inputs))
        assert.isTrue(message.startsWith(`${where} holds what looks like a secret`), message)
        assert.notInclude(message, "canary")
      }
      // What is kept of the file is more than what is called.
      const steps: ReadonlyArray<Step> = [{ id: "put", agent: "aws", tool: "change" }]
      const described = { name: "test", description: `as ${token}`, steps: [...steps] }
      const { message } = yield* Effect.flip(begin(described, steps, {}, 1, around))
      assert.isTrue(message.startsWith("workflow.description holds"), message)
      assert.deepStrictEqual(yield* (yield* RunStore).list(10), [])
    }).pipe(Effect.provide(memoryStore)),
  )

  it.effect("that only refers to one is begun, and so is one with AWS's mark of a repetition", () =>
    Effect.gen(function* () {
      yield* begun({ password: "${steps.get.result.data.password}", ClientToken: "nightly-run-2026" })
      assert.lengthOf(yield* (yield* RunStore).list(10), 1)
    }).pipe(Effect.provide(memoryStore)),
  )
})
