import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { clip, nearest, oneLine, printable } from "../../src/core/Text.ts"

const real = { arbitrary: { runs: 1000, size: 1000 } }

describe("Text", () => {
  it("takes out what is not seen and keeps what is", () => {
    assert.strictEqual(printable("a\u001b[31mred\u001b[0m\u202eb\u200bc\u0000\u{e0041}d\n\té日本"), "aredbcd\n\té日本")
  })

  it.effect.prop(
    "a cut text holds the beginning, no half character, and how much is missing",
    { text: Schema.String, max: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 500 })) },
    ({ max, text }) =>
      Effect.sync(() => {
        const cut = clip(text, max)
        if (text.length <= max) assert.strictEqual(cut, text)
        else {
          const kept = text.length - Number(/… \((\d+) more characters\)$/.exec(cut)?.[1])
          assert.isAtMost(kept, max)
          assert.strictEqual(cut.slice(0, kept), text.slice(0, kept))
        }
      }),
    real,
  )

  it.effect.prop(
    "one line is one line",
    { text: Schema.String },
    ({ text }) => Effect.sync(() => assert.notMatch(oneLine(text), /[\r\n]/)),
    real,
  )

  it("guesses slips of the hand and nothing else", () => {
    const known = ["ListTables", "DescribeTable", "PutItem"]
    assert.strictEqual(nearest("ListTabels", known), "ListTables")
    assert.strictEqual(nearest("puttitem", known), "PutItem")
    assert.isUndefined(nearest("SendMessage", known))
  })
})
