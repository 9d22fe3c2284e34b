/** How a run goes: what waits for what, what is repeated, what a failure stops, and what is taken back. */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Layer } from "effect"
import type { Ended } from "../../src/orchestrator/Engine.ts"
import { RunStore } from "../../src/orchestrator/RunStore.ts"
import { StoreError } from "../../src/orchestrator/WorkflowError.ts"
import type { Work } from "../../src/orchestrator/Worker.ts"
import type { Outcome } from "../../src/tools/Guarded.ts"
import { driven, until } from "../kit/Drive.ts"
import { done, failed, fakeWorker, known, memoryStore, type Options, runText, states } from "../kit/FakeWorker.ts"

const file = (steps: string) => `name: test\ninputs: { names: { default: [a, b, c] } }\nsteps:\n${steps}`
const ACCOUNTS = [
  { account: "main", regions: ["r1", "r2"] },
  { account: "partner", regions: undefined },
]

/** Runs steps with a worker that answers so; gives the end, and what was called. */
const running = (steps: string, answer: (work: Work) => Effect.Effect<Outcome>, options: Options = {}) => {
  const { layer, log } = fakeWorker(answer)
  const inputs = { names: ["a", "b", "c"] }
  return Effect.map(
    Effect.provide(runText(file(steps), { inputs, ...options }), Layer.mergeAll(layer, memoryStore)),
    (ended) => ({ ...ended, log, states: states(ended.units) }),
  )
}

const ok = () => Effect.succeed(done())

describe("a run", () => {
  it.effect("does what waits for nothing at once, and the rest after what it needs", () =>
    Effect.gen(function* () {
      const steps = `
  - { id: last, agent: aws, tool: look, input: { name: last }, needs: [first, other] }
  - { id: first, agent: aws, tool: look, input: { name: first } }
  - { id: other, agent: aws, tool: look, input: { name: other } }`
      const { log, state } = yield* driven(running(steps, () => Effect.delay(ok(), "1 second")))
      assert.strictEqual(state, "succeeded")
      assert.deepStrictEqual(log, ["look first", "look other", "look last"])
    }),
  )

  it.effect("has at most so many units under way, of the run and of a step", () =>
    Effect.gen(function* () {
      let now = 0
      let most = 0
      const answer = () =>
        Effect.sync(() => (most = Math.max(most, ++now))).pipe(
          Effect.andThen(Effect.sleep("1 second")),
          Effect.andThen(Effect.sync(() => now--)),
          Effect.as(done()),
        )
      const each = "forEach: [a, b, c, d, e, f]"
      const step = `  - { id: s, agent: aws, tool: look, ${each}, input: { name: "\${item}" } }`
      yield* driven(running(step, answer, { concurrency: 2 }))
      assert.strictEqual(most, 2)
      most = 0
      const narrow = `  - { id: s, agent: aws, tool: look, ${each}, concurrency: 1, input: { name: "\${item}" } }`
      yield* driven(running(narrow, answer))
      assert.strictEqual(most, 1)
    }),
  )

  it.effect("a narrow step keeps no other step out while its units wait for each other", () =>
    Effect.gen(function* () {
      const steps = `
  - { id: narrow, agent: aws, tool: look, forEach: [a, b, c, d], concurrency: 1, input: { name: "n\${item}" } }
  - { id: wide, agent: aws, tool: look, forEach: [a, b], input: { name: "w\${item}" } }`
      const { log } = yield* driven(running(steps, () => Effect.delay(ok(), "1 second"), { concurrency: 2 }))
      assert.deepStrictEqual(log.slice(0, 4).toSorted(), ["look na", "look nb", "look wa", "look wb"])
    }),
  )

  it.effect("hands results on, whole and within texts, and by JMESPath", () =>
    Effect.gen(function* () {
      const steps = `
  - { id: list, agent: aws, tool: look }
  - { id: one, agent: aws, tool: look, input: { name: "\${steps.list.result.all[1].n}-x" } }
  - { id: long, agent: aws, tool: look, input: { name: "\${length(steps.list.result.all)}", limit: "\${steps.list.result.size}" } }
  - { id: many, agent: aws, tool: look, forEach: "\${steps.list.result.all[].n}", input: { name: "\${item}" } }`
      const seen: Array<unknown> = []
      const { log, state } = yield* running(steps, ({ args }) =>
        Effect.sync(() => {
          seen.push(args["limit"], args["name"])
          return done({ all: [{ n: "p" }, { n: "q" }], size: 7 })
        }),
      )
      assert.strictEqual(state, "succeeded")
      assert.sameMembers(log, ["look", "look q-x", "look 2", "look p", "look q"])
      assert.includeMembers(seen, [7, 2])
    }),
  )

  it.effect("is over accounts and regions; AWS is asked for regions that are not configured", () =>
    Effect.gen(function* () {
      const step = "  - { id: s, agent: aws, tool: look, forEach: { accounts: true, regions: true } }"
      const ended = yield* running(
        step,
        ({ tool }) => Effect.succeed(done(tool === "look" ? {} : { regions: [{ name: "r3" }] })),
        { places: ACCOUNTS },
      )
      assert.deepStrictEqual(ended.states, [
        "(regions)[partner] done",
        "s[main/r1] done",
        "s[main/r2] done",
        "s[partner/r3] done",
      ])
      assert.includeMembers(ended.log, ["look main/r1", "look main/r2", "look partner/r3"])
    }),
  )

  it.effect("takes accounts in turn, so that none waits for the lease of the one before it", () =>
    Effect.gen(function* () {
      const step = "  - { id: s, agent: aws, tool: look, forEach: { accounts: true, regions: true } }"
      const places = [
        { account: "a", regions: ["r1", "r2"] },
        { account: "b", regions: ["r1"] },
        { account: "c", regions: ["r3", "r1", "r2"] },
      ]
      const { log } = yield* driven(
        running(step, () => Effect.delay(Effect.succeed(done({})), "1 second"), { places, concurrency: 2 }),
      )
      assert.deepStrictEqual(log, ["look a/r1", "look b/r1", "look c/r3", "look a/r2", "look c/r1", "look c/r2"])
    }),
  )

  it.effect("an account that hangs or fails delays its own rows alone, also in the steps made for its units", () =>
    Effect.gen(function* () {
      const steps = `
  - { id: list, agent: aws, tool: look, forEach: { accounts: true }, timeout: 1m }
  - { id: each, agent: aws, tool: look, forEach: { units: list, items: result.names }, input: { name: "\${item}" } }`
      const ended = yield* driven(
        running(
          steps,
          ({ args }) => (args["account"] === "partner" ? Effect.never : Effect.succeed(done({ names: ["n"] }))),
          { places: ACCOUNTS, concurrency: 2 },
        ),
      )
      assert.deepStrictEqual(ended.log, ["look main", "look partner", "look n main"])
      assert.deepStrictEqual(ended.states, ["each[main/n] done", "list[main] done", "list[partner] failed"])
      assert.strictEqual(ended.state, "partial")
      const of = (key: string) => ended.units.find((unit) => unit.key === key)
      assert.isBelow(of("each[main/n]")?.endedAt ?? 0, of("list[partner]")?.endedAt ?? 0)
      assert.match(of("list[partner]")?.what ?? "", /no answer within 1m/)
    }),
  )

  it.effect("tries a failed unit again as often as it says, with its pause between", () =>
    Effect.gen(function* () {
      let calls = 0
      const step = "  - { id: s, agent: aws, tool: look, retry: { times: 2, delay: 10s } }"
      const flaky = () => Effect.sync(() => (++calls < 3 ? failed() : done()))
      const ended = yield* driven(running(step, flaky))
      assert.deepInclude(ended.units[0], { state: "done", attempt: 3 })
      const never = yield* driven(running(step, () => Effect.succeed(failed())))
      assert.deepInclude(never.units[0], { state: "failed", attempt: 3, what: "it did not work code=no_luck" })
      assert.strictEqual(never.state, "failed")
    }),
  )

  it.effect("does not try again what asking again does not change", () =>
    Effect.gen(function* () {
      const step = "  - { id: s, agent: aws, tool: look, retry: { times: 3 } }"
      const { log, units } = yield* driven(running(step, () => Effect.succeed(failed("AccessDenied"))))
      assert.deepStrictEqual(log, ["look"])
      assert.deepInclude(units[0], { state: "failed", attempt: 1 })
    }),
  )

  it.effect(
    "never repeats a write whose outcome is unknown: said so, timed out, died, or interrupted from within",
    () =>
      Effect.gen(function* () {
        const step =
          "  - { id: s, agent: aws, tool: change, input: { name: x }, retry: { times: 3, delay: 1s }, timeout: 5s }"
        const answers = [
          () => Effect.succeed(failed("some_code", true)),
          () => Effect.never,
          () => Effect.die(new Error("a bug")),
          () => Effect.interrupt,
        ]
        for (const answer of answers) {
          const { log, states } = yield* driven(running(step, answer))
          assert.deepStrictEqual(states, ["s unknown"])
          assert.deepStrictEqual(log, ["change x"])
        }
      }),
  )

  it.effect("by default goes on after a failure, but not with what needs it; with stop begins nothing more", () =>
    Effect.gen(function* () {
      const steps = (onError: string) => `
  - { id: bad, agent: aws, tool: look, input: { name: bad }, onError: ${onError} }
  - { id: needs, agent: aws, tool: look, input: { name: needs }, needs: [bad] }
  - { id: slow, agent: aws, tool: look, input: { name: slow } }
  - { id: free, agent: aws, tool: look, input: { name: free }, needs: [slow] }`
      const answer = ({ args }: Work) =>
        args["name"] === "bad" ? Effect.delay(Effect.succeed(failed()), "100 millis") : Effect.delay(ok(), "1 second")
      const on = yield* driven(running(steps("continue"), answer))
      assert.deepStrictEqual(on.states, ["bad failed", "free done", "needs blocked", "slow done"])
      assert.match(on.units.find(({ step }) => step === "needs")?.what ?? "", /needs bad/)
      const off = yield* driven(running(steps("stop"), answer))
      assert.deepStrictEqual(off.states, ["bad failed", "free blocked", "needs blocked", "slow done"])
      assert.strictEqual(off.state, "partial")
    }),
  )

  it.effect("leaves out what `when` says, for a step and for each item; what needs it goes on", () =>
    Effect.gen(function* () {
      const steps = `
  - { id: list, agent: aws, tool: look }
  - { id: no, agent: aws, tool: look, when: "steps.list.result.count > \`5\`" }
  - { id: some, agent: aws, tool: look, forEach: [a, b], when: "item == 'b'", input: { name: "\${item}" }, needs: [no] }`
      const { log, state, states } = yield* running(steps, () => Effect.succeed(done({ count: 3 })))
      assert.deepStrictEqual(states, ["list done", "no skipped", "some[a] skipped", "some[b] done"])
      assert.deepStrictEqual(log, ["look", "look b"])
      assert.strictEqual(state, "succeeded")
    }),
  )

  it.effect("a reference without a value and a list that is none are rows that say so", () =>
    Effect.gen(function* () {
      const steps = `
  - { id: list, agent: aws, tool: look }
  - { id: text, agent: aws, tool: look, input: { name: "x-\${steps.list.result.none}" } }
  - { id: each, agent: aws, tool: look, forEach: "\${steps.list.result.none}" }`
      const { states, units } = yield* running(steps, ok)
      assert.deepStrictEqual(states, ["each failed", "list done", "text failed"])
      assert.match(units.find(({ key }) => key === "text")?.what ?? "", /has no value/)
      assert.match(units.find(({ key }) => key === "each")?.what ?? "", /is no list/)
    }),
  )

  it.effect("accounts that hang, two of them, hold up their own rows alone", () =>
    Effect.gen(function* () {
      const regions = ["r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10"]
      const places = ["good", "one", "two"].map((account) => ({ account, regions }))
      const { layer, log } = fakeWorker(({ args }) => (args["account"] === "good" ? ok() : Effect.never))
      const step = "  - { id: s, agent: aws, tool: look, forEach: { accounts: true, regions: true } }"
      yield* Effect.forkChild(
        runText(`name: test\nsteps:\n${step}`, { places, concurrency: 6 }).pipe(Effect.provide(layer)),
      )
      yield* until(() => log.filter((line) => line.startsWith("look good/")).length === regions.length)
    }).pipe(Effect.provide(memoryStore)),
  )

  it.effect("an agent gets no more at once than it works on, whatever the run's concurrency", () =>
    Effect.gen(function* () {
      let [now, most] = [0, 0]
      const answer = () =>
        Effect.gen(function* () {
          most = Math.max(most, ++now)
          yield* Effect.yieldNow
          now--
          return done()
        })
      const items = Array.from({ length: 30 }, (_, i) => i).join(", ")
      const ended = yield* running(`  - { id: s, agent: vault, tool: secret, forEach: [${items}] }`, answer)
      assert.strictEqual(ended.state, "succeeded")
      assert.strictEqual(most, known.atOnce.get("vault"))
    }),
  )

  const listed = `name: test
steps:
  - { id: list, agent: aws, tool: look }
  - { id: each, agent: aws, tool: look, forEach: "\${steps.list.result.all[].id}", input: { name: "\${item}" } }`
  const long = (length: number) => (work: Work) =>
    Effect.succeed(
      done(
        work.args["name"] === undefined
          ? { all: Array.from({ length: 300 }, (_, id) => ({ id: `i${id}`, text: "x".repeat(length) })) }
          : {},
      ),
    )

  it.effect("a result that is too long for the record is whole for the steps of this process", () =>
    Effect.gen(function* () {
      const { layer, log } = fakeWorker(long(400))
      const ended = yield* Effect.provide(runText(listed), layer)
      assert.strictEqual(ended.state, "succeeded")
      assert.strictEqual(log.length, 301)
      const [kept] = (yield* (yield* RunStore).units("run-1")).filter(({ step }) => step === "list")
      assert.isTrue(kept?.cut)
      assert.isBelow(JSON.stringify(kept).length, 66_000)
      assert.match(kept?.what ?? "", /kept in part/)
    }).pipe(Effect.provide(memoryStore)),
  )

  it.effect("nothing goes on with a part as if it were all; what the record has in part is read again", () =>
    Effect.gen(function* () {
      const first = fakeWorker(long(10_000))
      const broken = yield* Effect.provide(runText(listed), first.layer)
      assert.deepStrictEqual(states(broken.units), ["each failed", "list done"])
      assert.match(broken.units.find(({ key }) => key === "each")?.what ?? "", /too long to be kept whole/)
      const second = fakeWorker(long(10))
      const ended = yield* Effect.provide(runText(listed, { again: true }), second.layer)
      assert.strictEqual(ended.units.filter(({ state }) => state === "done").length, 301)
    }).pipe(Effect.provide(memoryStore)),
  )

  it.effect("what a call reveals reaches later steps, and neither the record nor a row nor a unit's name", () =>
    Effect.gen(function* () {
      const shown = { data: { password: "hunter2-canary", code: 774_411_009 }, path: "team/app" }
      const answer = ({ args, tool }: Work): Effect.Effect<Outcome> =>
        Effect.succeed(
          tool === "secret"
            ? { _tag: "Done", value: shown, reveals: true }
            : args["name"] === "bad"
              ? { ...failed(), text: "no hunter2-canary here" }
              : done({ echo: `got ${JSON.stringify(args["name"])}` }),
        )
      const text = `name: test
steps:
  - { id: get, agent: vault, tool: secret, tell: "it is \${result.data.password}" }
  - { id: use, agent: aws, tool: look, input: { name: "\${steps.get.result.data}" }, tell: "\${steps.get.result.data.password}" }
  - { id: bad, agent: aws, tool: look, input: { name: bad }, needs: [get] }
  - { id: each, agent: aws, tool: look, forEach: "\${values(steps.get.result.data)}", input: { name: "\${item}" } }`
      const { layer, log } = fakeWorker(answer)
      const ended = yield* Effect.provide(runText(text), layer)
      assert.include(log, `look ${JSON.stringify(shown.data)}`)
      assert.deepStrictEqual(states(ended.units), ["bad failed", "each failed", "get done", "use done"])
      const kept = yield* (yield* RunStore).units("run-1")
      for (const units of [ended.units, kept]) {
        assert.notMatch(JSON.stringify(units), /canary|774411009/)
        assert.match(JSON.stringify(units.find(({ key }) => key === "use")), /got .*\(revealed value\)/)
        assert.match(units.find(({ key }) => key === "get")?.what ?? "", /not kept/)
        assert.match(units.find(({ key }) => key === "each")?.what ?? "", /is secret/)
      }
      // What is not kept is asked for again.
      const again = fakeWorker(answer)
      yield* Effect.provide(runText(text, { again: true }), again.layer)
      assert.deepStrictEqual(again.log, ["secret", "look bad"])
    }).pipe(Effect.provide(memoryStore)),
  )

  it.effect(
    "changes nothing that cannot be written down before, reads all the same, and is no other run's trouble",
    () =>
      Effect.gen(function* () {
        const full = new StoreError({ reason: "full", words: "database or disk is full" })
        const steps = `
  - { id: read, agent: aws, tool: look, forEach: [a, b], input: { name: "\${item}" } }
  - { id: write, agent: aws, tool: change, forEach: [a, b], input: { name: "\${item}" } }`
        const { layer, log } = fakeWorker(ok)
        const store = yield* RunStore
        const half = RunStore.of({
          ...store,
          put: (units) => (units.some(({ run }) => run === "run-1") ? Effect.fail(full) : store.put(units)),
        })
        const [broken, fine] = yield* Effect.all(
          [runText(file(steps), { run: "run-1" }), runText(file(steps), { run: "run-2" })],
          { concurrency: "unbounded" },
        ).pipe(Effect.provideService(RunStore, half), Effect.provide(layer))
        assert.deepStrictEqual(states(broken.units), [
          "read[a] done",
          "read[b] done",
          "write[a] failed",
          "write[b] failed",
        ])
        assert.match(broken.units.find(({ step }) => step === "write")?.what ?? "", /could not be written down before/)
        assert.strictEqual(fine.state, "succeeded")
        assert.deepStrictEqual(states(yield* store.units("run-2")), states(fine.units))
        assert.deepStrictEqual(yield* store.units("run-1"), [])
        assert.strictEqual(log.filter((line) => line.startsWith("change")).length, 2)
      }).pipe(Effect.provide(memoryStore)),
  )

  it.effect("keeps nothing that has the shape of a secret", () =>
    Effect.gen(function* () {
      const token = "hvs.canary-canary-canary-canary"
      const { units } = yield* running("  - { id: s, agent: vault, tool: secret }", () =>
        Effect.succeed(done({ note: `token ${token}` })),
      )
      assert.notInclude(JSON.stringify(units), "canary")
      assert.include(JSON.stringify(units), "[redacted]")
    }),
  )
})

const UNDONE = `
  - { id: one, agent: aws, tool: change, forEach: [a, b], concurrency: 1, input: { name: "\${item}" },
      undo: { tool: back, input: { name: "\${item}-\${result.was}" } } }
  - { id: two, agent: aws, tool: change, input: { name: c }, needs: [one], undo: { tool: back, input: { name: c } } }
  - { id: three, agent: aws, tool: change, input: { name: hang }, needs: [two], onError: stop }`

/** Each call a moment after the one before, so that the order is told. */
const changing =
  (hang: (work: Work) => Effect.Effect<Outcome>) =>
  (work: Work): Effect.Effect<Outcome> =>
    work.args["name"] === "hang" ? hang(work) : Effect.delay(Effect.succeed(done({ was: 1 })), "1 second")

describe("ending a run", () => {
  it.effect("a failure that stops takes back what was done, the last first", () =>
    Effect.gen(function* () {
      const hang = () => Effect.succeed(failed())
      const { log, state, states } = yield* driven(running(UNDONE, changing(hang), { concurrency: 1 }))
      assert.deepStrictEqual(log.slice(4), ["back c", "back b-1", "back a-1"])
      assert.deepStrictEqual(states, ["one[a] undone", "one[b] undone", "three failed", "two undone"])
      assert.strictEqual(state, "failed")
    }),
  )

  it.effect("an undo that fails says that the change is still there", () =>
    Effect.gen(function* () {
      const answer = (work: Work) =>
        work.tool === "back" ? Effect.succeed(failed("denied")) : changing(() => Effect.succeed(failed()))(work)
      const { units } = yield* driven(running(UNDONE, answer))
      const two = units.find(({ key }) => key === "two")
      assert.strictEqual(two?.state, "not undone")
      assert.match(two?.what ?? "", /back did not take it back: it did not work code=denied/)
    }),
  )

  it.effect("another process's wish to cancel ends what is under way, undoes, and tells what is unknown", () =>
    Effect.gen(function* () {
      const { layer, log } = fakeWorker(changing(() => Effect.never))
      const ended = yield* Effect.gen(function* () {
        const going = yield* Effect.forkChild(runText(`name: test\nsteps:\n${UNDONE}`), { startImmediately: true })
        yield* until(() => log.includes("change hang"))
        const store = yield* RunStore
        assert.isTrue(yield* store.askCancel("run-1"))
        const ended = yield* driven(Fiber.join(going))
        assert.strictEqual((yield* store.get("run-1"))?.state, "cancelled")
        assert.isFalse(yield* store.askCancel("run-1"))
        return ended
      }).pipe(Effect.provide(Layer.mergeAll(layer, memoryStore)))
      assert.strictEqual(ended.state, "cancelled")
      assert.deepStrictEqual(states(ended.units), ["one[a] undone", "one[b] undone", "three unknown", "two undone"])
      assert.deepStrictEqual(log.slice(-3), ["back c", "back b-1", "back a-1"])
    }),
  )

  it.effect("interruption cancels, interrupts what is under way, undoes, and tells the end", () =>
    Effect.gen(function* () {
      const interrupted = yield* Deferred.make<void>()
      const told: Array<Ended> = []
      const hang = () => Effect.onInterrupt(Effect.never, () => Deferred.succeed(interrupted, undefined))
      const quick = (work: Work): Effect.Effect<Outcome> =>
        work.args["name"] === "hang" ? hang() : Effect.succeed(done({ was: 1 }))
      const { layer, log } = fakeWorker(quick)
      const going = yield* Effect.forkChild(
        runText(file(UNDONE), { onInterrupted: (ended) => Effect.sync(() => void told.push(ended)) }).pipe(
          Effect.provide(Layer.mergeAll(layer, memoryStore)),
        ),
        { startImmediately: true },
      )
      yield* until(() => log.includes("change hang"))
      yield* Fiber.interrupt(going)
      assert.isTrue(Exit.isFailure(yield* Fiber.await(going)))
      yield* Deferred.await(interrupted)
      assert.strictEqual(told[0]?.state, "cancelled")
      assert.deepStrictEqual(states(told[0]?.units ?? []), [
        "one[a] undone",
        "one[b] undone",
        "three unknown",
        "two undone",
      ])
    }),
  )

  it.effect("an undo that hangs does not hold an interrupted run beyond its time; its outcome is told as unknown", () =>
    Effect.gen(function* () {
      const told: Array<Ended> = []
      const answer = (work: Work): Effect.Effect<Outcome> =>
        work.tool === "back" || work.args["name"] === "hang" ? Effect.never : Effect.succeed(done({ was: 1 }))
      const { layer, log } = fakeWorker(answer)
      const going = yield* Effect.forkChild(
        runText(file(UNDONE), { onInterrupted: (ended) => Effect.sync(() => void told.push(ended)) }).pipe(
          Effect.provide(Layer.mergeAll(layer, memoryStore)),
        ),
        { startImmediately: true },
      )
      yield* until(() => log.includes("change hang"))
      yield* driven(Fiber.interrupt(going))
      assert.deepStrictEqual(states(told[0]?.units ?? []), [
        "one[a] not undone",
        "one[b] not undone",
        "three unknown",
        "two unknown",
      ])
      const two = told[0]?.units.find(({ key }) => key === "two")
      assert.match(two?.what ?? "", /^done; ended amid taking it back/)
    }),
  )
})

describe("going on with a run", () => {
  it.effect("what stands of a step is not written over when what it needs fails this time, nor done again later", () =>
    Effect.gen(function* () {
      const text = `name: test
steps:
  - { id: lock, agent: aws, tool: change, input: { name: lock }, undo: { tool: back, input: { name: lock } } }
  - { id: write, agent: aws, tool: change, input: { name: write }, needs: [lock] }
  - { id: boom, agent: aws, tool: look, needs: [write], onError: stop }`
      const failing = (tool: string) => (work: Work) => Effect.succeed(work.tool === tool ? failed() : done())
      const first = fakeWorker(failing("look"))
      const one = yield* Effect.provide(runText(text), first.layer)
      assert.deepStrictEqual(states(one.units), ["boom failed", "lock undone", "write done"])
      const second = fakeWorker(failing("change"))
      const two = yield* Effect.provide(runText(text, { again: true }), second.layer)
      assert.deepStrictEqual(second.log, ["change lock", "look"])
      assert.deepStrictEqual(states(two.units), ["boom done", "lock failed", "write done"])
      const third = fakeWorker(failing(""))
      const three = yield* Effect.provide(runText(text, { again: true }), third.layer)
      assert.deepStrictEqual(third.log, ["change lock"])
      assert.strictEqual(three.state, "succeeded")
    }).pipe(Effect.provide(memoryStore)),
  )

  it.effect("a change that could not be taken back is there: what needs it goes on", () =>
    Effect.gen(function* () {
      const text = `name: test
steps:
  - { id: put, agent: aws, tool: change, input: { name: put }, undo: { tool: back, input: { name: put } } }
  - { id: boom, agent: aws, tool: look, needs: [put], onError: stop }
  - { id: next, agent: aws, tool: change, input: { name: next }, needs: [boom] }`
      const first = fakeWorker((work) => Effect.succeed(work.tool === "change" ? done() : failed()))
      const one = yield* Effect.provide(runText(text), first.layer)
      assert.deepStrictEqual(states(one.units), ["boom failed", "next blocked", "put not undone"])
      const second = fakeWorker(ok)
      const two = yield* Effect.provide(runText(text, { again: true }), second.layer)
      assert.deepStrictEqual(second.log, ["look", "change next"])
      assert.deepStrictEqual(states(two.units), ["boom done", "next done", "put done"])
    }).pipe(Effect.provide(memoryStore)),
  )

  it.effect("an undo in doubt is neither called done nor undone, and its change is not repeated unasked", () =>
    Effect.gen(function* () {
      const text = `name: test
steps:
  - { id: put, agent: aws, tool: change, input: { name: put }, undo: { tool: back, input: { name: put } } }
  - { id: boom, agent: aws, tool: look, needs: [put], onError: stop }`
      const first = fakeWorker((work) => Effect.succeed(work.tool === "change" ? done() : failed("x", true)))
      const one = yield* Effect.provide(runText(text), first.layer)
      const put = one.units.find(({ key }) => key === "put")
      assert.strictEqual(put?.state, "unknown")
      assert.match(put?.what ?? "", /^done, and whether back took it back nobody knows/)
      const second = fakeWorker(ok)
      yield* Effect.provide(runText(text, { again: true }), second.layer)
      assert.deepStrictEqual(second.log, [])
    }).pipe(Effect.provide(memoryStore)),
  )

  const steps = `
  - { id: read, agent: aws, tool: look, forEach: [a, b], input: { name: "\${item}" } }
  - { id: write, agent: aws, tool: change, forEach: [a, b], input: { name: "\${item}" }, needs: [read] }`
  const text = `name: test\nsteps:\n${steps}`

  it.effect(
    "after a crash repeats nothing that finished, and no write that had begun; a person may say otherwise",
    () =>
      Effect.gen(function* () {
        const hang = ({ args, tool }: Work) =>
          tool === "change" && args["name"] === "b" ? Effect.never : Effect.succeed(done({ n: 1 }))
        const first = fakeWorker(hang)
        const second = fakeWorker(ok)
        const third = fakeWorker(ok)
        yield* Effect.gen(function* () {
          // The scope of a killed process is not closed: its fiber is left where it is.
          yield* Effect.forkDetach(Effect.provide(runText(text), first.layer), { startImmediately: true })
          yield* until(() => first.log.length === 4)
          assert.sameMembers(first.log, ["look a", "look b", "change a", "change b"])
          const store = yield* RunStore
          const written = Effect.map(store.units("run-1"), (units) => states(units).includes("write[a] done"))
          yield* Effect.repeat(Effect.andThen(Effect.yieldNow, written), { until: (done) => done })
          const again = yield* Effect.provide(runText(text, { again: true }), second.layer)
          assert.deepStrictEqual(second.log, [])
          assert.deepStrictEqual(states(again.units), [
            "read[a] done",
            "read[b] done",
            "write[a] done",
            "write[b] unknown",
          ])
          assert.match(again.units.find(({ key }) => key === "write[b]")?.what ?? "", /--redo write/)
          assert.strictEqual(again.state, "partial")
          const redone = yield* Effect.provide(runText(text, { again: true, redo: ["write"] }), third.layer)
          assert.deepStrictEqual(third.log, ["change b"])
          assert.strictEqual(redone.state, "succeeded")
        }).pipe(Effect.provide(memoryStore))
      }),
  )

  it.effect("after a failure does what failed and what waited for it, with the results of before", () =>
    Effect.gen(function* () {
      const chain = `name: test
steps:
  - { id: list, agent: aws, tool: look, input: { name: list } }
  - { id: use, agent: aws, tool: look, input: { name: "\${steps.list.result.n}" } }
  - { id: after, agent: aws, tool: look, input: { name: after }, needs: [use] }`
      const first = fakeWorker(({ args }) => Effect.succeed(args["name"] === "list" ? done({ n: "seven" }) : failed()))
      const second = fakeWorker(ok)
      yield* Effect.gen(function* () {
        const ended = yield* Effect.provide(runText(chain), first.layer)
        assert.deepStrictEqual(states(ended.units), ["after blocked", "list done", "use failed"])
        const store = yield* RunStore
        yield* store.claim("run-1")
        const again = yield* Effect.provide(runText(chain, { again: true }), second.layer)
        assert.deepStrictEqual(second.log, ["look seven", "look after"])
        assert.strictEqual(again.state, "succeeded")
      }).pipe(Effect.provide(memoryStore))
    }),
  )
})
