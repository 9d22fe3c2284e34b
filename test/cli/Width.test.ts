import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { table } from "../../src/cli/Output.ts"
import { fit, pad, widthOf } from "../../src/cli/Width.ts"
import { printable } from "../../src/core/Text.ts"

const Cells = Schema.Array(Schema.Array(Schema.String))
const Width = Schema.Int.check(Schema.isBetween({ minimum: 20, maximum: 200 }))

describe("the width of text", () => {
  it("counts cells, not characters", () => {
    assert.strictEqual(widthOf("plain"), 5)
    assert.strictEqual(widthOf("日本"), 4)
    assert.strictEqual(widthOf("e\u0301"), 1)
    assert.strictEqual(pad("日", 4), "日  ")
    assert.strictEqual(fit("日本語", 5), "日本…")
    assert.strictEqual(fit("日本語", 4), "日…")
    assert.strictEqual(fit("short", 5), "short")
    assert.strictEqual(fit("x", 0), "")
  })

  it.effect.prop(
    "is never more than it was cut to",
    { text: Schema.String, width: Width },
    ({ text, width }) => Effect.sync(() => assert.isAtMost(widthOf(fit(printable(text), width)), width)),
    { arbitrary: { runs: 1000, size: 1000 } },
  )

  it.effect.prop(
    "of a table is what it was given, where its columns can be that narrow",
    { rows: Cells, width: Width },
    ({ rows, width }) =>
      Effect.sync(() => {
        const clean = rows.map((row) => row.slice(0, 2).map((cell) => printable(cell).replace(/\s/g, " ")))
        const drawn = table(clean, { width })
        for (const line of drawn.split("\n")) assert.isAtMost(widthOf(line), width)
      }),
    { arbitrary: { runs: 1000, size: 20 } },
  )

  it("is taken from the widest column first, and a colour changes nothing of it", () => {
    const rows = [
      ["id", "what it is about", "state"],
      ["1", "a text that is much longer than the others are", "done"],
    ]
    assert.strictEqual(table(rows, { width: 30 }), "id  what it is about     state\n1   a text that is muc…  done")
    const painted = table(rows, {
      width: 30,
      paint: (cell, row, column) => (row === 1 && column === 2 ? `<${cell}>` : cell),
    })
    assert.strictEqual(painted, "id  what it is about     state\n1   a text that is muc…  <done>")
  })
})
