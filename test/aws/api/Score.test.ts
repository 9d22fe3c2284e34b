import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { score, wordsOf } from "../../../src/aws/api/Score.ts"

const points = (asked: string, name: string, text = "", title = "") =>
  score(wordsOf(asked), { name: wordsOf(name), title: wordsOf(title), text })

describe("Score", () => {
  it("splits names as people read them", () => {
    assert.deepStrictEqual(wordsOf("ListObjectsV2"), ["list", "object", "v2"])
    assert.deepStrictEqual(wordsOf("GetMFADevice"), ["get", "mfa", "device"])
    assert.deepStrictEqual(wordsOf("list-queue_tags of the policies"), ["list", "queue", "tag", "policy"])
  })

  it("prefers the name to the service, the service to the sentence, and all words to some", () => {
    assert.isAbove(points("table", "DeleteTable"), points("table", "DeleteItem", "", "table"))
    assert.isAbove(points("table", "DeleteItem", "", "table"), points("table", "DeleteItem", "Of a table."))
    assert.isAbove(points("delete table", "DeleteTable"), points("delete table", "DeleteItem"))
    assert.isAbove(points("delete table", "DeleteTable"), points("delete table", "DeleteTableReplicaAutoScaling"))
  })

  it("knows everyday words for AWS's", () => {
    assert.isAbove(points("remove bucket", "DeleteBucket"), points("remove bucket", "GetBucket"))
  })

  it("finds nothing for words that nobody knows", () => {
    assert.strictEqual(points("zzzz", "DeleteTable", "Deletes a table."), 0)
    assert.strictEqual(points("constructor", "DeleteTable"), 0)
    assert.strictEqual(score([], { name: ["a"], title: [], text: "" }), 0)
  })

  it.effect.prop(
    "points are finite and not negative",
    { asked: Schema.String, name: Schema.String, text: Schema.String },
    ({ asked, name, text }) =>
      Effect.sync(() => {
        const result = points(asked, name, text)
        assert.isTrue(Number.isFinite(result) && result >= 0)
      }),
    { arbitrary: { runs: 1000, size: 200 } },
  )
})
