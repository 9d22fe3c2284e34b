import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { shownResult } from "../../../src/cli/shell/Show.ts"
import { widthOf } from "../../../src/cli/Width.ts"

describe("a shown result", () => {
  it("of one list is a table, with what else there is below", () => {
    const value = {
      buckets: [
        { name: "a", creation_date: "2026-01-01" },
        { name: "bb", tags: { x: "1", y: "2" } },
      ],
      next_cursor: "c",
    }
    assert.strictEqual(
      shownResult(value, 80),
      ["NAME  CREATION_DATE  TAGS", "a     2026-01-01     –", "bb    –              x=1 y=2", "next_cursor  c"].join(
        "\n",
      ),
    )
  })

  it("of members is a line each, of a list in an object a table below its name", () => {
    const value = { instance: { id: "i-1", groups: [{ id: "sg-1" }], tags: {} }, note: "a\nb\n", none: [], n: null }
    assert.strictEqual(
      shownResult(value, 80),
      [
        "instance",
        "  id  i-1",
        "  groups (1)",
        "    ID",
        "    sg-1",
        "  tags  none",
        "note",
        "a",
        "b",
        "none  none",
        "n  –",
      ].join("\n"),
    )
  })

  it("with more columns than fit is a block for each row", () => {
    const row = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`m${i}`, `value ${i}`]))
    const lines = shownResult({ rows: [row, row] }, 40).split("\n")
    assert.lengthOf(lines, 19)
    assert.strictEqual(lines[0], "m0  value 0")
    assert.include(shownResult({ rows: [row, row] }, undefined), "M0       M1")
  })

  it("is not cut on a terminal with room for it, and lines up within one without", () => {
    const key = `logs/${"k".repeat(80)}`
    assert.include(shownResult({ objects: [{ key, size: 1 }] }, 200), `${key}  1`)
    const members = { ["n".repeat(30)]: "v".repeat(30), short: "v".repeat(30) }
    for (const line of shownResult(members, 54).split("\n")) assert.isAtMost(widthOf(line), 54)
  })

  it("shows nothing that is not seen: no escape reaches the terminal", () => {
    const nasty = "\u001b[2Jgone\u0007 \u202edrow"
    const shown = shownResult(
      { [nasty]: nasty, rows: [{ [nasty]: nasty, deep: { [nasty]: [nasty] } }], block: `${nasty}\n${nasty}` },
      80,
    )
    // oxlint-disable-next-line no-control-regex
    assert.notMatch(shown, /[\u0000-\u0008\u000b-\u001f\u007f\u202e]/)
    assert.include(shown, "gone drow")
  })

  it.effect.prop(
    "fits the width, whatever it is",
    { rows: Schema.Array(Schema.Record(Schema.String, Schema.Json)) },
    ({ rows }) =>
      Effect.sync(() => {
        const plain = rows.map((row, i) => ({
          nth: i,
          ...Object.fromEntries(
            Object.entries(row)
              .slice(0, 3)
              .map(([, value], j) => [`m${j}`, value]),
          ),
        }))
        for (const line of shownResult({ rows: plain }, 60).split("\n")) assert.isAtMost(widthOf(line), 60)
      }),
    { arbitrary: { runs: 1000, size: 10 } },
  )
})
