import { assert, describe, it } from "@effect/vitest"
import { Effect, Result, Schema } from "effect"
import { wordsOf } from "../../../src/cli/shell/Words.ts"

const texts = (line: string) => Result.map(wordsOf(line), (parts) => parts.map((part) => part.map(({ text }) => text)))
const good = (line: string) => Result.getOrThrow(texts(line))

describe("the words of a line", () => {
  it("are parted by blanks, kept together by quotes, and JSON is one word", () => {
    assert.deepStrictEqual(good("  a  b\tc "), [["a", "b", "c"]])
    assert.deepStrictEqual(good(`x name="a b" other='c "d"' e\\ f`), [["x", "name=a b", `other=c "d"`, "e f"]])
    assert.deepStrictEqual(good(`t {"a": [1, "} \\" ]"]} tags=[{"k": "v w"}]`), [
      ["t", `{"a": [1, "} \\" ]"]}`, `tags=[{"k": "v w"}]`],
    ])
    assert.deepStrictEqual(good(`say "a \\"quoted\\" word"`), [["say", `a "quoted" word`]])
    // A bracket within a word is a letter like any other: JMESPath has many.
    assert.deepStrictEqual(good("q query=Buckets[].Name"), [["q", "query=Buckets[].Name"]])
  })

  it("make a task for each side of a lone &", () => {
    assert.deepStrictEqual(good("a b & c &"), [["a", "b"], ["c"], []])
    assert.deepStrictEqual(good("url=x?a=1&b=2"), [["url=x?a=1&b=2"]])
    assert.deepStrictEqual(good(`a "&" b`), [["a", "&", "b"]])
    assert.deepStrictEqual(good(""), [[]])
  })

  it.each([`a "b`, "a 'b", `t {"a": 1`, "t x=[1, 2", `t {"a`])(
    "are refused when something is not closed: %s",
    (line) => {
      const refused = Result.flip(wordsOf(line))
      assert.match(Result.getOrThrow(refused), /is not closed/)
    },
  )

  it.effect.prop(
    "are where they say they are",
    { line: Schema.String },
    ({ line }) =>
      Effect.sync(() => {
        const parts = wordsOf(line)
        if (Result.isFailure(parts)) return
        let last = 0
        for (const { end, start } of parts.success.flat()) {
          assert.isAtLeast(start, last)
          assert.isAbove(end, start)
          assert.isAtMost(end, line.length)
          last = end
        }
      }),
    { arbitrary: { runs: 1000, size: 1000 } },
  )

  const Plain = Schema.String.check(Schema.isPattern(/^[a-z]{1,8}$/))
  it.effect.prop(
    "come back as they were quoted, whatever is in them",
    { name: Plain, value: Schema.String },
    ({ name, value }) =>
      Effect.sync(() => {
        const quoted = `"${value.replace(/["\\]/g, "\\$&")}"`
        assert.deepStrictEqual(good(`${name} ${name}=${quoted}`), [[name, `${name}=${value}`]])
      }),
    { arbitrary: { runs: 1000, size: 1000 } },
  )
})
