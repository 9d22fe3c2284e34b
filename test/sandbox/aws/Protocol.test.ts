import { assert, describe, it } from "@effect/vitest"
import { paramsOf, protocolOf, serviceOf } from "../../../src/sandbox/aws/Protocol.ts"
import { wireRequest } from "../../kit/SignedAws.ts"

const form = (text: string) =>
  wireRequest({ headers: { "content-type": "application/x-www-form-urlencoded" }, body: Buffer.from(text) })

describe("protocols", () => {
  it("an unknown service's is told by the look of the request", () => {
    assert.strictEqual(protocolOf("kms", wireRequest({ headers: { "x-amz-target": "TrentService.ListKeys" } })), "json")
    assert.strictEqual(protocolOf("sns", form("Action=ListTopics")), "query")
    assert.strictEqual(protocolOf("apigateway", wireRequest({ method: "GET", path: "/restapis" })), "rest-json")
    assert.strictEqual(protocolOf("ec2", wireRequest({})), "ec2")
  })

  it("an unsigned request still says which service it means", () => {
    assert.strictEqual(serviceOf(form("Action=ListUsers&Version=2010-05-08")), "iam")
    assert.strictEqual(serviceOf(form("Action=DescribeVpcs&Version=2016-11-15")), "ec2")
    assert.strictEqual(serviceOf(wireRequest({ query: "Action=GetCallerIdentity&Version=2011-06-15" })), "sts")
    assert.strictEqual(serviceOf(wireRequest({ headers: { "x-amz-target": "AmazonSQS.SendMessage" } })), "sqs")
    assert.strictEqual(serviceOf(wireRequest({ method: "GET", path: "/2015-03-31/functions" })), "lambda")
    assert.strictEqual(serviceOf(wireRequest({ method: "GET", path: "/bucket/key" })), "s3")
  })

  it("in a form a plus is a blank, in a query it is not", () => {
    assert.strictEqual(paramsOf(form("a=1+2")).get("a"), "1 2")
    assert.strictEqual(paramsOf(wireRequest({ query: "a=1+2" })).get("a"), "1+2")
  })
})
