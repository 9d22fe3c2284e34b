import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { ROSTER } from "../../../src/agents/Roster.ts"
import { orchestratorRole } from "../../../src/agents/roles/Orchestrator.ts"
import { ToolCall } from "../../../src/tools/ToolCall.ts"
import { agentsAlone, done, echo, hang, roleNamed, toolNamed } from "../../kit/Agents.ts"

const refusing = toolNamed("refusing", () =>
  Effect.succeed({ _tag: "Failed", text: "no such bucket\ncode=NoSuchBucket request_id=R1", code: "NoSuchBucket" }),
)
const telling = toolNamed("telling", () =>
  Effect.flatMap(ToolCall, ({ progress }) => Effect.as(progress({ progress: 1, message: "half" }), done())),
)
const roster = [orchestratorRole, roleNamed("aws", { tools: [echo, hang, refusing, telling] }), roleNamed("vault")]

const delegate = (agent: string, tool: string, args?: object) => ({
  tool: "delegate",
  args: { agent, tool, ...(args === undefined ? {} : { args }) },
})

describe("the orchestrator", () => {
  it("waits longer than any agent that it waits for", () => {
    for (const { name, stall } of ROSTER)
      if (name !== "orchestrator") assert.isBelow(Duration.toMillis(stall), Duration.toMillis(orchestratorRole.stall))
  })

  it.effect("says of what another agent reveals that it is revealed", () =>
    Effect.gen(function* () {
      const { supervisor } = yield* agentsAlone(roster)
      const outcome = yield* supervisor.submit("orchestrator", delegate("aws", "echo", { reveal: true }))
      assert.deepInclude(outcome, { _tag: "Done", reveals: true })
    }),
  )

  it.effect("has another agent call its own tool as itself, and gives the result", () =>
    Effect.gen(function* () {
      const { supervisor } = yield* agentsAlone(roster)
      assert.deepStrictEqual(
        yield* supervisor.submit("orchestrator", delegate("aws", "echo", { a: [1] })),
        done({ agent: "aws", tool: "echo", result: { args: { a: [1] }, principal: "aws-agent" } }),
      )
    }),
  )

  it.effect("passes on the other's progress, failure and refusal as they are", () =>
    Effect.gen(function* () {
      const { supervisor } = yield* agentsAlone(roster)
      const told: Array<string | undefined> = []
      yield* supervisor.submit("orchestrator", delegate("aws", "telling"), {
        onProgress: ({ message }) => Effect.sync(() => void told.push(message)),
      })
      assert.deepStrictEqual(told, ["half"])
      assert.deepStrictEqual(yield* supervisor.submit("orchestrator", delegate("aws", "refusing")), {
        _tag: "Failed",
        text: "no such bucket\ncode=NoSuchBucket request_id=R1",
        code: "NoSuchBucket",
      })
      for (const [agent, tool, code] of [
        ["aws", "crash", "tool_outside"],
        ["awz", "echo", "agent_unknown"],
        ["orchestrator", "delegate", "invalid_arguments"],
      ] as const)
        assert.deepInclude(yield* supervisor.submit("orchestrator", delegate(agent, tool)), { code })
    }),
  )

  it.effect("has none of the others' tools", () =>
    Effect.gen(function* () {
      const { supervisor } = yield* agentsAlone(roster)
      const error = yield* Effect.flip(supervisor.submit("orchestrator", { tool: "echo", args: {} }))
      assert.strictEqual(error.code, "tool_outside")
    }),
  )

  it.effect("ends the other's task with its own, and a crash of the other is not one of its own", () =>
    Effect.gen(function* () {
      const { status, supervisor } = yield* agentsAlone(roster)
      const waiter = yield* Effect.forkChild(supervisor.submit("orchestrator", delegate("aws", "hang")), {
        startImmediately: true,
      })
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* status("aws")).running.length, 1)
      yield* Fiber.interrupt(waiter)
      assert.strictEqual((yield* status("aws")).running.length, 0)
      assert.deepInclude(yield* supervisor.submit("orchestrator", delegate("vault", "crash")), {
        code: "agent_crashed",
      })
      assert.strictEqual((yield* status("orchestrator")).state, "running")
    }),
  )
})
