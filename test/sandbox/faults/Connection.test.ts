import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Option } from "effect"
import { fault, type Trouble } from "../../../src/sandbox/Faults.ts"
import { hang, loris, reset, slow, truncated } from "../../../src/sandbox/faults/Connection.ts"
import { noLeader } from "../../../src/sandbox/faults/VaultState.ts"
import { startSandbox } from "../../../src/sandbox/Sandbox.ts"
import { hearAws, hearVault, jsonOf, rootKeyOf, WHO } from "../../kit/Hearing.ts"

const CREDS = "aws/creds/mcp-agent-role"
const seeded = startSandbox({ empty: false })

describe("slow", () => {
  it.live("answers late, with the work done at once", () =>
    Effect.gen(function* () {
      const sandbox = yield* seeded
      const worked = yield* Deferred.make<void>()
      const telling: Trouble = {
        halves: ["vault"],
        does: ({ request, rest }) => Effect.tap(rest(request), () => Deferred.succeed(worked, undefined)),
      }
      yield* sandbox.faults.add(fault(slow(600), { about: "creds" }), fault(telling))
      const asked = yield* Effect.forkChild(hearVault(sandbox, CREDS))
      yield* Deferred.await(worked)
      assert.strictEqual(yield* sandbox.vault.liveLeases, 1)
      assert.isUndefined(asked.pollUnsafe())
      const heard = yield* Fiber.join(asked)
      assert.strictEqual(heard.status, 200)
      assert.isAtLeast(heard.headAt, 595)
    }),
  )
})

describe("loris", () => {
  it.live("sends the head at once and the body byte by byte, at both halves", () =>
    Effect.gen(function* () {
      const sandbox = yield* seeded
      yield* sandbox.faults.add(fault(loris(5)), fault(noLeader), fault(loris(1), { half: "aws" }))
      const vault = yield* hearVault(sandbox, CREDS)
      const text = '{"errors":["no active Vault instance found"]}\n'
      assert.deepInclude(vault, { status: 503, text, broken: undefined })
      assert.strictEqual(vault.headers["content-length"], String(text.length))
      assert.isAtLeast(vault.endAt - vault.headAt, 5 * (text.length - 1))
      assert.isAbove(vault.pieces.length, text.length / 2) // some may arrive together
      const aws = yield* hearAws(sandbox, rootKeyOf(sandbox), WHO)
      assert.include(aws.text, "</GetCallerIdentityResponse>")
      assert.isAbove(aws.pieces.length, 50)
    }),
  )
})

describe("hang", () => {
  it.live("does nothing and never answers, until it has happened so many times", () =>
    Effect.gen(function* () {
      const sandbox = yield* seeded
      yield* sandbox.faults.add(fault(hang, { about: "creds", times: 1 }))
      assert.isTrue(Option.isNone(yield* Effect.timeoutOption(hearVault(sandbox, CREDS), 200)))
      assert.strictEqual(yield* sandbox.vault.liveLeases, 0)
      assert.strictEqual((yield* hearVault(sandbox, CREDS)).status, 200)
    }),
  )
})

describe("reset", () => {
  it.live("does the work and closes the connection without a word", () =>
    Effect.gen(function* () {
      const sandbox = yield* seeded
      yield* sandbox.faults.add(fault(reset), fault(reset, { half: "aws", about: "GetCallerIdentity" }))
      assert.deepInclude(yield* hearVault(sandbox, CREDS), { status: 0, broken: "ECONNRESET" })
      assert.strictEqual(yield* sandbox.vault.liveLeases, 1)
      assert.deepInclude(yield* hearAws(sandbox, rootKeyOf(sandbox), WHO), { status: 0, broken: "ECONNRESET" })
    }),
  )
})

describe("truncated", () => {
  it.live("promises the whole answer and sends half of it", () =>
    Effect.gen(function* () {
      const sandbox = yield* seeded
      const whole = yield* hearVault(sandbox, "aws/roles/mcp-agent-role")
      yield* sandbox.faults.add(fault(truncated), fault(truncated, { half: "aws" }))
      const cut = yield* hearVault(sandbox, "aws/roles/mcp-agent-role")
      assert.strictEqual(cut.status, 200)
      assert.strictEqual(cut.broken, "ECONNRESET")
      assert.strictEqual(cut.size, Math.floor(Number(cut.headers["content-length"]) / 2))
      assert.approximately(cut.size, whole.size / 2, 5)
      assert.throws(() => jsonOf(cut))
      assert.deepInclude(yield* hearAws(sandbox, rootKeyOf(sandbox), WHO), { status: 200, broken: "ECONNRESET" })
    }),
  )
})
