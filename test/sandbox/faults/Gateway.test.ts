import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { fault } from "../../../src/sandbox/Faults.ts"
import { failure, garbage } from "../../../src/sandbox/faults/Gateway.ts"
import { startSandbox } from "../../../src/sandbox/Sandbox.ts"
import { hearAws, hearVault, jsonOf, rootKeyOf, WHO } from "../../kit/Hearing.ts"

const CREDS = "aws/creds/mcp-agent-role"

describe("5xx", () => {
  it.live("a gateway's page instead of the work, or after it was done", () =>
    Effect.gen(function* () {
      const sandbox = yield* startSandbox({ empty: false })
      yield* sandbox.faults.set(fault(failure(502), { about: "creds" }))
      const instead = yield* hearVault(sandbox, CREDS)
      assert.strictEqual(instead.status, 502)
      assert.strictEqual(instead.headers["content-type"], "text/html")
      assert.include(instead.text, "<title>502 Bad Gateway</title>")
      assert.strictEqual(yield* sandbox.vault.liveLeases, 0)
      yield* sandbox.faults.set(fault(failure(504, "after"), { about: "creds" }))
      assert.include((yield* hearVault(sandbox, CREDS)).text, "504 Gateway Timeout")
      assert.strictEqual(yield* sandbox.vault.liveLeases, 1)
    }),
  )

  it.live("a status of the server's own in the server's own words", () =>
    Effect.gen(function* () {
      const sandbox = yield* startSandbox({ empty: false })
      yield* sandbox.faults.set(fault(failure(500)), fault(failure(500), { half: "aws" }))
      const vault = yield* hearVault(sandbox, CREDS)
      assert.strictEqual(vault.status, 500)
      assert.deepStrictEqual(jsonOf(vault), { errors: ["1 error occurred:\n\t* internal error\n\n"] })
      const key = rootKeyOf(sandbox)
      const sts = yield* hearAws(sandbox, key, WHO)
      assert.strictEqual(sts.status, 500)
      assert.match(sts.text, /<ErrorResponse[\s\S]*<Type>Receiver<\/Type><Code>InternalFailure<\/Code>/)
      const s3 = yield* hearAws(sandbox, key, { service: "s3", path: "/acme-config/x" })
      assert.match(s3.text, /<Error><Code>InternalError<\/Code>/)
      assert.isDefined(s3.headers["x-amz-request-id"])
      const dynamo = yield* hearAws(sandbox, key, { service: "dynamodb", target: "DynamoDB_20120810.ListTables" })
      assert.match(jsonOf(dynamo).__type, /#InternalFailure$/)
    }),
  )
})

describe("garbage", () => {
  it.live("a page for people with status 200, and nothing done", () =>
    Effect.gen(function* () {
      const sandbox = yield* startSandbox({ empty: false })
      yield* sandbox.faults.set(fault(garbage), fault(garbage, { half: "aws" }))
      for (const heard of [yield* hearVault(sandbox, CREDS), yield* hearAws(sandbox, rootKeyOf(sandbox), WHO)]) {
        assert.strictEqual(heard.status, 200)
        assert.strictEqual(heard.headers["content-type"], "text/html")
        assert.match(heard.text, /^<!DOCTYPE html>[\s\S]*<title>Sign in/)
      }
      assert.strictEqual(yield* sandbox.vault.liveLeases, 0)
    }),
  )
})
