import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { gunzipSync } from "node:zlib"
import { fault } from "../../../src/sandbox/Faults.ts"
import { bomb, huge } from "../../../src/sandbox/faults/Flood.ts"
import { startSandbox } from "../../../src/sandbox/Sandbox.ts"
import { hearAws, hearVault, jsonOf, rootKeyOf, WHO } from "../../kit/Hearing.ts"
import { spawned } from "../../kit/Spawned.ts"

const MIB = 1024 * 1024

/** A client as a program, so that what it holds is not counted with the sandbox's: reads an answer and says what it was. */
const LISTENER = `
const response = await fetch(process.argv[1])
let size = 0
let start = ""
for await (const piece of response.body) {
  if (start.length < 20) start += Buffer.from(piece.subarray(0, 20 - start.length)).toString()
  size += piece.length
}
console.log(JSON.stringify({ status: response.status, length: response.headers.get("content-length"), size, start }))
`

describe("huge", () => {
  it.live("sends so many MiB of a document without telling how long it is, and never holds them", () =>
    Effect.gen(function* () {
      const sandbox = yield* startSandbox({ empty: false })
      yield* sandbox.faults.set(fault(huge(300)), fault(huge(2), { half: "aws" }))
      const url = `${sandbox.vaultAddr}/v1/sys/health`
      const before = process.memoryUsage().arrayBuffers
      let most = 0
      const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().arrayBuffers)), 20)
      const client = yield* spawned(["--input-type=module", "-e", LISTENER, url])
      const { code } = yield* Effect.ensuring(
        client.endsAfter(() => {}),
        Effect.sync(() => clearInterval(watch)),
      )
      assert.strictEqual(code, 0, client.err())
      const vault = JSON.parse(client.out())
      assert.deepInclude(vault, { status: 200, length: null, start: '{"data":{"note":"aaa' })
      assert.approximately(vault.size, 300 * MIB, 100)
      assert.isBelow(most - before, 16 * MIB)
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
