import { assert, describe, it } from "@effect/vitest"
import { AccessDenied, AwsError, OutcomeUnknown, RegionRefused, Service, Unreachable } from "../../src/aws/AwsError.ts"

const call = { service: "s3", operation: "PutObject" }
const answer = { ...call, code: "Code", words: "its words", status: 400 }

describe("AwsError", () => {
  it("gives the code, the words and, where there is one, the request id of its reason", () => {
    const told = new AwsError({ reason: new Service({ ...answer, requestId: "R1" }) })
    assert.deepEqual([told.code, told.requestId], ["Code", "R1"])
    assert.match(told.message, /s3 PutObject.*Code: its words/)
    assert.isUndefined(new AwsError({ reason: new Service(answer) }).requestId)
    assert.isUndefined(new AwsError({ reason: new RegionRefused({ region: "x", allowed: [] }) }).requestId)
  })

  it("a refusal is told of the identity where Vault named one, else of the role", () => {
    assert.match(new AccessDenied({ ...answer, role: "r" }).message, /let Vault role r call s3:PutObject/)
    assert.match(
      new AccessDenied({ ...answer, role: "r", identity: "arn:x" }).message,
      /let arn:x \(Vault role r\) call s3:PutObject/,
    )
  })

  it("a call without an answer is only said to have come to nothing when it was never sent", () => {
    assert.match(new Unreachable({ ...call, detail: "ENOTFOUND", sent: false }).message, /could not be reached/)
    const silent = new Unreachable({ ...call, detail: "ECONNRESET", sent: true }).message
    assert.match(silent, /may have happened; the same call may be repeated/)
    assert.notMatch(silent, /could not be reached/)
    assert.match(new OutcomeUnknown({ ...call, detail: "x" }).message, /Look at the resource before trying again/)
  })

  it("a region's refusal says which regions there are, or how to learn of them", () => {
    assert.match(
      new RegionRefused({ region: "mars", allowed: [] }).message,
      /"mars" is not an AWS region.*aws_list_regions/,
    )
    assert.match(new RegionRefused({ region: "us-east-1", allowed: ["eu-west-1"] }).message, /eu-west-1 only/)
  })
})
