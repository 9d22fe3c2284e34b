import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { gunzipSync } from "node:zlib"
import { fault } from "../../../src/sandbox/Faults.ts"
import { bomb, huge } from "../../../src/sandbox/faults/Flood.ts"
import { startSandbox } from "../../../src/sandbox/Sandbox.ts"
import { hearAws, hearVault, jsonOf, rootKeyOf, WHO } from "../../kit/Hearing.ts"

const MIB = 1024 * 1024

describe("huge", () => {
  it.live("sends so many MiB of a document without telling how long it is, and never holds them", () =>
    Effect.gen(function* () {
      const sandbox = yield* startSandbox({ empty: false })
      yield* sandbox.faults.set(fault(huge(300)), fault(huge(2), { half: "aws" }))
      const before = process.memoryUsage().arrayBuffers
      let most = 0
      const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().arrayBuffers)), 20)
      const vault = yield* Effect.ensuring(
        hearVault(sandbox, "aws/creds/mcp-agent-role"),
        Effect.sync(() => clearInterval(watch)),
      )
      assert.deepInclude(vault, { status: 200, broken: undefined })
      assert.approximately(vault.size, 300 * MIB, 100)
      assert.isUndefined(vault.headers["content-length"])
      assert.match(vault.text, /^\{"data":\{"note":"aaa/)
      assert.isBelow(most - before, 200 * MIB) // garbage of both ends included
      const aws = yield* hearAws(sandbox, rootKeyOf(sandbox), WHO)
      assert.approximately(aws.size, 2 * MIB, 200)
      assert.match(aws.text, /^<\?xml[\s\S]*<note>aaa/)
    }),
  )
})

describe("bomb", () => {
  it.live("is small on the wire and so many MiB when it is unpacked, well-formed to its end", () =>
    Effect.gen(function* () {
      const sandbox = yield* startSandbox({ empty: false })
      yield* sandbox.faults.set(fault(bomb(20)))
      const heard = yield* hearVault(sandbox, "sys/health")
      assert.strictEqual(heard.headers["content-encoding"], "gzip")
      assert.isBelow(heard.size, MIB / 10)
      const text = gunzipSync(heard.bytes).toString("utf8")
      assert.approximately(text.length, 20 * MIB, 100)
      assert.strictEqual(jsonOf({ ...heard, text }).data.note.length, 20 * MIB)
    }),
  )
})
