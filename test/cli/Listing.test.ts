/** Rows under headings on terminals of any width: nothing overflows, and nothing is cut for want of a look at the room. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { listing } from "../../src/cli/Listing.ts"
import { widthOf } from "../../src/cli/Width.ts"
import { printable } from "../../src/core/Text.ts"

const clean = (text: string): string => printable(text).replace(/\s+/g, " ")
const Rows = Schema.Array(Schema.Tuple([Schema.String, Schema.String, Schema.String, Schema.String]))
const Width = Schema.Int.check(Schema.isBetween({ minimum: 20, maximum: 200 }))

describe("a listing", () => {
  it("cuts nothing where there is room", () => {
    const key = `logs/${"k".repeat(80)}`
    assert.strictEqual(listing(["key", "size"], [[key, "12"]], { width: 95 }), `${"KEY".padEnd(85)}  SIZE\n${key}  12`)
  })

  it("takes from the widest column first, and a colour changes nothing of it", () => {
    const heads = ["id", "what it is about", "state"]
    const rows = [["1", "a text that is much longer than the others are", "done"]]
    const cut = "ID  WHAT IT IS ABOUT     STATE\n1   a text that is muc…  done"
    assert.strictEqual(listing(heads, rows, { width: 30 }), cut)
    const paint = (cell: string, column: number) => (column === 2 ? `<${cell}>` : cell)
    assert.strictEqual(listing(heads, rows, { width: 30, paint }), cut.replace("done", "<done>"))
  })

  it("never cuts a region or an account: they would look alike", () => {
    const rows = [
      ["find", "production", "us-east-1", "12 instances, and words that say more of them"],
      ["find", "production", "us-east-2", "12 instances, and words that say more of them"],
    ]
    for (const width of [45, 50, 60, 70]) {
      const drawn = listing(["step", "account", "region", "what"], rows, { width })
      assert.match(drawn, /^find +production +us-east-1 +\S.*\nfind +production +us-east-2/m, `at ${width}`)
    }
  })

  it("is a block for each row where columns cannot be that narrow, and breaks what is longer than a line", () => {
    const heads = ["agent", "account", "region", "at work"]
    const rows = [
      ["aws", "–", "us-east-1", "two words"],
      ["vault", "production-of-the-north", "", "x".repeat(30)],
    ]
    assert.strictEqual(
      listing(heads, rows, { width: 30 }),
      [
        "agent    aws",
        "region   us-east-1",
        "at work  two words",
        "",
        "agent    vault",
        "account  production-of-the-nor",
        "         th",
        "at work  xxxxxxxxxxxxxxxxxxxxx",
        "         xxxxxxxxx",
      ].join("\n"),
    )
    const long = listing(heads, [["a", "b", "c".repeat(40), "word ".repeat(400)]], { width: 40 }).split("\n")
    assert.isAtMost(long.length, 8)
    assert.match(long.at(-1) ?? "", /…$/)
  })

  it.effect.prop(
    "is never wider than the terminal, whatever it holds",
    { rows: Rows, width: Width },
    ({ rows, width }) =>
      Effect.sync(() => {
        const cells = rows.map((row) => row.map(clean))
        const drawn = listing(["name", "account", "what", "more"], cells, { width })
        for (const line of drawn.split("\n")) assert.isAtMost(widthOf(line), width)
      }),
    { arbitrary: { runs: 1000, size: 20 } },
  )
})
