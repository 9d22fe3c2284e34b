import { assert, describe, it } from "@effect/vitest"
import { Effect, Result, Schema } from "effect"
import type { Fault } from "../../../src/sandbox/Faults.ts"
import { faultRows, parseFault } from "../../../src/sandbox/faults/Grammar.ts"
import { NAMES } from "../../../src/sandbox/faults/Names.ts"
import { wireRequest } from "../../kit/SignedAws.ts"

const good = (text: string): ReadonlyArray<Fault> => {
  const parsed = parseFault(text)
  return Result.isSuccess(parsed) ? parsed.success : assert.fail(parsed.failure)
}
const one = (text: string): Fault => good(text)[0] ?? assert.fail("no fault")
const bad = (text: string): string => {
  const parsed = parseFault(text)
  return Result.isFailure(parsed) ? parsed.failure : assert.fail(`${text} was taken`)
}
const get = (path: string) => wireRequest({ method: "GET", path })

describe("the grammar of faults", () => {
  it("a bare name stands at the first half of its kind, for all its requests, for ever", () => {
    for (const name of NAMES.keys()) {
      const faults = good(name)
      assert.strictEqual(faults.length, name === "skew" ? 2 : 1)
      assert.strictEqual(faults[0]?.half, NAMES.get(name)?.halves[0])
      assert.strictEqual(faults[0]?.times, Infinity)
    }
  })

  it("argument, scope and count, alone and together", () => {
    assert.strictEqual(one("sealx3").times, 3)
    assert.strictEqual(one("5xxx2").times, 2)
    assert.strictEqual(one("429=7x2").times, 2)
    assert.strictEqual(one("hang@aws").half, "aws")
    const reset = one("reset@credsx1")
    assert.deepInclude(reset, { half: "vault", times: 1 })
    assert.isTrue(reset.matches(get("/v1/aws/creds/x")))
    assert.isFalse(reset.matches(get("/v1/sys/health")))
    const object = one("slow=250ms@aws:s3 GET /bucket:1/keyx12")
    assert.deepInclude(object, { half: "aws", times: 12 })
    assert.isTrue(object.matches(get("/bucket:1/key")))
    assert.isFalse(object.matches(get("/bucket")))
    assert.strictEqual(one("standby=http://10.0.0.7:8200@vault:creds").half, "vault")
  })

  it("a clock is off in both halves, or in the one that is named", () => {
    assert.deepStrictEqual(
      good("skew=-10m").map(({ half, skew }) => [half, skew]),
      [
        ["vault", -600_000],
        ["aws", -600_000],
      ],
    )
    assert.deepStrictEqual(
      good("skew=90@aws").map(({ half, skew }) => [half, skew]),
      [["aws", 90_000]],
    )
  })

  it("what cannot be meant is refused with the reason", () => {
    const cases = [
      ["sael", /no fault of that name; did you mean seal\?/],
      ["", /NAME/],
      ["=5", /NAME/],
      ["seal=5", /takes no argument/],
      ["slow=soon", /expected TIME/],
      ["slow=-2s", /expected TIME/],
      ["standby=nowhere", /expected URL/],
      ["standby=ftp://x", /expected URL/],
      ["5xx=404", /expected STATUS/],
      ["5xx=502,before", /expected STATUS/],
      ["huge=0", /expected MIB/],
      ["short-lease=0", /expected SECONDS/],
      ["denied-revoke=all", /expected self/],
      ["seal@aws", /does not happen at aws/],
      ["expired@vault:x", /does not happen at vault/],
      ["sealx0", /never/],
      ["skew@creds", /clock/],
      ["skew=5mx2", /clock/],
    ] as const
    for (const [text, words] of cases) {
      assert.match(bad(text), words)
      assert.include(bad(text), JSON.stringify(text))
    }
  })

  it("the list has a line for each name, with its argument, its halves and what it does", () => {
    assert.strictEqual(faultRows.length, NAMES.size)
    assert.deepStrictEqual(faultRows[1], [
      "standby[=URL]",
      "vault",
      "a standby node: 307 to the active one at that address (else a dead port)",
    ])
    for (const row of faultRows) assert.isAbove((row[2] ?? "").length, 10)
  })

  it.effect.prop(
    "whatever is typed is a fault or a refusal that quotes it",
    { text: Schema.String },
    ({ text }) =>
      Effect.sync(() => {
        const parsed = parseFault(text)
        if (Result.isFailure(parsed)) assert.include(parsed.failure, JSON.stringify(text))
        else assert.isNotEmpty(parsed.success)
      }),
    { arbitrary: { runs: 1000, size: 1000 } },
  )
})
