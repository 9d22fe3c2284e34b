/** What stands above a result: enough to tell calls apart, and no secret. */
import { assert, describe, it } from "@effect/vitest"
import { shownCall } from "../../../src/cli/shell/ShownCall.ts"

describe("a call as it is shown", () => {
  it("has its plain arguments, and its place apart", () => {
    assert.deepStrictEqual(shownCall("aws look", { account: "main", region: "us-east-1", max: 3, deep: true }), {
      shown: "aws look account=main region=us-east-1 max=3 deep=true",
      place: { account: "main", region: "us-east-1" },
    })
    assert.deepStrictEqual(
      shownCall("aws look", { key: "a b", list: ["x"], deep: { a: 1 }, none: null }).shown,
      'aws look key="a b"',
    )
  })

  it("holds no value of an argument that may be a secret, nor one that looks like a secret", () => {
    const args = {
      content: "canary",
      data: "canary",
      parameters: "canary",
      db_password: "canary",
      token: "canary",
      name: "hvs.canaryThatNobodyMaySee000000",
      account: "hvs.canaryThatNobodyMaySee000000",
    }
    assert.deepStrictEqual(shownCall("aws put", args), { shown: "aws put", place: {} })
  })

  it("is short, in one line, and clean", () => {
    const { shown } = shownCall("aws look", {
      a: "x".repeat(50),
      b: "two\nlines \u001b[31mred",
      c: "y".repeat(40),
      d: "z".repeat(40),
    })
    assert.isAtMost(shown.length, 120)
    assert.match(shown, /^aws look a=x{39}… b="two lines red" c=y+/)
  })
})
