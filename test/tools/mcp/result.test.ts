/** What a stranger answered, as it is shown. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, Schema } from "effect"
import type { CallAnswer } from "../../../src/fleet/ConnectionModel.ts"
import { foreignTool } from "../../../src/fleet/ForeignTool.ts"
import { Redactor } from "../../../src/guard/Redactor.ts"
import { shownAnswer } from "../../../src/tools/mcp/result.ts"

const tool = (outputSchema?: object) =>
  foreignTool({ name: "t", inputSchema: { type: "object" }, outputSchema }, (text) => text) ?? assert.fail("no tool")

const show = (answer: CallAnswer, outputSchema?: object) =>
  Effect.flatMap(Redactor, (redactor) => shownAnswer(answer, tool(outputSchema), redactor))

const text = (value: string): CallAnswer => ({ content: [{ type: "text", text: value }] })

describe("an answer", () => {
  it.effect("is shown with its texts cleaned and without what is secret, by value and by shape", () =>
    Effect.gen(function* () {
      const { watch } = yield* Redactor
      yield* watch(Redacted.make("a-live-secret"))
      const shown = yield* show({
        content: [
          { type: "text", text: "say a-live-secret and hvs.CAESIJabcdefghijklmnopqrstuvwxyz" },
          { type: "resource", resource: { uri: "x:\u001b[2Ja-live-secret", text: "\u200ba-live-secret" } },
          { type: "resource", resource: { uri: "x:b", mimeType: "image/png", blob: "QUJD" } },
          { type: "resource_link", uri: "u", name: "a-live-secret", description: "\u202ed" },
          { type: "wor\u200bd", text: "unknown kinds are named, not shown: a-live-secret" },
          {},
        ],
        structuredContent: { "a-live-secret": ["a-live-secret", 5, null, { "k\u202ey": "password=hunter2hunter2" }] },
      })
      const whole = JSON.stringify(shown)
      assert.notInclude(whole, "a-live-secret")
      assert.notInclude(whole, "CAESI")
      assert.notInclude(whole, "hunter2")
      assert.notMatch(whole, /[\u200b\u202e]|\\u001b/u)
      assert.deepStrictEqual(shown.content.slice(2), [
        { type: "resource", uri: "x:b", mime_type: "image/png", bytes: 3, data: "QUJD" },
        { type: "resource_link", uri: "u", name: "[redacted]", description: "d" },
        { type: "other", name: "word" },
        { type: "other", name: "" },
      ])
    }).pipe(Effect.provide(Redactor.layer)),
  )

  it.effect("texts share one room, and each cut is told", () =>
    Effect.gen(function* () {
      const shown = yield* show({
        content: [text("a".repeat(30_000)), text("b".repeat(30_000)), text("c")].flatMap(({ content }) => content),
      })
      const lengths = shown.content.map(({ text }) => (typeof text === "string" ? text.length : -1))
      assert.deepStrictEqual(lengths, [30_000, 2768, 0])
      assert.deepStrictEqual(shown.notes, [
        "a text of 30000 characters is cut after 2768",
        "a text of 1 characters is cut after 0",
      ])
      const huge = yield* show(text(`${"\u200b".repeat(1_000_000)}${"x".repeat(1_000_000)}`))
      assert.deepStrictEqual(huge.notes, ["a text of 1000000 characters is cut after 32768"])
    }).pipe(Effect.provide(Redactor.layer)),
  )

  it.effect(
    "data is held against what the tool promised; a lie, an absence and a check that fails change nothing else",
    () =>
      Effect.gen(function* () {
        const promise = { type: "object", properties: { n: { type: "integer" } }, required: ["n"] }
        const honest = yield* show({ ...text('{ "n": 1 }'), structuredContent: { n: 1 } }, promise)
        assert.deepStrictEqual(honest, { is_error: false, content: [], structured: { n: 1 }, notes: [] })
        const lie = yield* show({ ...text("one"), structuredContent: { n: "x" } }, promise)
        assert.deepStrictEqual(lie.structured, { n: "x" })
        assert.match(lie.notes.join(), /not what the tool promises/)
        assert.match((yield* show(text("none"), promise)).notes.join(), /promises structured data and sent none/)
        const failed = yield* show({ ...text("no"), isError: true }, promise)
        assert.deepStrictEqual(failed, { is_error: true, content: [{ type: "text", text: "no" }], notes: [] })
        const odd = yield* show(
          { ...text("x"), structuredContent: { n: 1 } },
          { required: 5, properties: { n: { enum: 5 } } },
        )
        assert.deepStrictEqual(odd.structured, { n: 1 })
      }).pipe(Effect.provide(Redactor.layer)),
  )

  it.effect("data too deep or too large is left out or cut, whatever it is", () =>
    Effect.gen(function* () {
      const deep: unknown = JSON.parse(`${"[".repeat(200_000)}${"]".repeat(200_000)}`)
      const left = yield* show({ ...text("x"), structuredContent: deep })
      assert.notProperty(left, "structured")
      assert.match(left.notes.join(), /left out: nested deeper than 32/)
      const wide = yield* show({
        content: [],
        structuredContent: { list: Array.from({ length: 9000 }, () => "some text") },
      })
      assert.isBelow(JSON.stringify(wide).length, 40_000)
      assert.match(wide.notes.join(), /result\.list has \d+ of 9000 items/)
      const proto: unknown = JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1}')
      const shown = yield* show({ content: [], structuredContent: proto })
      assert.deepStrictEqual(Object.keys(shown.structured as object), ["__proto__", "constructor"])
      assert.notProperty({}, "polluted")
    }).pipe(Effect.provide(Redactor.layer)),
  )

  it.effect.prop(
    "is always JSON of bounded size",
    { content: Schema.Array(Schema.Record(Schema.String, Schema.Json)), data: Schema.Json },
    ({ content, data }) =>
      Effect.gen(function* () {
        // as it came over the wire: without a negative zero
        const structuredContent: unknown = JSON.parse(JSON.stringify(data))
        const shown = yield* show({ content, structuredContent })
        assert.deepStrictEqual(JSON.parse(JSON.stringify(shown)), shown)
        assert.isBelow(JSON.stringify(shown).length, 300_000)
      }).pipe(Effect.provide(Redactor.layer)),
    { arbitrary: { runs: 100, size: 40 } },
  )
})
