import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { awsTools } from "../../../src/tools/aws/tools.ts"
import { done, failed, member, says, scriptedAws } from "../../kit/ScriptedAws.ts"

describe("aws_call", () => {
  it.effect("goes out on the caller's lease, in the region and account asked for", () =>
    Effect.gen(function* () {
      const aws = scriptedAws(() => ({ TableNames: ["orders"] }))
      const result = done(
        yield* aws.call(awsTools, "aws_call", {
          service: "dynamodb",
          operation: "list-tables",
          parameters: { Limit: 5 },
          query: "TableNames[0]",
          region: "eu-west-1",
          account: "prod",
        }),
      )
      assert.deepEqual(result, { service: "dynamodb", operation: "ListTables", result: "orders" })
      assert.deepInclude(aws.sent[0], {
        principal: "agent-7",
        account: "prod",
        region: "eu-west-1",
        service: "dynamodb",
        operation: "ListTables",
        idempotent: true,
      })
      assert.deepEqual(aws.sent[0]?.input, { Limit: 5 })
    }),
  )

  it.effect("a write that AWS cannot recognise as a repetition is sent once only", () =>
    Effect.gen(function* () {
      const aws = scriptedAws(() => ({}))
      yield* aws.call(awsTools, "aws_call", {
        service: "sqs",
        operation: "SendMessage",
        parameters: { QueueUrl: "https://sqs.us-east-1.amazonaws.com/1/q", MessageBody: "x" },
      })
      assert.deepEqual(
        aws.sent.map(({ idempotent }) => idempotent),
        [false],
      )
    }),
  )

  it.effect("what does not fit AWS's model is refused with stable codes, and nothing is sent", () =>
    Effect.gen(function* () {
      const aws = scriptedAws(() => ({}))
      const code = function* (args: object) {
        return failed(yield* aws.call(awsTools, "aws_call", args)).code
      }
      assert.strictEqual(yield* code({ service: "dynamo-db2000", operation: "ListTables" }), "unknown_service")
      assert.strictEqual(yield* code({ service: "dynamodb", operation: "ListChairs" }), "unknown_operation")
      const limit = { service: "dynamodb", operation: "ListTables", parameters: { Limit: "many" } }
      assert.strictEqual(yield* code(limit), "invalid_arguments")
      const list = { service: "dynamodb", operation: "ListTables" }
      assert.strictEqual(yield* code({ ...list, query: "[" }), "invalid_arguments")
      assert.strictEqual(yield* code({ ...list, cursor: "made-up" }), "invalid_arguments")
      assert.deepEqual(aws.sent, [])
    }),
  )

  it.effect("AWS's refusal keeps its code and request id", () =>
    Effect.gen(function* () {
      const aws = scriptedAws(() => says("ResourceNotFoundException"))
      const outcome = yield* aws.call(awsTools, "aws_call", {
        service: "dynamodb",
        operation: "DescribeTable",
        parameters: { TableName: "t" },
      })
      assert.match(failed(outcome).text, /\ncode=ResourceNotFoundException request_id=R1$/)
    }),
  )
})

describe("aws_find_operation", () => {
  it.effect("finds by words and describes by name, and sends nothing", () =>
    Effect.gen(function* () {
      const aws = scriptedAws(() => ({}))
      const found = done(yield* aws.call(awsTools, "aws_find_operation", { query: "list queues", limit: 3 }))
      const operations = found["operations"] as ReadonlyArray<object>
      assert.isAtMost(operations.length, 3)
      assert.deepInclude(operations[0], { service: "sqs", operation: "ListQueues", access: "read" })
      const described = done(
        yield* aws.call(awsTools, "aws_find_operation", { service: "sqs", operation: "send_message" }),
      )
      assert.strictEqual(described["operation"], "SendMessage")
      assert.include(member(described["input_schema"], "required") as ReadonlyArray<string>, "QueueUrl")
      assert.deepEqual(aws.sent, [])
    }),
  )

  it.effect("without words, or with an operation of no service, it says what it needs", () =>
    Effect.gen(function* () {
      const aws = scriptedAws(() => ({}))
      for (const [args, needs] of [
        [{}, /query/],
        [{ operation: "SendMessage" }, /service/],
      ] as const) {
        const { code, text } = failed(yield* aws.call(awsTools, "aws_find_operation", args))
        assert.strictEqual(code, "invalid_arguments")
        assert.match(text, needs)
      }
    }),
  )
})

describe("where and who", () => {
  it.effect("the caller's identity is asked on the caller's lease", () =>
    Effect.gen(function* () {
      const aws = scriptedAws(() => ({ Account: "123456789012", Arn: "arn:aws:sts::x", UserId: "AROA:s" }))
      const result = done(yield* aws.call(awsTools, "aws_get_caller_identity", { account: "prod" }))
      assert.deepEqual(result, { account: "123456789012", arn: "arn:aws:sts::x", user_id: "AROA:s" })
      assert.deepInclude(aws.sent[0], { principal: "agent-7", account: "prod", service: "sts" })
    }),
  )

  it.effect("regions are told with their opt-in state and narrowed by it", () =>
    Effect.gen(function* () {
      const region = (RegionName: string, OptInStatus: string) => ({
        RegionName,
        OptInStatus,
        Endpoint: `ec2.${RegionName}.amazonaws.com`,
      })
      const aws = scriptedAws(() => ({
        Regions: [
          region("us-east-1", "opt-in-not-required"),
          region("af-south-1", "opted-in"),
          region("ap-east-1", "not-opted-in"),
        ],
      }))
      const names = function* (args: object) {
        const { regions } = done(yield* aws.call(awsTools, "aws_list_regions", args))
        return (regions as ReadonlyArray<object>).map((one) => member(one, "name"))
      }
      assert.deepEqual(yield* names({}), ["us-east-1", "af-south-1", "ap-east-1"])
      assert.deepEqual(yield* names({ opted_in: true }), ["us-east-1", "af-south-1"])
      assert.deepEqual(yield* names({ opted_in: false }), ["ap-east-1"])
      const { code } = failed(yield* aws.call(awsTools, "aws_list_regions", { service: "no-such-service" }))
      assert.strictEqual(code, "unknown_service")
    }),
  )

  it.effect("a service narrows them to where AWS says it is offered, over all pages of that list", () =>
    Effect.gen(function* () {
      const regions = ["us-east-1", "eu-west-1", "eu-west-2"].map((RegionName) => ({ RegionName }))
      const aws = scriptedAws(({ input, operation }) => {
        if (operation === "DescribeRegions") return { Regions: regions }
        return input["NextToken"] === "more"
          ? { Parameters: [{ Value: "eu-west-2" }] }
          : { Parameters: [{ Value: "us-east-1" }], NextToken: "more" }
      })
      const result = done(yield* aws.call(awsTools, "aws_list_regions", { service: "cloudwatch-logs" }))
      assert.deepEqual(
        (result["regions"] as ReadonlyArray<object>).map((one) => member(one, "name")),
        ["us-east-1", "eu-west-2"],
      )
      assert.notProperty(result, "note")
      assert.match(String(aws.sent[1]?.input["Path"]), /\/services\/logs\/regions$/)
    }),
  )

  it.effect("where that may not be asked, all regions are shown and it is said why", () =>
    Effect.gen(function* () {
      const aws = scriptedAws(({ operation }) =>
        operation === "DescribeRegions" ? { Regions: [{ RegionName: "us-east-1" }] } : says("AccessDeniedException"),
      )
      const result = done(yield* aws.call(awsTools, "aws_list_regions", { service: "s3" }))
      assert.lengthOf(result["regions"] as ReadonlyArray<unknown>, 1)
      assert.match(String(result["note"]), /s3.*AccessDeniedException/)
    }),
  )
})
