import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { makeLines, makeMeter } from "../../src/fleet/Meter.ts"
import { makeStderr } from "../../src/fleet/Stderr.ts"

describe("lines", () => {
  it.effect.prop(
    "come out whole however the stream is cut",
    { lines: Schema.Array(Schema.String), cuts: Schema.Array(Schema.Int) },
    ({ cuts, lines }) =>
      Effect.sync(() => {
        const clean = lines.map((line) => line.toWellFormed().replace(/[\r\n]/g, ""))
        const bytes = Buffer.from(clean.map((line) => `${line}\n`).join(""))
        const push = makeLines()
        const found: Array<string> = []
        let from = 0
        for (const cut of [...cuts.map((n) => Math.abs(n) % 7), bytes.length]) {
          found.push(...(push(bytes.subarray(from, from + cut)) ?? assert.fail("too long")))
          from += cut
        }
        assert.deepStrictEqual(found, clean)
      }),
    { arbitrary: { runs: 500, size: 60 } },
  )

  it("one that is too long is refused, in one piece or in many, and with what is before it", () => {
    assert.isUndefined(makeLines(10)(Buffer.from("12345678901")))
    assert.isUndefined(makeLines(10)(Buffer.from("12345678901\n")))
    const push = makeLines(10)
    assert.deepStrictEqual(push(Buffer.from("a\r\n12345")), ["a"])
    assert.deepStrictEqual(push(Buffer.from("67890\n")), ["1234567890"])
    assert.deepStrictEqual(push(Buffer.from("12345")), [])
    assert.isUndefined(push(Buffer.from("678901")))
  })
})

describe("the meter", () => {
  const until = (limit: number, count: () => string | undefined) => {
    for (let i = 1; i <= limit; i++) assert.isUndefined(count())
    return count() ?? assert.fail("no limit")
  }

  it("counts between two answers that were waited for", () => {
    const meter = makeMeter()
    assert.match(until(1000, meter.garbage), /1000 lines/)
    meter.answered()
    assert.match(until(10_000, meter.message), /10000 messages/)
    meter.answered()
    assert.match(
      until(64, () => meter.bytes(1024 * 1024)),
      /64 MiB/,
    )
    assert.strictEqual(meter.garbageSeen(), 1001, "since the beginning")
  })
})

describe("stderr", () => {
  it("is told in whole lines, without what is too long, and not without end", () => {
    const told: Array<string> = []
    const hear = makeStderr((line) => void told.push(line))
    hear(Buffer.from("one\n\ntwo, in "))
    hear(Buffer.from("two pieces\n"))
    for (let i = 0; i < 10; i++) hear(Buffer.from("x".repeat(1000)))
    hear(Buffer.from("end of the long one\nthree\n"))
    assert.deepStrictEqual(told, ["one", "two, in two pieces", "three"])
    for (let i = 0; i < 100_000; i++) hear(Buffer.from("flood\n"))
    assert.strictEqual(told.at(-1), "(no more of it is told)")
    assert.isBelow(told.join("\n").length, 300_000)
  })
})
