import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { LONGEST } from "../../../src/cli/shell/Line.ts"
import { makeLines } from "../../../src/cli/shell/PipeTerminal.ts"

describe("lines from a pipe", () => {
  it.effect.prop(
    "are the same however they are cut into pieces",
    { pieces: Schema.Array(Schema.String) },
    ({ pieces }) =>
      Effect.sync(() => {
        const text = pieces.join("").replaceAll("\r", "")
        const lines = makeLines()
        const read = [...pieces.flatMap((piece) => [...lines.add(piece.replaceAll("\r", ""))]), lines.rest()]
        assert.deepStrictEqual(read, text.split("\n"))
      }),
    { arbitrary: { runs: 1000, size: 60 } },
  )

  it("of a line that is too long keep enough for it to be refused, and no more", () => {
    const lines = makeLines()
    for (let i = 0; i < 100; i++) assert.deepStrictEqual(lines.add("x".repeat(10_000)), [])
    const [long, ...rest] = lines.add("\nnext\r\nlast")
    assert.strictEqual(long?.length, LONGEST + 1)
    assert.deepStrictEqual(rest, ["next"])
    assert.strictEqual(lines.rest(), "last")
  })
})
