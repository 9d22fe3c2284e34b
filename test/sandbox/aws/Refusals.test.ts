import { assert, describe, it } from "@effect/vitest"
import { deniedRefusal, refusal } from "../../../src/sandbox/aws/Refusals.ts"

describe("refusals", () => {
  it("a throttled call and an unknown operation are told in each protocol's code", () => {
    const told = (["s3", "ec2", "query", "json", "rest-json"] as const).map((protocol) => {
      const [throttled, unknown] = [refusal(protocol, "throttled"), refusal(protocol, "unknownOperation")]
      return `${throttled.status} ${throttled.code}, ${unknown.status} ${unknown.code}`
    })
    assert.deepStrictEqual(told, [
      "503 SlowDown, 501 NotImplemented",
      "503 RequestLimitExceeded, 400 InvalidAction",
      "400 Throttling, 400 InvalidAction",
      "400 ThrottlingException, 400 UnknownOperationException",
      "429 TooManyRequestsException, 404 UnknownOperationException",
    ])
  })

  it("a denial says who, what, on what and why", () => {
    const denied = deniedRefusal("query", "arn:me", "sts:AssumeRole", "arn:role", false)
    assert.strictEqual(denied.code, "AccessDenied")
    assert.strictEqual(
      denied.message,
      "User: arn:me is not authorized to perform: sts:AssumeRole on resource: arn:role because no identity-based policy allows the sts:AssumeRole action",
    )
    const ec2 = deniedRefusal("ec2", "arn:me", "ec2:RunInstances", "*", true)
    assert.strictEqual(ec2.code, "UnauthorizedOperation")
    assert.match(ec2.message, /^You are not authorized to perform this operation\. User: arn:me .* explicit deny/)
  })
})
