/** The shipped `stop-tagged` in the whole world over a sandbox, whose instances take their time to stop, as AWS's do. */
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Stream } from "effect"
import { Workflows } from "../../src/orchestrator/Workflows.ts"
import { fault, type Trouble } from "../../src/sandbox/Faults.ts"
import { makeToolWorld } from "../kit/ToolWorld.ts"

const TAG = [{ name: "tag:env", values: ["production"] }]

interface Ran {
  readonly state: string
  readonly units: Readonly<Record<string, number>>
  readonly rows: ReadonlyArray<{ readonly unit: string; readonly state: string; readonly what?: string }>
}

interface Listed {
  readonly instances: ReadonlyArray<{ readonly instance_id: string; readonly state: string }>
}

/** Lets so many through, and has the others wait for ever. */
const only = (count: number): Trouble<"aws"> => {
  let seen = 0
  return {
    halves: ["aws"],
    does: ({ request, rest }) => Effect.suspend(() => (++seen > count ? Effect.never : rest(request))),
  }
}

describe("stop-tagged", () => {
  it.live("that is cancelled half-way starts again what it stopped, though that is still stopping", () =>
    Effect.gen(function* () {
      const { context, good, sandbox } = yield* makeToolWorld(
        { empty: false },
        { accounts: { main: { role: "mcp-agent-role", regions: ["us-east-1"] } } },
      )
      const workflows = Context.get(context, Workflows)
      const list = Effect.map(
        good<Listed>("ec2_list_instances", { account: "main", filters: TAG, states: ["running", "pending"] }),
        ({ instances }) => instances.map((one) => one.instance_id).toSorted(),
      )
      const before = yield* list
      assert.isAbove(before.length, 2)

      yield* sandbox.faults.add(fault(only(2), { about: "StopInstances" }))
      let stopped = 0
      yield* Effect.forkScoped(
        Stream.runForEach(workflows.changes, ({ run, state, step }) =>
          step === "stop" && state === "done" && ++stopped === 2 ? workflows.cancel(run) : Effect.void,
        ),
        { startImmediately: true },
      )
      const ran = yield* good<Ran>("workflow_run", {
        workflow: "stop-tagged",
        inputs: { tag: "env", value: "production" },
        concurrency: 1,
      })

      assert.strictEqual(ran.state, "cancelled")
      assert.strictEqual(ran.units["undone"], 2, JSON.stringify(ran.rows))
      assert.isUndefined(ran.units["not undone"])
      assert.deepStrictEqual(yield* list, before)
    }).pipe(Effect.scoped),
  )
})
