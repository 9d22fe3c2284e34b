import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { TestClock } from "effect/testing"
import { makeEvents } from "../../src/agents/AgentEvent.ts"
import { agentsAlone, CANARY, collect, done, roleNamed, toolNamed } from "../kit/Agents.ts"
import { ToolCall } from "../../src/tools/ToolCall.ts"

describe("events", () => {
  it.effect("are numbered in order whoever tells them at the same time", () =>
    Effect.gen(function* () {
      const events = yield* makeEvents
      const heard: Array<number> = []
      yield* Effect.forkScoped(
        Stream.runForEach(events.stream, ({ seq }) => Effect.sync(() => void heard.push(seq))),
        { startImmediately: true },
      )
      yield* Effect.forEach(
        Array.from({ length: 300 }),
        (_, i) => events.emit(i % 2 === 0 ? "aws" : "vault", { kind: "started" }),
        { concurrency: "unbounded" },
      )
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(
        heard,
        Array.from({ length: 300 }, (_, i) => i + 1),
      )
    }),
  )

  it.effect("never wait for a slow listener, who sees by the gap what it missed; a late one hears the last ones", () =>
    Effect.gen(function* () {
      const events = yield* makeEvents
      const slow: Array<number> = []
      yield* Effect.forkScoped(
        Stream.runForEach(events.stream, ({ seq }) =>
          Effect.andThen(
            Effect.sleep("1 second"),
            Effect.sync(() => void slow.push(seq)),
          ),
        ),
        { startImmediately: true },
      )
      for (let i = 0; i < 5000; i++) yield* events.emit("aws", { kind: "started" })
      const late = yield* Stream.runCollect(Stream.take(events.stream, 128))
      assert.strictEqual(late[0]?.seq, 5000 - 127)
      yield* TestClock.adjust("1 hour")
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(slow.at(-1), 5000)
      assert.isBelow(slow.length, 2500)
      assert.deepStrictEqual(
        slow,
        [...slow].sort((a, b) => a - b),
      )
    }),
  )

  it.effect(
    "of an agent tell its life in order and hold no argument's value, no result and no secret, ever bounded",
    () =>
      Effect.gen(function* () {
        const chatty = toolNamed("chatty", () =>
          Effect.gen(function* () {
            const { progress } = yield* ToolCall
            yield* progress({ progress: 1, message: `${CANARY} ${"x".repeat(10_000)}` })
            return done({ token: CANARY, much: "y".repeat(10_000) })
          }),
        )
        const refusing = toolNamed("refusing", () =>
          Effect.succeed({ _tag: "Failed", text: `no ${CANARY}`, code: `c${"z".repeat(1000)}` }),
        )
        const role = roleNamed("aws", { tools: [...roleNamed("aws").tools, chatty, refusing] })
        const { supervisor } = yield* agentsAlone([role])
        const heard = yield* collect(supervisor)
        const args = {
          content: `value ${CANARY}`,
          [CANARY]: 1,
          ...Object.fromEntries(Array.from({ length: 99 }, (_, i) => [`k${i}`, i])),
        }
        yield* supervisor.submit("aws", { tool: "chatty", args })
        yield* supervisor.submit("aws", { tool: "refusing", args: [] })
        yield* Effect.flip(supervisor.submit("aws", { words: `use ${CANARY}` }))
        yield* Effect.flip(supervisor.submit("aws", { tool: "crash", args: {} }))
        yield* TestClock.adjust("1 second")
        yield* supervisor.stop("aws")
        yield* TestClock.adjust("1 millis")
        assert.deepStrictEqual(
          heard.map((event) => ("task" in event ? `${event.kind} ${event.task}` : event.kind)),
          [
            "started",
            "task 1",
            "call 1",
            "progress 1",
            "result 1",
            "task 2",
            "call 2",
            "result 2",
            "task 3",
            "result 3",
            "task 4",
            "call 4",
            "result 4",
            "crashed",
            "restarted",
            "stopped",
          ],
        )
        assert.deepStrictEqual(
          heard.map(({ seq }) => seq),
          heard.map((_, i) => i + 1),
        )
        assert.deepStrictEqual(
          heard.flatMap((event) => (event.kind === "result" ? [event.outcome] : [])),
          ["done", "failed", "failed", "failed"],
        )
        for (const event of heard) {
          const text = JSON.stringify(event)
          assert.notInclude(text, "canary")
          assert.notInclude(text, "value ")
          assert.isBelow(text.length, 700, event.kind)
        }
      }),
  )
})
