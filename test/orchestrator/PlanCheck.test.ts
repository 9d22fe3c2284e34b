/** What is refused before anything runs, all at once, and on which line. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { ROSTER } from "../../src/agents/Roster.ts"
import { LIBRARY } from "../../src/orchestrator/Library.ts"
import { knownOf } from "../../src/orchestrator/Known.ts"
import { checkPlan } from "../../src/orchestrator/PlanCheck.ts"
import { readPlan } from "../../src/orchestrator/PlanFile.ts"
import { PlanInvalid } from "../../src/orchestrator/WorkflowError.ts"
import { known } from "../kit/FakeWorker.ts"

const check = Effect.fnUntraced(function* (text: string) {
  const source = yield* Effect.fromResult(readPlan("f.yaml", text))
  return yield* checkPlan(source, known)
})

/** The problems of a text, as `line: words`. */
const problems = (text: string) =>
  Effect.map(Effect.flip(check(text)), (error) => error.problems.map(({ line, what }) => `${line}: ${what}`))

const HEAD = "name: test\ninputs:\n  who: {}\nsteps:\n"

/** Lines after HEAD's four, and what is said of them. */
const BAD: ReadonlyArray<readonly [name: string, lines: string, says: ReadonlyArray<RegExp>]> = [
  [
    "an unknown key",
    "  - id: a\n    agent: aws\n    tool: look\n    tols: look",
    [/^8: steps\[0\]\.tols: is not known here/],
  ],
  ["a missing tool", "  - id: a\n    agent: aws", [/^5: steps\[0\]\.tool: is required/]],
  ["a bad id", "  - id: A-b\n    agent: aws\n    tool: look", [/^5: steps\[0\]\.id: expected lower case/]],
  [
    "a bad length of time",
    "  - { id: a, agent: aws, tool: look,\n      timeout: soon }",
    [/^6: steps\[0\]\.timeout: expected a length of time/],
  ],
  [
    "a step twice",
    "  - { id: a, agent: aws, tool: look }\n  - { id: a, agent: aws, tool: look }",
    [/^6: the step a is there twice/],
  ],
  ["an unknown tool", "  - id: a\n    agent: aws\n    tool: lok", [/^7: there is no tool "lok", did you mean look\?/]],
  [
    "an unknown agent",
    "  - id: a\n    agent: asw\n    tool: look",
    [/^6: there is no agent "asw", did you mean aws\?/],
  ],
  ["another agent's tool", "  - id: a\n    agent: vault\n    tool: look", [/^7: look is no tool of the agent vault/]],
  [
    "an unknown argument",
    "  - id: a\n    agent: aws\n    tool: look\n    input:\n      limt: 5",
    [/^9: limt is not an argument of look, did you mean limit\?/],
  ],
  [
    "an argument of another type",
    "  - id: a\n    agent: aws\n    tool: look\n    input:\n      limit: five",
    [/^9: limit: expected number, got string/],
  ],
  ["a missing argument", "  - id: a\n    agent: aws\n    tool: change", [/^7: change needs the argument name/]],
  [
    "an undo that cannot be",
    "  - id: a\n    agent: aws\n    tool: look\n    undo:\n      tool: bak",
    [/^9: there is no tool "bak", did you mean back\?/],
  ],
  ["an unknown need", "  - id: a\n    agent: aws\n    tool: look\n    needs:\n      - b", [/^9: there is no step "b"/]],
  [
    "an unknown step in a reference",
    "  - id: list\n    agent: aws\n    tool: look\n    input: { name: '${steps.lst.result.x}' }",
    [/^8: there is no step "lst", did you mean list\?/],
  ],
  [
    "an unknown step in JMESPath",
    "  - id: list\n    agent: aws\n    tool: look\n    when: length(steps.lst.result) > `1`",
    [/^8: there is no step "lst", did you mean list\?/],
  ],
  [
    "an unknown input",
    "  - id: a\n    agent: aws\n    tool: look\n    input:\n      name: x-${inputs.whom}",
    [/^9: there is no input "whom", did you mean who\?/],
  ],
  [
    "an unknown root",
    "  - id: a\n    agent: aws\n    tool: look\n    input: { name: '${env.HOME}' }",
    [/^8: there is no reference "env"/],
  ],
  [
    "an unknown root in JMESPath",
    `  - id: a\n    agent: aws\n    tool: look\n    when: "regoin == 'eu-west-1' || step.b.state == 'done'"`,
    [/^8: there is no reference "regoin"/, /^8: there is no reference "step"/],
  ],
  [
    "an unknown step in JMESPath, however it is written",
    `  - id: a\n    agent: aws\n    tool: look\n    when: '@.steps.nope.results || steps."gone".state || keys(steps)'`,
    [/^8: there is no step "nope"/, /^8: there is no step "gone"/, /^8: names no step/],
  ],
  [
    "item without forEach, in JMESPath",
    "  - id: a\n    agent: aws\n    tool: look\n    when: \"item.x == 'a'\"",
    [/^8: item needs forEach/],
  ],
  [
    "a name that is there twice",
    "  - id: a\n    agent: aws\n    tool: look\n    agent: aws",
    [/^8: not YAML: agent is there twice/],
  ],
  [
    "item without forEach",
    "  - id: a\n    agent: aws\n    tool: look\n    input: { name: '${item}' }",
    [/^8: item needs forEach/],
  ],
  [
    "a reference that is not closed",
    "  - id: a\n    agent: aws\n    tool: look\n    input: { name: '${item' }",
    [/^8: a \$\{ is not closed/],
  ],
  ["a wrong JMESPath", "  - id: a\n    agent: aws\n    tool: look\n    when: 'inputs.who['", [/^8: not JMESPath/]],
  [
    "one result of many",
    "  - { id: a, agent: aws, tool: look, forEach: [1, 2] }\n  - { id: b, agent: aws, tool: look,\n      input: { name: '${steps.a.result.x}' } }",
    [/^7: a has forEach: its results are a list/],
  ],
  [
    "a step that refers to itself",
    "  - id: a\n    agent: aws\n    tool: look\n    input: { name: '${steps.a.result}' }",
    [/^8: a refers to itself/],
  ],
  [
    "forEach of nothing",
    "  - id: a\n    agent: aws\n    tool: look\n    forEach: {}",
    [/^8: names accounts, regions, or units/],
  ],
  [
    "items without units",
    "  - id: a\n    agent: aws\n    tool: look\n    forEach: { accounts: true,\n      items: x }",
    [/^9: goes with units/],
  ],
  [
    "items of something that a unit does not have",
    "  - { id: b, agent: aws, tool: look }\n  - id: a\n    agent: aws\n    tool: look\n    forEach:\n      units: b\n      items: reslut.buckets[].name || steps.b.result",
    [/^11: there is no reference "reslut", did you mean "?result/, /^11: there is no reference "steps"/],
  ],
  [
    "forEach over plain words",
    "  - id: a\n    agent: aws\n    tool: look\n    forEach: words",
    [/^8: is a list, or one reference/],
  ],
  [
    "a cycle",
    "  - { id: a, agent: aws, tool: look, needs: [c] }\n  - { id: b, agent: aws, tool: look, needs: [a] }\n  - { id: c, agent: aws, tool: look, when: steps.b.state }",
    [/^5: steps wait for each other: a → c → b → a/],
  ],
  [
    "a step that waits for its own units",
    "  - { id: a, agent: aws, tool: look, forEach: { units: a } }",
    [/^5: steps wait for each other: a → a/],
  ],
  [
    "several at once, in order of lines",
    "  - id: a\n    agent: asw\n    tool: lok\n    needs: [z]",
    [/^6: there is no agent/, /^7: there is no tool/, /^8: there is no step "z"/],
  ],
]

describe("a workflow file is refused for", () => {
  it.effect.each(BAD)("%s", ([, lines, says]) =>
    Effect.gen(function* () {
      const told = yield* problems(`${HEAD}${lines}`)
      assert.strictEqual(told.length, says.length, told.join("\n"))
      for (const [i, one] of says.entries()) assert.match(told[i] ?? "", one)
    }),
  )

  it.effect("text that is no YAML, with the line of it", () =>
    Effect.gen(function* () {
      assert.match((yield* problems("name: test\nsteps: [\n  - }"))[0] ?? "", /^3: not YAML/)
      assert.match((yield* problems("just words"))[0] ?? "", /^1: the file: expected object/i)
      assert.match((yield* problems(""))[0] ?? "", /^1: the file/)
    }),
  )

  it.effect("its size, its depth and aliases that multiply, without working on them", () =>
    Effect.gen(function* () {
      assert.match((yield* problems(`name: ${"x".repeat(300_000)}`))[0] ?? "", /at most 256 KiB/)
      assert.match((yield* problems(`name: ${"[".repeat(500)}${"]".repeat(500)}`))[0] ?? "", /deeper than 40 levels/)
      const laughs = Array.from({ length: 9 }, (_, i) => `l${i + 1}: &l${i + 1} [${`*l${i},`.repeat(9)}]`).join("\n")
      assert.match((yield* problems(`l0: &l0 [x,x]\n${laughs}`))[0] ?? "", /not YAML.*alias/i)
    }),
  )
})

describe("a workflow file", () => {
  it.effect("may be JSON, and tells lines all the same", () =>
    Effect.gen(function* () {
      const text = JSON.stringify({ name: "j", steps: [{ id: "a", agent: "aws", tool: "lok" }] }, undefined, 1)
      assert.match((yield* problems(text))[0] ?? "", /^7: there is no tool "lok"/)
      const steps = yield* check(text.replace("lok", "look"))
      assert.deepStrictEqual(
        steps.map(({ id }) => id),
        ["a"],
      )
    }),
  )

  it.effect("waits for a step that only JMESPath refers to", () =>
    Effect.gen(function* () {
      const steps = yield* check(
        `${HEAD}  - { id: b, agent: aws, tool: look, when: '@."steps".a.state' }\n  - { id: a, agent: aws, tool: look }`,
      )
      assert.deepStrictEqual(
        steps.map(({ id }) => id),
        ["a", "b"],
      )
    }),
  )

  it.effect("may say where its schema is", () =>
    Effect.gen(function* () {
      const text = { $schema: "x", name: "j", steps: [{ id: "a", agent: "aws", tool: "look" }] }
      assert.lengthOf(yield* check(JSON.stringify(text)), 1)
    }),
  )

  it.effect("gives its steps in an order in which each comes after what it refers to", () =>
    Effect.gen(function* () {
      const steps = yield* check(
        `${HEAD}  - { id: c, agent: aws, tool: look, forEach: { units: b } }\n  - { id: b, agent: aws, tool: look, input: { name: "\${steps.a.result.x}" } }\n  - { id: a, agent: aws, tool: look }`,
      )
      assert.deepStrictEqual(
        steps.map(({ id }) => id),
        ["a", "b", "c"],
      )
    }),
  )

  it.effect("is refused with the file's name and every line in its message", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(check(`${HEAD}  - id: a\n    agent: asw\n    tool: lok`))
      assert.instanceOf(error, PlanInvalid)
      assert.match(error.message, /^The workflow is not run.*\nf\.yaml:6: .*\nf\.yaml:7: /)
    }),
  )

  it.effect("that is shipped is sound against the real agents and their tools", () =>
    Effect.gen(function* () {
      assert.sameMembers([...LIBRARY.keys()], ["inventory", "public-buckets", "rotate-verify", "stop-tagged"])
      for (const [name, text] of LIBRARY) {
        const source = yield* Effect.fromResult(readPlan(name, text))
        assert.strictEqual(source.workflow.name, name)
        yield* checkPlan(source, knownOf(ROSTER))
      }
    }),
  )

  it.effect.prop(
    "never breaks its reader, whatever is in it",
    { text: Schema.String },
    ({ text }) =>
      Effect.sync(() => {
        const read = readPlan("f.yaml", `name: test\nsteps:\n  - ${text}`)
        if (read._tag === "Failure") for (const { line } of read.failure.problems) assert.isAtLeast(line, 1)
      }),
    { arbitrary: { runs: 1000, size: 1000 } },
  )
})
