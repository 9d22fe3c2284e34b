import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { countWithheld, isSecret, REDACTED, withoutSignature } from "../../../src/aws/api/Secrets.ts"
import { membersOf } from "../../../src/aws/api/ServiceModel.ts"
import { everyOperation } from "./Samples.ts"

describe("Secrets", () => {
  it.effect("no token of a page and no identifier is taken for a secret", () =>
    Effect.gen(function* () {
      for (const { name, output } of yield* everyOperation) {
        for (const [member, schema] of membersOf(output)) {
          if (isSecret(member, schema)) assert.notMatch(member, /^Next|Marker|Id$|Arn$|Name$/i, name)
        }
      }
    }),
  )

  it("takes what signs an address out of it, and nothing else", () => {
    const address = "https://bucket.s3.amazonaws.com/code.zip?versionId=1&X-Amz-Signature=abc&X-Amz-Expires=600"
    assert.strictEqual(withoutSignature(address), `https://bucket.s3.amazonaws.com/code.zip?${REDACTED}`)
    for (const text of ["https://example.com/?a=b", "X-Amz-Signature=abc", ""]) {
      assert.strictEqual(withoutSignature(text), text)
    }
  })

  it("counts what was withheld wherever it is", () => {
    assert.strictEqual(countWithheld({ a: [REDACTED, { b: REDACTED }], c: "x", d: null, e: 1 }), 2)
    assert.strictEqual(countWithheld(undefined), 0)
  })
})
