import { assert, describe, it } from "@effect/vitest"
import { makeBelow } from "../../../src/cli/shell/Below.ts"

const screen = (columns: number) => {
  const written: Array<string> = []
  return { columns, written, write: (text: string) => written.push(text) }
}

describe("lines below the words", () => {
  it("are erased where they stand, and drawn again below what is said", () => {
    const output = screen(40)
    const below = makeBelow(output)
    below.draw(["one", "two"])
    below.above("said")
    assert.strictEqual(output.written.join(""), "one\ntwo\r\u001b[1A\u001b[Jsaid\none\ntwo")
  })

  it("are erased with the rows they were folded to by a terminal that became narrower", () => {
    const output = screen(40)
    const below = makeBelow(output)
    below.draw(["a".repeat(39), "b"])
    output.columns = 20
    output.written.length = 0
    below.draw([])
    assert.deepStrictEqual(output.written, ["\r\u001b[2A\u001b[J", ""])
  })

  it("are cut to the width", () => {
    const output = screen(30)
    makeBelow(output).draw(["x".repeat(50)])
    assert.deepStrictEqual(output.written, [`${"x".repeat(28)}…`])
  })
})
