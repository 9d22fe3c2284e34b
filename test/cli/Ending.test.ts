import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { codeAfter, type Course, hear, kindOf, type Reason, reasonOfWrite, type Step } from "../../src/cli/Ending.ts"

const REASONS: ReadonlyArray<Reason> = [
  "end of input",
  "SIGINT",
  "SIGTERM",
  "SIGHUP",
  "closed output",
  "lost output",
  "crash",
]

/** What becomes of reasons that come one after the other, so many milliseconds apart. */
const heard = (kind: "server" | "command", reasons: ReadonlyArray<readonly [Reason, number]>): ReadonlyArray<Step> => {
  const steps: Array<Step> = []
  let course: Course | undefined
  let at = 1000
  for (const [reason, later] of reasons) {
    at += later
    const step = hear(kind, course, reason, at)
    steps.push(step)
    if (step._tag === "end now") break
    course = step.course
  }
  return steps
}

const tags = (steps: ReadonlyArray<Step>) => steps.map(({ _tag }) => _tag)
const Sequence = Schema.Array(
  Schema.Tuple([Schema.Literals(REASONS), Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 5000 }))]),
).check(Schema.isMaxLength(12))

describe("Ending", () => {
  it("a server that is not wanted any more ends with 0, one that is broken with 1", () => {
    assert.deepStrictEqual(
      REASONS.map((reason) => codeAfter("server", reason)),
      [0, 0, 0, 0, 0, 1, 1],
    )
  })

  it("a command says what broke it off, as shells do", () => {
    assert.deepStrictEqual(
      REASONS.map((reason) => codeAfter("command", reason)),
      [0, 130, 143, 129, 141, 1, 1],
    )
  })

  it("the second SIGINT ends a command at once, with the code of SIGINT whatever came first", () => {
    assert.deepStrictEqual(
      heard("command", [
        ["SIGINT", 0],
        ["SIGINT", 300],
      ]).at(-1),
      { _tag: "end now", code: 130 },
    )
    const hasty = heard("command", [
      ["SIGTERM", 0],
      ["SIGINT", 300],
      ["SIGINT", 300],
    ])
    assert.deepStrictEqual(tags(hasty), ["begin", "go on", "end now"])
    assert.deepStrictEqual(hasty.at(-1), { _tag: "end now", code: 130 })
  })

  it("the same Ctrl-C passed on by npm is no second one, nor are other signals", () => {
    const once = heard("command", [
      ["SIGINT", 0],
      ["SIGINT", 5],
      ["SIGINT", 44],
      ["SIGTERM", 400],
      ["SIGHUP", 1],
    ])
    assert.deepStrictEqual(tags(once), ["begin", "go on", "go on", "go on", "go on"])
    assert.deepStrictEqual(
      tags(
        heard("command", [
          ["SIGINT", 0],
          ["SIGINT", 49],
          ["SIGINT", 1],
        ]),
      ),
      ["begin", "go on", "end now"],
    )
  })

  it.effect.prop(
    "the first reason decides the code, and a server ends once, in its own time",
    { sequence: Sequence },
    ({ sequence }) =>
      Effect.sync(() => {
        const [first] = sequence
        if (first === undefined) return
        const steps = heard("server", sequence)
        assert.deepStrictEqual(tags(steps), ["begin", ...Array(sequence.length - 1).fill("go on")])
        for (const step of steps)
          if (step._tag !== "end now") assert.strictEqual(step.course.code, codeAfter("server", first[0]))
      }),
    { arbitrary: { runs: 1000, size: 1000 } },
  )

  it.effect.prop(
    "a command begins to end once, and is cut short by nothing but a SIGINT that follows another",
    { sequence: Sequence },
    ({ sequence }) =>
      Effect.sync(() => {
        const steps = heard("command", sequence)
        assert.isAtMost(tags(steps).filter((tag) => tag === "begin").length, 1)
        const cut = tags(steps).indexOf("end now")
        if (cut < 0) return
        const before = sequence.slice(0, cut + 1).filter(([reason]) => reason === "SIGINT")
        assert.isAtLeast(before.length, 2)
        assert.strictEqual(sequence[cut]?.[0], "SIGINT")
      }),
    { arbitrary: { runs: 1000, size: 1000 } },
  )

  it("a reader or a terminal that is gone is told from a disk that is full", () => {
    for (const terminal of [true, false]) {
      const reasons = ["EPIPE", "ECONNRESET", "ENOSPC", "EBADF", undefined].map((code) => reasonOfWrite(code, terminal))
      assert.deepStrictEqual(reasons, [
        "closed output",
        "closed output",
        "lost output",
        "lost output",
        "lost output",
      ] as const)
    }
    assert.strictEqual(reasonOfWrite("EIO", true), "SIGHUP")
    assert.strictEqual(reasonOfWrite("EIO", false), "lost output")
  })

  it("knows a server by its words before anything is loaded", () => {
    const terminal = () => false
    const servers = [["serve"], ["serve", "--sandbox"], ["--sandbox", "serve"], ["--aws-region", "eu-west-1", "serve"]]
    const commands = [[], ["call", "serve"], ["--help"], ["tools"], ["sandbox", "--json"]]
    for (const words of servers) assert.strictEqual(kindOf(words, terminal), "server", words.join(" "))
    for (const words of commands) assert.strictEqual(kindOf(words, terminal), "command", words.join(" "))
    assert.strictEqual(
      kindOf([], () => true),
      "server",
    )
    assert.strictEqual(
      kindOf(["tools"], () => true),
      "command",
    )
  })
})
