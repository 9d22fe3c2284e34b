import { assert, describe, it } from "@effect/vitest"
import { validateSchema } from "@smithy/typecheck"
import { Effect, Schema } from "effect"
import { coerce } from "../../../src/aws/api/Coerce.ts"
import { docsOf, noDocs } from "../../../src/aws/api/Docs.ts"
import { membersOf, requiredMembers, type ServiceId } from "../../../src/aws/api/ServiceModel.ts"
import { everyOperation, operationOf, sample } from "./Samples.ts"

/** Issues of parameters as `path: problem`. */
const issuesOf = (service: ServiceId, name: string, parameters: unknown) =>
  Effect.map(operationOf(service, name), ({ input }) =>
    coerce(input, parameters, noDocs).issues.map(({ path, problem }) => `${path}: ${problem}`),
  )

describe("Coerce", () => {
  it.effect("takes a sample of every operation's input, and AWS's own checker finds nothing in the result", () =>
    Effect.gen(function* () {
      for (const { input, name, service } of yield* everyOperation) {
        const { issues, value } = coerce(input, sample(input), yield* docsOf(service))
        assert.deepStrictEqual(issues, [], name)
        assert.deepStrictEqual(validateSchema(input, value), [], name)
      }
    }),
  )

  it.effect("finds an unknown and every missing member of every operation", () =>
    Effect.gen(function* () {
      for (const { input, name } of yield* everyOperation) {
        const { issues } = coerce(input, { NoSuchMember: 1 }, noDocs)
        const members = [...membersOf(input)]
        const required = members.slice(0, requiredMembers(input)).filter(([, member]) => !member.isIdempotencyToken())
        const expected = ["NoSuchMember", ...required.map(([member]) => member)].map((each) => `parameters.${each}`)
        assert.deepStrictEqual(issues.map(({ path }) => path).sort(), expected.sort(), name)
      }
    }),
  )

  it.effect("tells all problems at once, each with its path", () =>
    Effect.gen(function* () {
      const issues = yield* issuesOf("dynamodb", "PutItem", {
        TableNam: "t",
        Item: { id: { S: 5 }, both: { S: "a", N: "1" }, none: {}, "odd key": { B: "!" }, list: { L: [{ BOOL: "x" }] } },
      })
      assert.deepStrictEqual(issues, [
        "parameters.TableNam: is not known to AWS; did you mean TableName?",
        "parameters.TableName: is required",
        "parameters.Item.id.S: expected a string, got a number",
        "parameters.Item.both: give exactly one of S, N, B, SS, NS, BS, M, L, NULL, BOOL",
        "parameters.Item.none: give exactly one of S, N, B, SS, NS, BS, M, L, NULL, BOOL",
        'parameters.Item["odd key"].B: expected base64, or {"text": "…"} for plain text',
        "parameters.Item.list.L[0].BOOL: expected true or false, got a string",
      ])
    }),
  )

  it.effect("never repeats a value, which may be a secret", () =>
    Effect.gen(function* () {
      const secret = "hunter2-hunter2"
      const issues = yield* issuesOf("secrets-manager", "CreateSecret", {
        Name: [secret],
        SecretString: { password: secret },
        SecretBinary: secret,
        Tags: secret,
      })
      assert.lengthOf(issues, 4)
      assert.notInclude(issues.join("\n"), secret)
    }),
  )

  it.effect.each([".", "..", ""])("refuses the bucket %j, which would address another", (Bucket) =>
    Effect.gen(function* () {
      const issues = yield* issuesOf("s3", "DeleteObject", { Bucket, Key: "k" })
      assert.lengthOf(issues, 1)
      assert.match(issues[0] ?? "", /^parameters\.Bucket: must not be/)
    }),
  )

  it.effect("refuses an empty or dotted key and function name, and takes keys with dots in them", () =>
    Effect.gen(function* () {
      assert.lengthOf(yield* issuesOf("s3", "DeleteObject", { Bucket: "b", Key: "" }), 1)
      assert.lengthOf(yield* issuesOf("lambda", "GetFunction", { FunctionName: ".." }), 1)
      assert.deepStrictEqual(yield* issuesOf("s3", "DeleteObject", { Bucket: "b", Key: "a/../b.txt" }), [])
    }),
  )

  it.effect("takes null for nothing in a structure, and for no item of a list", () =>
    Effect.gen(function* () {
      const { input } = yield* operationOf("sqs", "ListQueues")
      const { issues, value } = coerce(input, { QueueNamePrefix: null, MaxResults: 5 }, noDocs)
      assert.deepStrictEqual(issues, [])
      assert.deepStrictEqual(value, { MaxResults: 5 })
      assert.deepStrictEqual(yield* issuesOf("ec2", "DescribeInstances", { InstanceIds: ["i-1", null] }), [
        "parameters.InstanceIds[1]: must not be null",
      ])
      assert.deepStrictEqual(yield* issuesOf("s3", "HeadBucket", { Bucket: null }), ["parameters.Bucket: is required"])
    }),
  )

  it.effect("lets undocumented values pass with a warning", () =>
    Effect.gen(function* () {
      const { input } = yield* operationOf("sqs", "CreateQueue")
      const { issues, warnings } = coerce(
        input,
        { QueueName: "q", Attributes: { VisibiltyTimeout: "30", DelaySeconds: "1" } },
        yield* docsOf("sqs"),
      )
      assert.deepStrictEqual(issues, [])
      assert.lengthOf(warnings, 1)
      assert.include(warnings[0] ?? "", "did you mean VisibilityTimeout?")
    }),
  )

  it.effect("bounds depth, size, and the length of lists", () =>
    Effect.gen(function* () {
      let deep: unknown = { S: "end" }
      for (let level = 0; level < 40; level++) deep = { L: [deep] }
      const item = (value: unknown) => ({ TableName: "t", Item: { value } })
      assert.include((yield* issuesOf("dynamodb", "PutItem", item(deep))).join(), "deeper than 64")
      const long = Array.from({ length: 10_001 }, () => ({ NULL: true }))
      assert.include((yield* issuesOf("dynamodb", "PutItem", item({ L: long }))).join(), "more than 10000 items")
      const large = yield* issuesOf("dynamodb", "PutItem", item({ S: "x".repeat(1_048_577) }))
      assert.include(large.join(), "larger than 1 MiB")
      const wrong = Array.from({ length: 200 }, () => ({ S: 1 }))
      const many = yield* issuesOf("dynamodb", "PutItem", item({ L: wrong }))
      assert.lengthOf(many, 51)
      assert.include(many.at(-1) ?? "", "150 more")
    }),
  )

  it.effect("keys with a meaning in JavaScript are keys like any other", () =>
    Effect.gen(function* () {
      const { input } = yield* operationOf("dynamodb", "PutItem")
      const parameters: unknown = JSON.parse('{"TableName":"t","Item":{"__proto__":{"S":"x"},"constructor":{"S":"y"}}}')
      const { issues, value } = coerce(input, parameters, noDocs)
      assert.deepStrictEqual(issues, [])
      assert.strictEqual(JSON.stringify(value), JSON.stringify(parameters))
      assert.lengthOf(yield* issuesOf("dynamodb", "ListTables", { toString: 1, constructor: 2 }), 2)
    }),
  )

  it.effect.prop(
    "any JSON is either refused with words or becomes what AWS's own checker takes",
    { parameters: Schema.Json },
    ({ parameters }) =>
      Effect.gen(function* () {
        for (const name of ["ListTables", "PutItem", "UpdateItem"]) {
          const { input } = yield* operationOf("dynamodb", name)
          const { issues, value } = coerce(input, parameters, noDocs)
          if (issues.length === 0) assert.deepStrictEqual(validateSchema(input, value), [])
          for (const { path, problem } of issues) assert.isTrue(path.startsWith("parameters") && problem !== "")
        }
      }),
    { arbitrary: { runs: 500, size: 100 } },
  )
})
