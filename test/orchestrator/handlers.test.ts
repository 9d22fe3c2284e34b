/** The workflow tools and the orchestrator that runs workflows, in the whole world over a sandbox of two accounts. */
import { assert, describe, it } from "@effect/vitest"
import { Context, Deferred, Effect, Fiber, Stream } from "effect"
import { Supervisor } from "../../src/agents/Supervisor.ts"
import type { AppConfigShape } from "../../src/config/AppConfig.ts"
import { Workflows } from "../../src/orchestrator/Workflows.ts"
import type { Outcome } from "../../src/tools/Guarded.ts"
import { makeToolWorld } from "../kit/ToolWorld.ts"

const ACCOUNTS: AppConfigShape["accounts"] = {
  main: { role: "mcp-agent-role", regions: ["us-east-1", "eu-west-1"] },
  partner: { role: "partner-agent-role", regions: ["us-east-1"] },
}

interface Row {
  readonly unit: string
  readonly account?: string
  readonly state: string
  readonly what?: string
  readonly result?: unknown
}
interface RunResult {
  readonly run: string
  readonly state: string
  readonly units: Readonly<Record<string, number>>
  readonly rows: ReadonlyArray<Row>
  readonly next_cursor?: string
}

const world = (accounts: AppConfigShape["accounts"] = ACCOUNTS) => makeToolWorld({ empty: false }, { accounts })

describe("the workflow tools", () => {
  it.live("list the shipped workflows, run one over accounts and regions, and show it page by page", () =>
    Effect.gen(function* () {
      const { good, told } = yield* world()
      const before = yield* good<{
        readonly workflows: ReadonlyArray<{ readonly name: string; readonly changes: boolean }>
        readonly runs: ReadonlyArray<unknown>
      }>("workflow_list")
      assert.deepStrictEqual(before.runs, [])
      const changes = Object.fromEntries(before.workflows.map((one) => [one.name, one.changes]))
      assert.deepStrictEqual(changes, {
        inventory: false,
        "public-buckets": false,
        "rotate-verify": true,
        "stop-tagged": true,
      })

      const ran = yield* good<RunResult>("workflow_run", { workflow: "inventory" })
      assert.strictEqual(ran.state, "succeeded")
      assert.deepStrictEqual(ran.units, { done: 8 })
      assert.sameMembers(
        ran.rows.filter(({ unit }) => unit.startsWith("vpcs")).map(({ unit }) => unit),
        ["vpcs[main/us-east-1]", "vpcs[main/eu-west-1]", "vpcs[partner/us-east-1]"],
      )
      assert.isTrue(ran.rows.every((row) => !("result" in row)))
      assert.isTrue(told.every((line) => /done|running/.test(line)))

      const shown = yield* good<RunResult>("workflow_show", { run: ran.run, step: "buckets", results: true, limit: 1 })
      assert.lengthOf(shown.rows, 1)
      assert.property(shown.rows[0]?.result, "buckets")
      assert.strictEqual(shown.next_cursor, "1")
      const rest = yield* good<RunResult>("workflow_show", { run: ran.run, step: "buckets", cursor: "1" })
      assert.lengthOf(rest.rows, 1)
      assert.notProperty(rest, "next_cursor")
      assert.deepStrictEqual((yield* good<RunResult>("workflow_show", { run: ran.run, states: ["failed"] })).rows, [])
    }).pipe(Effect.scoped),
  )

  it.live("tell a broken account's rows first, and have the others", () =>
    Effect.gen(function* () {
      const { good } = yield* world({ ...ACCOUNTS, broken: { role: "no-such-role", regions: ["us-east-1"] } })
      const ran = yield* good<RunResult>("workflow_run", { workflow: "inventory", concurrency: 3 })
      assert.strictEqual(ran.state, "partial")
      assert.deepStrictEqual(ran.units, { failed: 3, done: 8 })
      assert.deepStrictEqual(
        ran.rows.slice(0, 3).map(({ account, state }) => [account, state]),
        [1, 2, 3].map(() => ["broken", "failed"]),
      )
      assert.match(ran.rows[0]?.what ?? "", /no-such-role/)
    }).pipe(Effect.scoped),
  )

  it.live("refuse what is not there, in words", () =>
    Effect.gen(function* () {
      const { bad } = yield* world()
      assert.match(
        yield* bad("workflow_run", { workflow: "inventry" }),
        /did you mean inventory\?.*code=workflow_unknown/s,
      )
      assert.match(yield* bad("workflow_run", { workflow: "../x.yaml" }), /code=workflow_unknown/)
      assert.match(
        yield* bad("workflow_run", { workflow: "stop-tagged", inputs: { tg: "x" } }),
        /did you mean tag\?[\s\S]*code=run_refused/,
      )
      assert.match(yield* bad("workflow_show", { run: "nothing" }), /code=run_unknown/)
      assert.match(
        yield* bad("workflow_show", { run: "nothing", cursor: "x" }),
        /next_cursor.*\ncode=invalid_arguments/,
      )
    }).pipe(Effect.scoped),
  )

  it.live("are the orchestrator agent's, which tells progress and is cancelled with its task", () =>
    Effect.gen(function* () {
      const { context } = yield* world()
      const supervisor = Context.get(context, Supervisor)
      const workflows = Context.get(context, Workflows)
      const task = { tool: "workflow_run", args: { workflow: "inventory" } }
      const outcome: Outcome = yield* supervisor.submit("orchestrator", task)
      assert.strictEqual(outcome._tag, "Done")

      const began = yield* Deferred.make<void>()
      yield* Effect.forkScoped(
        Stream.runForEach(workflows.changes, () => Effect.asVoid(Deferred.succeed(began, undefined))),
        { startImmediately: true },
      )
      const going = yield* Effect.forkScoped(
        supervisor.submit("orchestrator", { tool: "workflow_run", args: { workflow: "inventory", concurrency: 1 } }),
        { startImmediately: true },
      )
      yield* Deferred.await(began)
      yield* Fiber.interrupt(going)
      const [last] = yield* workflows.list(1)
      assert.strictEqual(last?.state, "cancelled")
    }).pipe(Effect.scoped),
  )

  it.live("cannot be named by a workflow: no run begins another", () =>
    Effect.gen(function* () {
      const { context } = yield* world()
      const { known } = Context.get(context, Workflows)
      assert.isFalse([...known.tools.keys()].some((name) => name.startsWith("workflow_")))
    }).pipe(Effect.scoped),
  )
})
