import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { targetOf } from "../../../src/sandbox/faults/Target.ts"
import { makeSignedAws, wireRequest } from "../../kit/SignedAws.ts"

describe("what a request is about", () => {
  it("at Vault: method, path and query", () => {
    const creds = wireRequest({ method: "GET", path: "/v1/aws/creds/deploy", query: "ttl=900s" })
    assert.strictEqual(targetOf("vault", creds), "GET /v1/aws/creds/deploy?ttl=900s")
    assert.strictEqual(targetOf("vault", wireRequest({ path: "/v1/sys/seal" })), "POST /v1/sys/seal")
  })

  it.effect("at AWS: the service, too, and the operation where the path does not tell it", () =>
    Effect.gen(function* () {
      const { sign } = yield* makeSignedAws()
      const form = wireRequest({
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body: Buffer.from("Action=AssumeRole&Version=2011-06-15"),
      })
      assert.strictEqual(targetOf("aws", yield* sign(form, "sts")), "sts POST / AssumeRole")
      assert.strictEqual(targetOf("aws", form), "sts POST / AssumeRole")
      const json = wireRequest({ headers: { "x-amz-target": "DynamoDB_20120810.GetItem" } })
      assert.strictEqual(targetOf("aws", yield* sign(json, "dynamodb")), "dynamodb POST / GetItem")
      const object = wireRequest({ method: "GET", path: "/bucket/key", query: "versionId=1" })
      assert.strictEqual(targetOf("aws", yield* sign(object, "s3")), "s3 GET /bucket/key?versionId=1")
    }),
  )
})
