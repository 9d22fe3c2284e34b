import { assert, describe, it } from "@effect/vitest"
import { Data, Effect } from "effect"
import { Readable } from "node:stream"
import { run, type Send, saysDryRun } from "../../../src/aws/api/Call.ts"
import { prepare } from "../../../src/aws/api/Prepare.ts"

class AwsSaid extends Data.TaggedError("AwsSaid")<{ readonly code: string; readonly reason?: unknown }> {}

/** Answers from a list; keeps what it was sent. */
const fake = (...answers: ReadonlyArray<object>) => {
  const sent: Array<{ readonly command: string; readonly input: unknown }> = []
  const send: Send<AwsSaid, never> = (command) => {
    sent.push({ command: command.constructor.name, input: "input" in command ? command.input : undefined })
    const answer = answers[sent.length - 1] ?? answers.at(-1) ?? {}
    return answer instanceof AwsSaid ? Effect.fail(answer) : Effect.succeed(answer)
  }
  return { send, sent }
}

describe("Call", () => {
  it.effect("sends the SDK's own command and answers with AWS's names", () =>
    Effect.gen(function* () {
      const { send, sent } = fake({ $metadata: { httpStatusCode: 200 }, Attributes: { id: { S: "1" } } })
      const call = yield* prepare("dynamodb", "put_item", { TableName: "t", Item: { id: { S: "1" } } })
      assert.deepStrictEqual(yield* run(call, send), {
        service: "dynamodb",
        operation: "PutItem",
        result: { Attributes: { id: { S: "1" } } },
      })
      assert.deepStrictEqual(sent, [{ command: "PutItemCommand", input: { TableName: "t", Item: { id: { S: "1" } } } }])
    }),
  )

  it.effect("goes on with a cursor where it stopped, also with a token that is an item with bytes in it", () =>
    Effect.gen(function* () {
      const key = { id: { B: new Uint8Array([255, 0]) } }
      const { send, sent } = fake(
        { Items: [{ id: { S: "a" } }, { id: { S: "b" } }], LastEvaluatedKey: key },
        { Items: [{ id: { S: "c" } }, { id: { S: "d" } }] },
      )
      const call = yield* prepare("dynamodb", "Scan", { TableName: "t" })
      const first = yield* run(call, send, { maxItems: 3 })
      assert.deepStrictEqual(first.result, { Items: [{ id: { S: "a" } }, { id: { S: "b" } }, { id: { S: "c" } }] })
      assert.include(first.note ?? "", "cursor = next_cursor")
      const second = yield* run(call, send, { cursor: first.next_cursor })
      assert.deepStrictEqual(second.result, { Items: [{ id: { S: "d" } }] })
      assert.notProperty(second, "next_cursor")
      const token = Object(sent[2]?.input)
      assert.deepStrictEqual([...token.ExclusiveStartKey.id.B], [255, 0])
    }),
  )

  it.effect("sends nothing for a cursor or a query that is no good", () =>
    Effect.gen(function* () {
      const { send, sent } = fake({ TableNames: [] })
      const call = yield* prepare("dynamodb", "ListTables", {})
      const other = yield* run(yield* prepare("sqs", "ListQueues"), fake({ QueueUrls: ["a", "b"] }).send, {
        maxItems: 1,
      })
      for (const cursor of ["", "abc", other.next_cursor]) {
        const { reason } = yield* Effect.flip(run(call, send, { cursor }))
        assert.strictEqual(Object(reason)._tag, "BadCursor")
      }
      const { reason } = yield* Effect.flip(run(call, send, { query: "a[" }))
      assert.strictEqual(Object(reason)._tag, "BadQuery")
      const unpaged = yield* prepare("dynamodb", "DescribeTable", { TableName: "t" })
      const none = yield* Effect.flip(run(unpaged, send, { cursor: other.next_cursor }))
      assert.include(none.message, "has no pages")
      assert.lengthOf(sent, 0)
    }),
  )

  it.effect("a cursor whose token does not fit the operation is refused unsent", () =>
    Effect.gen(function* () {
      const { send, sent } = fake({ Items: [], LastEvaluatedKey: { id: { N: "1" } } }, { Items: [{ id: { S: "x" } }] })
      const call = yield* prepare("dynamodb", "Scan", { TableName: "t" })
      const made = yield* run(call, fake({ Items: [{ a: { S: "1" } }], LastEvaluatedKey: { id: { N: "1" } } }).send, {
        maxItems: 1,
      })
      const content: object = JSON.parse(Buffer.from(made.next_cursor ?? "", "base64url").toString())
      const forged = Buffer.from(JSON.stringify({ ...content, t: "text" })).toString("base64url")
      const failure = yield* Effect.flip(run(call, send, { cursor: forged }))
      assert.include(failure.message, "does not hold a place")
      assert.lengthOf(sent, 0)
    }),
  )

  it.effect("queries what all pages hold together", () =>
    Effect.gen(function* () {
      const { send } = fake({ TableNames: ["a"], LastEvaluatedTableName: "a" }, { TableNames: ["b"] })
      const call = yield* prepare("dynamodb", "ListTables")
      assert.strictEqual((yield* run(call, send, { query: "length(TableNames)" })).result, 2)
    }),
  )

  it.effect("a query that does not fit the answer does not lose it: the call was made", () =>
    Effect.gen(function* () {
      const call = yield* prepare("sqs", "SendMessage", { QueueUrl: "https://q", MessageBody: "m" })
      const answer = yield* run(call, fake({ MessageId: "id" }).send, { query: "sum(MessageId)" })
      assert.deepStrictEqual(answer.result, { MessageId: "id" })
      assert.include(answer.note ?? "", "query failed")
    }),
  )

  it.effect("bounds a listing by size and hands out a cursor for the rest", () =>
    Effect.gen(function* () {
      const names = Array.from({ length: 90 }, (_, index) => `${index}-${"x".repeat(1000)}`)
      const call = yield* prepare("dynamodb", "ListTables")
      const seen: Array<unknown> = []
      let cursor: string | undefined
      do {
        const answer: { readonly result: unknown; readonly next_cursor?: string } = yield* run(
          call,
          fake({ TableNames: names }).send,
          { cursor },
        )
        assert.isAtMost(JSON.stringify(answer.result).length, 60_000)
        seen.push(...Object(answer.result).TableNames)
        cursor = answer.next_cursor
      } while (cursor !== undefined)
      assert.deepStrictEqual(seen, names)
    }),
  )

  it.effect("bounds an answer without pages and says what was cut", () =>
    Effect.gen(function* () {
      const call = yield* prepare("iam", "GetPolicyVersion", {
        PolicyArn: "arn:aws:iam::aws:policy/P",
        VersionId: "v1",
      })
      const answer = yield* run(call, fake({ PolicyVersion: { Document: "x".repeat(100_000) } }).send)
      assert.isAtMost(JSON.stringify(answer.result).length, 60_000)
      assert.include(answer.note ?? "", "result.PolicyVersion.Document is shortened")
    }),
  )

  it.effect("reads a body up to its bound", () =>
    Effect.gen(function* () {
      const call = yield* prepare("s3", "GetObject", { Bucket: "b", Key: "k" })
      const Body = Readable.from([Buffer.alloc(100_000, "x")])
      const { result } = yield* run(call, fake({ Body, ContentLength: 100_000 }).send)
      assert.strictEqual(Object(result).Body.text.length, 40_960)
      assert.strictEqual(Object(result).Body.truncated, true)
      assert.strictEqual(Object(result).Body.total_bytes, 100_000)
    }),
  )

  it.effect("says that secrets were withheld", () =>
    Effect.gen(function* () {
      const call = yield* prepare("secrets-manager", "GetSecretValue", { SecretId: "s" })
      const answer = yield* run(call, fake({ Name: "s", SecretString: "hunter2" }).send, { query: "SecretString" })
      assert.strictEqual(answer.result, "<redacted>")
      assert.include(answer.note ?? "", "1 secret value was withheld")
    }),
  )

  it.effect("passes on warnings", () =>
    Effect.gen(function* () {
      const call = yield* prepare("dynamodb", "DescribeTable", { TableName: "t" })
      assert.notProperty(yield* run(call, fake({}).send), "warnings")
      const odd = yield* prepare("dynamodb", "PutItem", { TableName: "t", Item: {}, ReturnValues: "ALL_NWE" })
      assert.lengthOf((yield* run(odd, fake({}).send)).warnings ?? [], 1)
    }),
  )

  it.effect("asks EC2 itself for a dry run: its refusal to run is the success", () =>
    Effect.gen(function* () {
      const parameters = { InstanceIds: ["i-1"] }
      const call = yield* prepare("ec2", "StopInstances", parameters)
      const { send, sent } = fake(new AwsSaid({ code: "DryRunOperation" }))
      const answer = yield* run(call, send, { dryRun: true })
      assert.deepStrictEqual(answer.result, { would_succeed: true })
      assert.deepStrictEqual(sent, [{ command: "StopInstancesCommand", input: { ...parameters, DryRun: true } }])
      const own = yield* prepare("ec2", "StopInstances", { ...parameters, DryRun: true })
      assert.deepStrictEqual((yield* run(own, send)).result, { would_succeed: true })
      const denied = fake(new AwsSaid({ code: "UnauthorizedOperation" }))
      assert.strictEqual(
        Object(yield* Effect.flip(run(call, denied.send, { dryRun: true }))).code,
        "UnauthorizedOperation",
      )
    }),
  )

  it.effect("checks only the parameters where AWS has no dry run, and says so", () =>
    Effect.gen(function* () {
      const { send, sent } = fake({})
      const call = yield* prepare("s3", "DeleteBucket", { Bucket: "b" })
      const answer = yield* run(call, send, { dryRun: true })
      assert.deepStrictEqual(answer.result, { valid: true, sent: false })
      assert.include(answer.note ?? "", "nothing was sent")
      assert.lengthOf(sent, 0)
    }),
  )

  it("recognises a dry run's error however it is wrapped, and no other", () => {
    const error = Object.assign(new Error("Request would have succeeded"), { name: "DryRunOperation" })
    assert.isTrue(saysDryRun(error))
    assert.isTrue(saysDryRun({ _tag: "AwsError", reason: { code: "DryRunOperation" } }))
    assert.isTrue(saysDryRun(new Error("wrapped", { cause: error })))
    assert.isFalse(saysDryRun(new Error("DryRunOperation")))
    assert.isFalse(saysDryRun(undefined))
    const circle: { cause?: unknown } = {}
    circle.cause = circle
    assert.isFalse(saysDryRun(circle))
  })
})
