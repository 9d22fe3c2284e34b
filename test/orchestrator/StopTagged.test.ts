/** The shipped `stop-tagged` in the whole world over a sandbox, whose instances take their time to stop, as AWS's do. */
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Fiber, Option, Stream } from "effect"
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

/** The workflow with two instances stopped, where its third call hangs; and what runs in the account. */
const halfWay = Effect.fnUntraced(function* () {
  const { context, good, sandbox } = yield* makeToolWorld(
    { empty: false },
    { accounts: { main: { role: "mcp-agent-role", regions: ["us-east-1"] } } },
  )
  const { cancel, changes } = Context.get(context, Workflows)
  const list = Effect.map(
    good<Listed>("ec2_list_instances", { account: "main", filters: TAG, states: ["running", "pending"] }),
    ({ instances }) => instances.map((one) => one.instance_id).toSorted(),
  )
  const before = yield* list
  assert.isAbove(before.length, 2)
  yield* sandbox.faults.add(fault(only(2), { about: "StopInstances" }))
  /** The run, when so many units of it have stopped an instance, or taken that back. */
  const when = (state: string, count: number) =>
    changes.pipe(
      Stream.filter((unit) => unit.step === "stop" && unit.state === state),
      Stream.take(count),
      Stream.runLast,
      Effect.map(Option.map(({ run }) => run)),
      Effect.flatMap(Effect.fromOption),
      Effect.forkScoped({ startImmediately: true }),
    )
  const run = good<Ran>("workflow_run", {
    workflow: "stop-tagged",
    inputs: { tag: "env", value: "production" },
    concurrency: 1,
  })
  return { before, cancel, list, run, when }
})

describe("stop-tagged", () => {
  it.live("that is cancelled half-way starts again what it stopped, though that is still stopping", () =>
    Effect.gen(function* () {
      const { before, cancel, list, run, when } = yield* halfWay()
      const stopped = yield* when("done", 2)
      yield* Effect.forkScoped(Effect.flatMap(Fiber.join(stopped), cancel))
      const ran = yield* run
      assert.strictEqual(ran.state, "cancelled")
      assert.strictEqual(ran.units["undone"], 2, JSON.stringify(ran.rows))
      assert.isUndefined(ran.units["not undone"])
      assert.deepStrictEqual(yield* list, before)
    }).pipe(Effect.scoped),
  )

  it.live("has the time for that when the call of a server that lives on is cancelled", () =>
    Effect.gen(function* () {
      const { before, list, run, when } = yield* halfWay()
      const stopped = yield* when("done", 2)
      const undone = yield* when("undone", 2)
      const call = yield* Effect.forkScoped(run, { startImmediately: true })
      yield* Fiber.join(stopped)
      yield* Fiber.interrupt(call)
      yield* Fiber.join(undone)
      assert.deepStrictEqual(yield* list, before)
    }).pipe(Effect.scoped),
  )
})
