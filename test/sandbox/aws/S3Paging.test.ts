import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { afterToken, compareKeys, foldPage, tokenOf, urlEncodeName } from "../../../src/sandbox/aws/S3Paging.ts"

const Key = Schema.String.check(Schema.isPattern(/^[ab/]{1,6}$/))

const page = (keys: ReadonlyArray<string>, after: string, delimiter: string, max: number) =>
  foldPage(
    keys.filter((key) => after === "" || compareKeys(key, after) > 0).map((key) => ({ key })),
    { prefix: "", delimiter, max, shown: after },
  )

describe("S3Paging", () => {
  it.effect.prop(
    "pages of any size add up to the whole list, each entry once",
    { keys: Schema.Array(Key), max: Schema.Literals([1, 2, 3]), delimiter: Schema.Literals(["", "/"]) },
    ({ keys, max, delimiter }) =>
      Effect.sync(() => {
        const sorted = [...new Set(keys)].sort(compareKeys)
        const whole = page(sorted, "", delimiter, 1000)
        const seen: Array<string> = []
        let after: string | undefined = ""
        while (after !== undefined) {
          const one = page(sorted, after, delimiter, max)
          const entries = [...one.items.map(({ key }) => key), ...one.prefixes]
          assert.isAtMost(entries.length, max)
          assert.isAbove(entries.length, sorted.length === 0 ? -1 : 0, "a page that shows nothing")
          seen.push(...entries)
          assert.isAtMost(seen.length, sorted.length, "pages that never end")
          after = typeof one.last === "object" ? one.last.key : one.last
        }
        assert.deepStrictEqual(
          [...seen].sort(compareKeys),
          [...whole.items.map(({ key }) => key), ...whole.prefixes].sort(compareKeys),
        )
      }),
    { arbitrary: { runs: 500, size: 30 } },
  )

  it("folds keys that share a prefix up to the delimiter, and only behind the prefix asked for", () => {
    const keys = ["a/b/1", "a/b/2", "a/c", "b"].map((key) => ({ key }))
    const folded = foldPage(keys, { prefix: "a/", delimiter: "/", max: 10, shown: "" })
    assert.deepStrictEqual(folded, { items: [{ key: "a/c" }], prefixes: ["a/b/"], last: undefined })
  })

  it("does not call an empty page truncated", () => {
    assert.isUndefined(foldPage([{ key: "a" }], { prefix: "", delimiter: "", max: 0, shown: "" }).last)
  })

  it("orders keys by their bytes, not by JavaScript's code units", () => {
    // U+FF5E is EF BD 9E and comes before U+1F600, F0 9F 98 80; as code units it is the other way round.
    assert.deepStrictEqual(["\u{1F600}", "\uFF5E"].sort(compareKeys), ["\uFF5E", "\u{1F600}"])
  })

  it.effect.prop(
    "what encoding-type=url writes is plain ASCII, and a form decoder reads it back",
    { name: Schema.String },
    ({ name }) =>
      Effect.sync(() => {
        const encoded = urlEncodeName(name)
        assert.match(encoded, /^[\w.*+/%-]*$/)
        assert.strictEqual(decodeURIComponent(encoded.replaceAll("+", " ")), name.toWellFormed())
      }),
    { arbitrary: { runs: 1000, size: 200 } },
  )

  it.effect.prop("tokens are read back, and others are not taken for tokens", { after: Schema.String }, ({ after }) =>
    Effect.sync(() => {
      assert.strictEqual(afterToken(tokenOf(after.toWellFormed())), after.toWellFormed())
      assert.isUndefined(afterToken(`${tokenOf(after)}!`))
      assert.isUndefined(afterToken("made-up"))
    }),
  )
})
