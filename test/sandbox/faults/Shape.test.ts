import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { fault } from "../../../src/sandbox/Faults.ts"
import { wrongType } from "../../../src/sandbox/faults/Shape.ts"
import { startSandbox } from "../../../src/sandbox/Sandbox.ts"
import { hearAws, hearVault, jsonOf, rootKeyOf, WHO } from "../../kit/Hearing.ts"

describe("wrong-type", () => {
  // By the test's clock, which stands: whole seconds are left up to the session's end.
  it.effect("text for numbers and arrays for objects, with the work done and the root still an object", () =>
    Effect.gen(function* () {
      const sandbox = yield* startSandbox({ empty: false })
      yield* sandbox.faults.add(fault(wrongType))
      const { data, lease_duration, lease_id } = jsonOf(yield* hearVault(sandbox, "aws/creds/mcp-agent-role"))
      assert.match(lease_id, /^aws\/creds\/mcp-agent-role\//)
      assert.strictEqual(lease_duration, "3600")
      assert.include(data, "3600")
      assert.match(String(jsonOf(yield* hearVault(sandbox, "sys/health")).server_time_utc), /^\d+$/)
      assert.isString(jsonOf(yield* hearVault(sandbox, "sys/health")).server_time_utc)
      assert.strictEqual(yield* sandbox.vault.liveLeases, 1)
    }),
  )

  it.live("JSON of AWS without the sum that would give it away; XML as it was", () =>
    Effect.gen(function* () {
      const sandbox = yield* startSandbox({ empty: false })
      const tables = { service: "dynamodb", target: "DynamoDB_20120810.DescribeLimits" }
      const list = { service: "dynamodb", target: "DynamoDB_20120810.ListTables" }
      const key = rootKeyOf(sandbox)
      assert.isDefined((yield* hearAws(sandbox, key, list)).headers["x-amz-crc32"])
      yield* sandbox.faults.add(fault(wrongType, { half: "aws" }))
      const heard = yield* hearAws(sandbox, key, list)
      assert.deepStrictEqual(jsonOf(heard).TableNames, ["orders"])
      assert.isUndefined(heard.headers["x-amz-crc32"])
      assert.isAtLeast((yield* hearAws(sandbox, key, tables)).status, 400) // errors are not touched
      assert.include((yield* hearAws(sandbox, key, WHO)).text, "<Account>123456789012</Account>")
    }),
  )
})
