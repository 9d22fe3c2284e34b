import { assert, describe, it } from "@effect/vitest"
import { AwsRefusal } from "../../../src/sandbox/aws/AwsCall.ts"
import { errorAnswer } from "../../../src/sandbox/aws/ErrorBody.ts"
import type { Protocol } from "../../../src/sandbox/aws/Protocol.ts"
import { wireRequest } from "../../kit/SignedAws.ts"

const bodyOf = (
  protocol: Protocol,
  service: string,
  refusal: { status?: number; code: string; message?: string; fields?: Record<string, string> },
  headers: Record<string, string> = {},
) => {
  const answer = errorAnswer(new AwsRefusal({ status: 400, message: "no", ...refusal }), {
    protocol,
    service,
    request: wireRequest({ headers }),
    requestId: "R1",
    hostId: "H1",
  })
  assert.isFalse("closed" in answer)
  return "closed" in answer ? { headers: {}, text: "" } : { headers: answer.headers, text: String(answer.body) }
}

describe("error bodies", () => {
  it("S3's names what was asked for and both ids", () => {
    const { text } = bodyOf("s3", "s3", { code: "NoSuchKey", message: "a < b", fields: { Key: "x&y" } })
    assert.include(
      text,
      "<Error><Code>NoSuchKey</Code><Message>a &lt; b</Message><Key>x&amp;y</Key><RequestId>R1</RequestId><HostId>H1</HostId></Error>",
    )
  })

  it("EC2's is a Response with Errors", () => {
    const { text } = bodyOf("ec2", "ec2", { code: "AuthFailure" })
    assert.include(
      text,
      "<Response><Errors><Error><Code>AuthFailure</Code><Message>no</Message></Error></Errors><RequestID>R1</RequestID></Response>",
    )
  })

  it("the query protocol's has the service's namespace and says who is to blame", () => {
    const { text } = bodyOf("query", "iam", { code: "NoSuchEntity", status: 404 })
    assert.include(
      text,
      `<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type><Code>NoSuchEntity</Code>`,
    )
    assert.include(bodyOf("query", "sts", { code: "InternalFailure", status: 500 }).text, "<Type>Receiver</Type>")
  })

  it("DynamoDB's has a namespace before the code, the front door's another", () => {
    const { text, headers } = bodyOf("json", "dynamodb", { code: "ResourceNotFoundException" })
    assert.deepStrictEqual(JSON.parse(text), {
      __type: "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException",
      message: "no",
    })
    assert.strictEqual(headers["x-amzn-errortype"], "ResourceNotFoundException")
    const front = bodyOf("json", "dynamodb", { code: "UnrecognizedClientException" })
    assert.include(front.text, "com.amazon.coral.service#UnrecognizedClientException")
  })

  it("other JSON services answer in the version they were asked in, SQS with its old code beside", () => {
    const asked = { "content-type": "application/x-amz-json-1.1" }
    const logs = bodyOf("json", "logs", { code: "UnknownOperationException" }, asked)
    assert.strictEqual(logs.headers["content-type"], "application/x-amz-json-1.1")
    assert.include(logs.text, `"__type":"UnknownOperationException"`)
    const sqs = bodyOf("json", "sqs", { code: "QueueDoesNotExist" })
    assert.strictEqual(sqs.headers["x-amzn-query-error"], "QueueDoesNotExist;Sender")
    const lambda = bodyOf("rest-json", "lambda", { code: "AccessDeniedException" })
    assert.deepStrictEqual(JSON.parse(lambda.text), { message: "no" })
  })
})
