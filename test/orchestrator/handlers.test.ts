/** The workflow tools and the orchestrator that runs workflows, in the whole world over a sandbox of two accounts. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Context, Deferred, Effect, Fiber, Stream } from "effect"
import { ROSTER } from "../../src/agents/Roster.ts"
import { Supervisor } from "../../src/agents/Supervisor.ts"
import type { AppConfigShape } from "../../src/config/AppConfig.ts"
import { runWorkflow } from "../../src/orchestrator/handlers.ts"
import { knownOf } from "../../src/orchestrator/Known.ts"
import { RunHome } from "../../src/orchestrator/RunHome.ts"
import type { Unit } from "../../src/orchestrator/RunModel.ts"
import { Workflows } from "../../src/orchestrator/Workflows.ts"
import type { Outcome } from "../../src/tools/Guarded.ts"
import { ToolCall } from "../../src/tools/ToolCall.ts"
import { makeToolWorld } from "../kit/ToolWorld.ts"
import { unit } from "../kit/Units.ts"

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
      for (const { unit, what } of ran.rows)
        assert.match(what ?? "", /^\d+ (instance|vpc|bucket)s?(; there is more than this page)?$/, unit)
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

  it.live("list the workflows where runs cannot be written down, and say so", () =>
    Effect.gen(function* () {
      const file = yield* Effect.acquireRelease(
        Effect.sync(() => {
          const path = join(mkdtempSync(join(tmpdir(), "no-state-")), "file")
          writeFileSync(path, "")
          return path
        }),
        (path) => Effect.sync(() => rmSync(dirname(path), { recursive: true, force: true })),
      )
      const { good } = yield* Effect.provideService(world(), RunHome, { stateDir: file, place: "sandbox" })
      const listed = yield* good<{
        readonly workflows: ReadonlyArray<{ readonly name: string }>
        readonly runs: ReadonlyArray<unknown>
        readonly message?: string
      }>("workflow_list")
      assert.include(
        listed.workflows.map(({ name }) => name),
        "inventory",
      )
      assert.deepStrictEqual(listed.runs, [])
      assert.match(listed.message ?? "", /^Runs cannot be listed\. The record of workflow runs: /)
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
      assert.match(
        yield* bad("workflow_run", { workflow: "stop-tagged", inputs: { "tag=x": "y", value: 5 } }),
        /no input tag=x[\s\S]*the input value is a text, not a number[\s\S]*the input tag is needed[\s\S]*code=run_refused/,
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

  /** The answer of a run that came to these units. */
  const answered = (units: ReadonlyArray<Unit>) => {
    const never = Effect.die(new Error("not asked for"))
    return runWorkflow({ workflow: "inventory" }).pipe(
      Effect.provideService(Workflows, {
        known: knownOf(ROSTER),
        run: () => Effect.succeed({ id: "r", name: "inventory", recorded: true, state: "partial", units }),
        resume: () => never,
        list: () => never,
        show: () => never,
        cancel: () => never,
        changes: Stream.never,
      }),
      Effect.provideService(ToolCall, { principal: "test", progress: () => Effect.void }),
    )
  }

  it.effect("tell first what went wrong, then what was not begun for it, what changed something, and the rest", () =>
    Effect.gen(function* () {
      const { message, rows } = yield* answered([
        ...Array.from({ length: 48 }, (_, i) => unit({ key: `read${i}`, result: { vpcs: [1] } })),
        unit({ key: "left", state: "blocked", what: "not begun" }),
        unit({ key: "written", writes: true, result: { instance_id: "i-1", previous_state: "running" } }),
        unit({ key: "bad", state: "failed", what: `${"why ".repeat(150)}code=x` }),
        unit({ key: "unsure", state: "unknown", writes: true, what: "who knows" }),
      ])
      assert.deepStrictEqual(
        rows.slice(0, 5).map((row) => row.unit),
        ["bad", "unsure", "left", "written", "read0"],
      )
      assert.match(rows[0]?.what ?? "", /code=x$/)
      assert.deepStrictEqual(
        rows.slice(2, 5).map(({ what }) => what),
        ["not begun", "instance_id=i-1 previous_state=running", "1 vpc"],
      )
      assert.lengthOf(rows, 50)
      assert.match(message, /^2 more rows: workflow_show/)
    }),
  )

  it.effect("keep an answer within bounds, however much there is to say", () =>
    Effect.gen(function* () {
      const { message, rows } = yield* answered(
        Array.from({ length: 50 }, (_, i) => unit({ key: `${i}`, state: "failed", what: '\u0001"'.repeat(5000) })),
      )
      assert.isBelow(JSON.stringify(rows).length, 52 * 1024)
      assert.match(message, new RegExp(`^${50 - rows.length} more rows: `))
    }),
  )
})
