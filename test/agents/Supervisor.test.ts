import { assert, describe, it } from "@effect/vitest"
import { Clock, Deferred, Duration, Effect, Exit, Fiber, Scope } from "effect"
import { TestClock } from "effect/testing"
import { ToolCall } from "../../src/tools/ToolCall.ts"
import {
  agentsAlone,
  anHourLater,
  collect,
  crash as crashing,
  deaf,
  done,
  hang,
  roleNamed,
  toolNamed,
} from "../kit/Agents.ts"

/** Lets fibers that were just woken get on. */
const settle = TestClock.adjust("1 millis")

const task = (tool: string, args: unknown = {}) => ({ tool, args })

/** A tool that needs a second to clean up when it is ended. */
const cleaning = () => {
  const steps: Array<string> = []
  const cleaned = Effect.andThen(
    Effect.sleep("1 second"),
    Effect.sync(() => steps.push("cleaned")),
  )
  return { steps, slow: toolNamed("slow", () => Effect.onInterrupt(Effect.never, () => cleaned)) }
}

const two = [roleNamed("aws"), roleNamed("vault")]

describe("an agent", () => {
  it.effect("starts with its first task, calls the tool as itself, and gives the tool's own outcome", () =>
    Effect.gen(function* () {
      const failing = toolNamed("failing", () => Effect.succeed({ _tag: "Failed", text: "no", code: "no" }))
      const { status, supervisor } = yield* agentsAlone([
        roleNamed("aws", { tools: [failing, ...two[0]!.tools] }),
        two[1]!,
      ])
      assert.strictEqual((yield* status("aws")).state, "idle")
      assert.deepStrictEqual(
        yield* supervisor.submit("aws", task("echo", { a: 1 })),
        done({ args: { a: 1 }, principal: "aws-agent" }),
      )
      assert.deepStrictEqual(yield* supervisor.submit("aws", task("failing")), {
        _tag: "Failed",
        text: "no",
        code: "no",
      })
      assert.strictEqual((yield* status("aws")).state, "running")
      assert.strictEqual((yield* status("vault")).state, "idle")
    }),
  )

  it.effect("nobody knows is refused with the nearest name, a tool it does not have with the nearest tool", () =>
    Effect.gen(function* () {
      const { status, supervisor } = yield* agentsAlone(two)
      const unknown = yield* Effect.flip(supervisor.submit("awz", task("echo")))
      assert.match(unknown.message, /"awz"; did you mean aws\? Known: aws, vault/)
      for (const call of [supervisor.start, supervisor.stop])
        assert.strictEqual((yield* Effect.flip(call("awz"))).code, "agent_unknown")
      const outside = yield* Effect.flip(supervisor.submit("aws", task("ecko")))
      assert.strictEqual(outside.code, "tool_outside")
      assert.include(outside.message, "Did you mean echo?")
      assert.strictEqual((yield* status("aws")).state, "idle", "a refusal starts nothing")
      assert.strictEqual((yield* status("aws")).left.tasks, 100, "and costs nothing")
    }),
  )

  it.effect("works on as many tasks at a time as its role says, and tells what it is at", () =>
    Effect.gen(function* () {
      const { status, supervisor } = yield* agentsAlone(two)
      for (let i = 0; i < 3; i++)
        yield* Effect.forkChild(supervisor.submit("aws", task("hang")), { startImmediately: true })
      yield* settle
      const { running, waiting } = yield* status("aws")
      assert.deepStrictEqual(
        running.map(({ what }) => what),
        ["hang", "hang"],
      )
      assert.strictEqual(waiting, 1)
    }),
  )

  it.effect("refuses what does not fit into its mailbox, and takes tasks again when a waiter has gone", () =>
    Effect.gen(function* () {
      const { log, status, supervisor } = yield* agentsAlone(two)
      const waiters = []
      for (let i = 0; i < 4; i++) {
        waiters.push(yield* Effect.forkChild(supervisor.submit("aws", task("hang")), { startImmediately: true }))
        yield* settle
      }
      const full = yield* Effect.flip(supervisor.submit("aws", task("echo")))
      assert.strictEqual(full.code, "mailbox_full")
      assert.include(full.message, "2 tasks wait")
      yield* Fiber.interrupt(waiters[3]!)
      assert.strictEqual((yield* status("aws")).waiting, 1)
      const next = yield* Effect.forkChild(supervisor.submit("aws", task("echo")), { startImmediately: true })
      yield* Fiber.interrupt(waiters[0]!)
      yield* Fiber.interrupt(waiters[2]!)
      yield* settle
      assert.strictEqual((yield* Fiber.join(next))._tag, "Done")
      assert.deepStrictEqual(log, [], "cancelling a task gives nothing back")
    }),
  )

  it.effect("ends a running task when its waiter goes, and the waiter waits for its cleaning up", () =>
    Effect.gen(function* () {
      const { steps, slow } = cleaning()
      const { supervisor } = yield* agentsAlone([roleNamed("aws", { tools: [slow] })])
      const heard = yield* collect(supervisor)
      const waiter = yield* Effect.forkChild(supervisor.submit("aws", task("slow")), { startImmediately: true })
      yield* settle
      const gone = yield* Effect.forkChild(Fiber.interrupt(waiter), { startImmediately: true })
      yield* TestClock.adjust("999 millis")
      assert.strictEqual(gone.pollUnsafe(), undefined)
      yield* TestClock.adjust("1 millis")
      yield* Fiber.join(gone)
      assert.deepStrictEqual(steps, ["cleaned"])
      yield* settle
      const last = heard.at(-1)
      assert.strictEqual(last?.kind === "result" ? last.outcome : last?.kind, "cancelled")
    }),
  )

  it.effect("lets a waiter go after five seconds when the task does not end", () =>
    Effect.gen(function* () {
      const { supervisor } = yield* agentsAlone([roleNamed("aws", { tools: [deaf] })])
      yield* anHourLater
      const waiter = yield* Effect.forkChild(supervisor.submit("aws", task("deaf")), { startImmediately: true })
      yield* settle
      const gone = yield* Effect.forkChild(Fiber.interrupt(waiter), { startImmediately: true })
      yield* TestClock.adjust("5 seconds")
      assert.isDefined(gone.pollUnsafe())
    }),
  )
})

describe("a task that gives no sign of life", () => {
  it.effect("is given up, the agent goes on, and progress counts as a sign", () =>
    Effect.gen(function* () {
      const steady = toolNamed("steady", () =>
        Effect.gen(function* () {
          for (let i = 1; i <= 3; i++) {
            yield* Effect.sleep("50 seconds")
            yield* (yield* ToolCall).progress({ progress: i, total: 3, message: `step ${i}` })
          }
          return done()
        }),
      )
      const { status, supervisor } = yield* agentsAlone([roleNamed("aws", { tools: [hang, steady] })])
      const told: Array<string | undefined> = []
      const lost = yield* Effect.forkChild(Effect.flip(supervisor.submit("aws", task("hang"))), {
        startImmediately: true,
      })
      const kept = yield* Effect.forkChild(
        supervisor.submit("aws", task("steady"), {
          onProgress: ({ message }) => Effect.sync(() => void told.push(message)),
        }),
        { startImmediately: true },
      )
      yield* settle
      yield* TestClock.adjust("60 seconds")
      const error = yield* Fiber.join(lost)
      assert.strictEqual(error.code, "task_stalled")
      assert.match(error.message, /no sign of life for 60 s.*look before you repeat/)
      yield* TestClock.adjust("90 seconds")
      assert.strictEqual((yield* Fiber.join(kept))._tag, "Done")
      assert.deepStrictEqual(told, ["step 1", "step 2", "step 3"])
      assert.strictEqual((yield* status("aws")).restarts, 0)
    }),
  )

  it.effect("is told to its waiter even when it does not let itself be ended", () =>
    Effect.gen(function* () {
      const { supervisor } = yield* agentsAlone([roleNamed("aws", { tools: [deaf] })])
      yield* anHourLater
      const lost = yield* Effect.forkChild(Effect.flip(supervisor.submit("aws", task("deaf"))), {
        startImmediately: true,
      })
      yield* TestClock.adjust("61 seconds")
      assert.strictEqual((yield* Fiber.join(lost)).code, "task_stalled")
    }),
  )
})

describe("a budget", () => {
  it.effect("that is spent refuses further tasks until it is refilled, and says when", () =>
    Effect.gen(function* () {
      const budget = { tasks: 2, calls: 9, per: Duration.hours(1) }
      const { status, supervisor } = yield* agentsAlone([roleNamed("aws", { budget })])
      yield* supervisor.submit("aws", task("echo"))
      yield* TestClock.adjust("30 minutes")
      yield* supervisor.submit("aws", task("echo"))
      const spent = yield* Effect.flip(supervisor.submit("aws", task("echo")))
      assert.strictEqual(spent.code, "budget_spent")
      assert.match(spent.message, /budget of 2 tasks; nothing was called. It is refilled at 1970-01-01T01:00:00/)
      assert.deepStrictEqual((yield* status("aws")).left, { tasks: 0, calls: 7, refillsAt: 3_600_000 })
      yield* TestClock.adjust("30 minutes")
      assert.strictEqual((yield* supervisor.submit("aws", task("echo")))._tag, "Done")
    }),
  )

  it.effect("of calls is told to the waiter; one for life is refilled by stop and start, not by a crash", () =>
    Effect.gen(function* () {
      const { supervisor } = yield* agentsAlone([roleNamed("aws", { budget: { tasks: 9, calls: 2, per: "life" } })])
      yield* supervisor.submit("aws", task("echo"))
      yield* Effect.flip(supervisor.submit("aws", task("crash")))
      yield* TestClock.adjust("2 seconds")
      const spent = yield* Effect.flip(supervisor.submit("aws", task("echo")))
      assert.match(spent.message, /budget of 2 tool calls.*when the agent is stopped and started/)
      yield* supervisor.stop("aws")
      yield* supervisor.start("aws")
      assert.strictEqual((yield* supervisor.submit("aws", task("echo")))._tag, "Done")
    }),
  )
})

describe("a crash", () => {
  it.effect("fails what was begun, repeats nothing, gives back, and goes on with what waited after a pause", () =>
    Effect.gen(function* () {
      let calls = 0
      const counted = toolNamed("counted", () => Effect.sync(() => ((calls += 1), done())))
      const gate = yield* Deferred.make<void>()
      const bomb = toolNamed("bomb", () => Effect.andThen(Deferred.await(gate), Effect.die(new Error("bang"))))
      const role = roleNamed("aws", { tools: [hang, bomb, counted] })
      const { log, status, supervisor } = yield* agentsAlone([role, roleNamed("vault")])
      const other = yield* Effect.forkChild(supervisor.submit("vault", task("hang")), { startImmediately: true })
      const begun = yield* Effect.forkChild(Effect.flip(supervisor.submit("aws", task("hang"))), {
        startImmediately: true,
      })
      const bad = yield* Effect.forkChild(Effect.flip(supervisor.submit("aws", task("bomb"))), {
        startImmediately: true,
      })
      yield* settle
      const waits = yield* Effect.forkChild(supervisor.submit("aws", task("counted")), { startImmediately: true })
      yield* Deferred.succeed(gate, undefined)
      yield* settle
      assert.strictEqual((yield* Fiber.join(bad)).code, "agent_crashed")
      assert.match((yield* Fiber.join(begun)).message, /not repeated by itself.*look before you repeat/)
      assert.deepStrictEqual(log, ["leases aws-agent", "token aws-agent"])
      assert.strictEqual((yield* status("aws")).state, "restarting")
      assert.strictEqual(calls, 0)
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(waits))._tag, "Done")
      assert.strictEqual(calls, 1)
      assert.deepInclude(yield* status("aws"), { state: "running", restarts: 1 })
      assert.strictEqual(other.pollUnsafe(), undefined, "others do not notice")
    }),
  )

  it.effect("too often in a row leaves the agent failed until it is started; a quiet while begins the count anew", () =>
    Effect.gen(function* () {
      const { log, status, supervisor } = yield* agentsAlone([roleNamed("aws")])
      const crashOnce = Effect.flip(supervisor.submit("aws", task("crash")))
      yield* crashOnce
      yield* TestClock.adjust("1 second")
      yield* crashOnce
      yield* TestClock.adjust("1999 millis")
      assert.strictEqual((yield* status("aws")).state, "restarting", "the second pause is longer")
      yield* TestClock.adjust("1 millis")
      yield* TestClock.adjust("5 minutes")
      yield* crashOnce
      yield* TestClock.adjust("1 second")
      assert.deepInclude(yield* status("aws"), { state: "running", restarts: 3 })
      yield* crashOnce
      yield* TestClock.adjust("2 seconds")
      const given = log.length
      yield* crashOnce
      yield* TestClock.adjust("1 hour")
      assert.strictEqual((yield* status("aws")).state, "failed")
      assert.strictEqual(log.length - given, 2, "the last crash gives back, too")
      const refused = yield* Effect.flip(supervisor.submit("aws", task("echo")))
      assert.match(refused.message, /crashed too often.*Start it/)
      yield* supervisor.start("aws")
      assert.strictEqual((yield* supervisor.submit("aws", task("echo")))._tag, "Done")
    }),
  )

  it.effect("beside a task that does not let itself be ended waits five seconds for that one, then gives back", () =>
    Effect.gen(function* () {
      const { log, status, supervisor } = yield* agentsAlone([roleNamed("aws", { tools: [deaf, crashing] })])
      yield* anHourLater
      const begun = yield* Effect.forkChild(Effect.flip(supervisor.submit("aws", task("deaf"))), {
        startImmediately: true,
      })
      yield* Effect.flip(supervisor.submit("aws", task("crash")))
      yield* TestClock.adjust("4 seconds")
      assert.deepStrictEqual(log, [])
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(log, ["leases aws-agent", "token aws-agent"])
      assert.strictEqual((yield* Fiber.join(begun)).code, "agent_crashed")
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* status("aws")).state, "running")
    }),
  )

  it.effect("while Vault hangs waits five seconds for it, then begins again all the same", () =>
    Effect.gen(function* () {
      const { status, supervisor } = yield* agentsAlone([roleNamed("aws")], { revoke: () => Effect.never })
      yield* Effect.flip(supervisor.submit("aws", task("crash")))
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual((yield* status("aws")).state, "restarting")
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* status("aws")).state, "running")
    }),
  )
})

describe("stopping", () => {
  it.effect("ends what runs and what waits, each with its own word, gives back, and holds until a start", () =>
    Effect.gen(function* () {
      const { log, status, supervisor } = yield* agentsAlone([roleNamed("aws", { concurrency: 1 })])
      const heard = yield* collect(supervisor)
      const [runs, waits] = [
        yield* Effect.forkChild(Effect.flip(supervisor.submit("aws", task("hang"))), { startImmediately: true }),
        yield* Effect.forkChild(Effect.flip(supervisor.submit("aws", task("hang"))), { startImmediately: true }),
      ]
      yield* settle
      const given = yield* supervisor.stop("aws")
      assert.deepStrictEqual(given, { agent: "aws", leases: [], token: "revoked", left: [] })
      assert.match((yield* Fiber.join(runs)).message, /was stopped at this task.*look before you repeat/)
      assert.match((yield* Fiber.join(waits)).message, /is stopped; nothing was called/)
      assert.deepStrictEqual(log, ["leases aws-agent", "token aws-agent"])
      assert.deepInclude(yield* status("aws"), { state: "stopped", waiting: 0, running: [] })
      yield* settle
      assert.strictEqual(heard.at(-1)?.kind, "stopped")
      assert.strictEqual((yield* Effect.flip(supervisor.submit("aws", task("echo")))).code, "agent_stopped")
      yield* supervisor.start("aws")
      yield* supervisor.start("aws")
      assert.strictEqual((yield* supervisor.submit("aws", task("echo")))._tag, "Done")
    }),
  )

  it.effect("an agent that waits to begin again keeps it stopped", () =>
    Effect.gen(function* () {
      const { status, supervisor } = yield* agentsAlone([roleNamed("aws")])
      yield* Effect.flip(supervisor.submit("aws", task("crash")))
      yield* settle
      yield* supervisor.stop("aws")
      yield* TestClock.adjust("1 hour")
      assert.strictEqual((yield* status("aws")).state, "stopped")
    }),
  )

  it.effect("all takes five seconds at most for a task and for Vault each, and says what is left", () =>
    Effect.gen(function* () {
      const { supervisor } = yield* agentsAlone([roleNamed("aws", { tools: [deaf] }), roleNamed("vault")], {
        release: (principal) => (principal === "aws-agent" ? Effect.never : Effect.succeed("failed")),
      })
      yield* anHourLater
      yield* Effect.forkChild(Effect.exit(supervisor.submit("aws", task("deaf"))), { startImmediately: true })
      yield* settle
      const stopping = yield* Effect.forkChild(supervisor.stopAll, { startImmediately: true })
      yield* TestClock.adjust("5 seconds")
      yield* settle
      assert.strictEqual(stopping.pollUnsafe(), undefined)
      yield* TestClock.adjust("5 seconds")
      const [aws, vault] = yield* Fiber.join(stopping)
      assert.deepStrictEqual(aws?.left, [
        "its leases and its token: Vault did not answer in time, and goes on being asked",
      ])
      assert.deepStrictEqual(vault?.left, ["its token: Vault did not revoke it"])
    }),
  )

  it.effect("ends what ends with the agent, also one that never worked, and waits six seconds for it at most", () =>
    Effect.gen(function* () {
      let ended = 0
      const once = roleNamed("mcp", { ends: Effect.sync(() => void ended++) })
      const { log, supervisor } = yield* agentsAlone([once, roleNamed("aws", { ends: Effect.never })])
      yield* supervisor.stop("mcp")
      assert.strictEqual(ended, 1)
      const stopping = yield* Effect.forkChild(supervisor.stop("aws"), { startImmediately: true })
      yield* TestClock.adjust("6 seconds")
      yield* Fiber.join(stopping)
      assert.deepStrictEqual(log, ["leases mcp-agent", "token mcp-agent", "leases aws-agent", "token aws-agent"])
    }),
  )

  it.effect("goes on when whoever asked for it goes away", () =>
    Effect.gen(function* () {
      const { log, supervisor } = yield* agentsAlone([roleNamed("aws", { tools: [cleaning().slow] })])
      const waiter = yield* Effect.forkChild(Effect.flip(supervisor.submit("aws", task("slow"))), {
        startImmediately: true,
      })
      yield* settle
      const stopping = yield* Effect.forkChild(supervisor.stopAll, { startImmediately: true })
      yield* Fiber.interrupt(stopping)
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual((yield* Fiber.join(waiter)).code, "agent_stopped")
      assert.deepStrictEqual(log, ["leases aws-agent", "token aws-agent"])
    }),
  )

  it.effect("closes the door for all before the first has stopped", () =>
    Effect.gen(function* () {
      const { supervisor } = yield* agentsAlone(two, { revoke: () => Effect.as(Effect.sleep("1 second"), []) })
      yield* Effect.forkChild(supervisor.stopAll, { startImmediately: true })
      for (const { name } of two)
        assert.strictEqual((yield* Effect.flip(supervisor.submit(name, task("echo")))).code, "agent_stopped")
    }),
  )
})

describe("the end of the supervisor", () => {
  it.effect("ends tasks and leaves giving back to the rooms below", () =>
    Effect.gen(function* () {
      const steps: Array<string> = []
      const slow = toolNamed("slow", () =>
        Effect.onInterrupt(Effect.never, () => Effect.sync(() => void steps.push("cleaned"))),
      )
      const scope = yield* Scope.make()
      const { log, supervisor } = yield* Scope.provide(agentsAlone([roleNamed("aws", { tools: [slow] })]), scope)
      const waiter = yield* Effect.forkChild(Effect.exit(supervisor.submit("aws", task("slow"))), {
        startImmediately: true,
      })
      yield* settle
      const before = yield* Clock.currentTimeMillis
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual((yield* Clock.currentTimeMillis) - before, 0)
      assert.deepStrictEqual(steps, ["cleaned"])
      assert.isTrue(Exit.isFailure(yield* Fiber.join(waiter)))
      assert.deepStrictEqual(log, [])
    }),
  )
})
