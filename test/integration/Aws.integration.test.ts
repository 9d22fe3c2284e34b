/** The general AWS tools and the vault tools in both worlds. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { inBothWorlds, unique } from "../kit/Worlds.ts"

inBothWorlds((test, of) => {
  test("who we are is the assumed role, by a session name of our own", (world) =>
    Effect.gen(function* () {
      const who = yield* world.good<Record<string, string>>("aws_get_caller_identity")
      assert.strictEqual(who["account"], "123456789012")
      assert.match(
        who["arn"] ?? "",
        /^arn:aws:sts::123456789012:assumed-role\/mcp-agent-role\/vault-aws-mcp-test-[0-9a-f]{8}$/,
      )
      assert.isNotEmpty(who["user_id"])
    }))

  test("regions are listed with their opt-in state, or where a service is offered", (world) =>
    Effect.gen(function* () {
      const { regions } = yield* world.good<{ regions: ReadonlyArray<Record<string, string>> }>("aws_list_regions", {
        opted_in: true,
      })
      assert.include(
        regions.map(({ name }) => name),
        "eu-west-1",
      )
      const sqs = yield* world.good<{ regions: ReadonlyArray<Record<string, string>>; note?: string }>(
        "aws_list_regions",
        {
          service: "sqs",
        },
      )
      assert.isNotEmpty(sqs.regions)
      // moto publishes where a service is offered; the sandbox has no Systems Manager, and the answer says so.
      if (of === "sandbox") assert.match(sqs.note ?? "", /could not be asked/)
      else assert.isUndefined(sqs.note)
    }))

  test("DynamoDB works through aws_call, in any spelling, with pages and queries", (world) =>
    Effect.gen(function* () {
      const TableName = unique("table")
      const call = (operation: string, parameters: object, more: object = {}) =>
        world.good<{ result: Record<string, unknown>; next_cursor?: string; operation: string }>("aws_call", {
          service: "DynamoDB",
          operation,
          parameters,
          ...more,
        })
      const made = yield* call("create_table", {
        TableName,
        KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
        AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
        BillingMode: "PAY_PER_REQUEST",
      })
      assert.strictEqual(made.operation, "CreateTable")
      for (const id of ["a", "b", "c", "d", "e"]) {
        yield* call("put-item", { TableName, Item: { id: { S: id }, n: { N: "5" }, raw: { B: "AAEC" } } })
      }
      const one = yield* call("GetItem", { TableName, Key: { id: { S: "c" } } }, { query: "Item.id.S" })
      assert.strictEqual<unknown>(one.result, "c")
      const seen: Array<string> = []
      let cursor: string | undefined
      do {
        const page: { result: Record<string, unknown>; next_cursor?: string } = yield* call(
          "Scan",
          { TableName },
          {
            max_items: 2,
            ...(cursor === undefined ? {} : { cursor }),
          },
        )
        const items = page.result["Items"] as ReadonlyArray<{ id: { S: string } }>
        assert.isAtMost(items.length, 2)
        seen.push(...items.map(({ id }) => id.S))
        cursor = page.next_cursor
      } while (cursor !== undefined)
      assert.deepStrictEqual(seen.sort(), ["a", "b", "c", "d", "e"])
    }))

  test("wrong parameters are all named at once and nothing is sent; AWS's own refusals keep code and request id", (world) =>
    Effect.gen(function* () {
      const wrong = yield* world.bad("aws_call", {
        service: "dynamodb",
        operation: "GetItem",
        parameters: { TableNam: "t", Key: { id: { S: 5 } } },
      })
      for (const part of ["TableNam", "did you mean", "TableName", "Key.id.S", "nothing was sent"])
        assert.include(wrong.toLowerCase(), part.toLowerCase())
      assert.match(
        yield* world.bad("aws_call", { service: "dynamodbb", operation: "x" }),
        /dynamodb[\s\S]*code=unknown_service/,
      )
      assert.match(
        yield* world.bad("aws_call", { service: "s3", operation: "ListBukets" }),
        /ListBuckets[\s\S]*code=unknown_operation/,
      )
      const missing = yield* world.bad("aws_call", {
        service: "dynamodb",
        operation: "DescribeTable",
        parameters: { TableName: "not-there" },
      })
      assert.match(missing, /code=ResourceNotFoundException request_id=\S+$/)
      const query = yield* world.bad("aws_call", { service: "sts", operation: "GetCallerIdentity", query: "a[" })
      assert.match(query, /JMESPath[\s\S]*code=invalid_arguments/)
    }))

  test("a dry run of an operation without one sends nothing", (world) =>
    Effect.gen(function* () {
      const dry = yield* world.good<{ note: string; result: unknown }>("aws_call", {
        service: "dynamodb",
        operation: "DeleteTable",
        parameters: { TableName: "any" },
        dry_run: true,
      })
      assert.match(dry.note, /nothing was sent/i)
    }))

  test("operations are found by words, and described with a schema", (world) =>
    Effect.gen(function* () {
      const found = yield* world.good<{ operations: ReadonlyArray<Record<string, string>> }>("aws_find_operation", {
        query: "invoke a lambda function",
        limit: 5,
      })
      assert.include(
        found.operations.map(({ operation }) => operation),
        "Invoke",
      )
      const one = yield* world.good<{ input_schema: { required: ReadonlyArray<string> }; access: string }>(
        "aws_find_operation",
        {
          service: "sqs",
          operation: "send-message",
        },
      )
      assert.includeMembers([...one.input_schema.required], ["QueueUrl", "MessageBody"])
      assert.strictEqual(one.access, "write")
      assert.match(yield* world.bad("aws_find_operation", {}), /code=invalid_arguments/)
    }))

  test("credentials are shown, refreshed and given back, and the words are true", (world) =>
    Effect.gen(function* () {
      yield* world.good("aws_get_caller_identity")
      const status = yield* world.good<{
        has_valid_session: boolean
        leases: ReadonlyArray<Record<string, unknown>>
        vault: object
      }>("vault_credential_status")
      assert.isTrue(status.has_valid_session)
      assert.deepInclude(status.leases[0], {
        type: "sts",
        role: "mcp-agent-role",
        mount: "aws",
        renewable: false,
        in_use: true,
      })
      assert.match(status.leases[0]?.["lease_id"] as string, /^aws\/creds\/mcp-agent-role\/.{6}…$/)
      assert.deepInclude(status.vault, { state: "active", version: "1.14.9" })
      const refreshed = yield* world.good<{ lease_duration_seconds: number; message: string }>(
        "vault_refresh_credentials",
        { ttl: 1800 },
      )
      assert.approximately(refreshed.lease_duration_seconds, 1800, 3)
      const short = yield* world.bad("vault_refresh_credentials", { ttl: "60s" })
      assert.match(short, /900/)
      const revoked = yield* world.good<{ message: string; revocable: boolean; aws_access_ends: string }>(
        "vault_revoke_credentials",
      )
      assert.isFalse(revoked.revocable)
      assert.match(revoked.message, /AWS cannot cancel an issued session/)
      assert.match(revoked.aws_access_ends, /^\d{4}-\d\d-\d\dT/)
      const none = yield* world.good<{ has_valid_session: boolean }>("vault_credential_status")
      assert.isFalse(none.has_valid_session)
      assert.strictEqual(yield* world.sandbox.vault.liveLeases, 0)
    }))

  if (of === "moto") {
    test("a queue's URL cannot send the request elsewhere", (world) =>
      Effect.gen(function* () {
        const name = unique("queue")
        const { result } = yield* world.good<{ result: { QueueUrl: string } }>("aws_call", {
          service: "sqs",
          operation: "CreateQueue",
          parameters: { QueueName: name },
        })
        yield* world.good("aws_call", {
          service: "sqs",
          operation: "SendMessage",
          parameters: { QueueUrl: result.QueueUrl, MessageBody: "hello" },
        })
        // Signed for and sent to the operator's endpoint, whatever the URL says; that one knows no such queue.
        const evil = yield* world.bad("aws_call", {
          service: "sqs",
          operation: "SendMessage",
          parameters: { QueueUrl: "https://evil.example/1/q", MessageBody: "hello" },
        })
        assert.match(evil, /code=\S*(?:NonExistentQueue|QueueDoesNotExist)/)
      }))
  }
})
