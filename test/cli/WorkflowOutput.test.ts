/** What a person reads at the end of a run: a row per unit in one line each, and what can be done next. */
import { assert, describe, it } from "@effect/vitest"
import { asJson, asTable, summary } from "../../src/cli/WorkflowOutput.ts"
import type { Unit } from "../../src/orchestrator/RunModel.ts"
import { unit } from "../kit/Units.ts"

describe("the end of a run", () => {
  it("is a table in the order of steps, accounts and regions, with one line for what came of each", () => {
    const rows = asTable([
      unit({ step: "list", account: "b", region: "r1", result: { buckets: [1, 2], next_cursor: "x" } }),
      unit({ step: "use", item: "i-1", result: { instance_id: "i-1", state: "stopped" }, endedAt: 2500 }),
      unit({ step: "list", account: "a", region: "r2", state: "failed", what: "two\nlines \u001b[31mred" }),
      unit({ step: "use", item: { deep: 1 }, state: "blocked", attempt: 0, what: "not begun" }),
    ]).split("\n")
    assert.deepStrictEqual(
      rows.map((row) => row.replace(/ {2,}/g, "|")),
      [
        "STEP|ACCOUNT|REGION|STATE|TOOK|WHAT",
        "list|a|r2|failed|120 ms|two\nlines red".replace("\n", " "),
        "list|b|r1|done|120 ms|2 buckets",
        "use|–|–|done|2.5 s|i-1: instance_id=i-1 state=stopped",
        "use|–|–|blocked|–|not begun",
      ],
    )
  })

  it("counts what was found, one of it in the singular", () => {
    const what = (result: Unit["result"]) =>
      asTable([unit({ result })])
        .split("\n")[1]
        ?.replace(/.*ms\s+/, "")
    assert.strictEqual(what({ vpcs: [1] }), "1 vpc")
    assert.strictEqual(what({ vpcs: [] }), "0 vpcs")
    assert.strictEqual(what({ policies: [1], addresses: [1], access: [1] }), "1 policy, 1 address, 1 access")
    assert.strictEqual(what({ policies: [1, 2] }), "2 policies")
  })

  it("says how to go on when it is not done, and asks to look before a write is done again", () => {
    const good = summary({ id: "r", recorded: true, state: "succeeded", units: [unit({})] })
    assert.strictEqual(good, "run r succeeded: 1 done")
    const units = [unit({}), unit({ step: "w", state: "unknown" }), unit({ state: "failed" })]
    const bad = summary({ id: "r", recorded: true, state: "partial", units })
    assert.match(bad, /^run r partial: 1 done, 1 unknown, 1 failed\n.*--resume r.*unless you looked and add --redo w/)
    assert.include(summary({ id: "r", recorded: true, state: "partial", units }, "/run"), "`/run --resume r` goes on")
    assert.notInclude(summary({ id: "r", state: "partial", units, recorded: false }), "--resume")
    assert.include(summary({ id: "r", recorded: true, state: "succeeded", units: [] }), "nothing to do")
  })

  it("is one line of JSON for programs", () => {
    const text = asJson({ id: "r", name: "n", state: "partial" }, [unit({ cut: true, result: { a: 1 } })])
    assert.notInclude(text, "\n")
    const [first] = (JSON.parse(text) as { readonly units: ReadonlyArray<object> }).units
    assert.deepInclude(first, { unit: "k", state: "done", took_ms: 120, result_is_cut: true })
  })
})
