import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { serveLoopback } from "../../../src/sandbox/Loopback.ts"
import { forwardSigned } from "../../../src/sandbox/vault/AwsForward.ts"
import type { WireRequest } from "../../../src/sandbox/Wire.ts"

const SIGNED = {
  host: "sts.amazonaws.com",
  target: "/?x=1",
  headers: { "x-amz-date": "d", connection: "close", "transfer-encoding": "chunked", "content-length": "99" },
  body: "Action=GetCallerIdentity",
}

describe("sending on a signed request", () => {
  it.live("keeps the name that was signed, the target and the body, and drops what was of the other connection", () =>
    Effect.gen(function* () {
      const seen: Array<WireRequest> = []
      const url = yield* serveLoopback((one) =>
        Effect.sync(() => (seen.push(one), { status: 403, headers: {}, body: "<no/>" })),
      )
      assert.deepStrictEqual(yield* forwardSigned(new URL(`${url}/sts/`), SIGNED), { status: 403, text: "<no/>" })
      const { body, headers, method, path, query } = seen[0] ?? assert.fail("nothing came")
      assert.deepStrictEqual([method, path, query, String(body)], ["POST", "/sts/", "x=1", SIGNED.body])
      assert.include(headers, { host: "sts.amazonaws.com", "x-amz-date": "d", "content-length": "24" })
      assert.notProperty(headers, "transfer-encoding")
    }),
  )

  it.live("a long answer is cut, a refused connection told by its code", () =>
    Effect.gen(function* () {
      const url = yield* serveLoopback(() => Effect.succeed({ status: 200, headers: {}, body: "x".repeat(1_000_000) }))
      assert.isBelow((yield* forwardSigned(new URL(url), SIGNED)).text.length, 200_000)
      assert.strictEqual(yield* Effect.flip(forwardSigned(new URL("http://127.0.0.1:1"), SIGNED)), "ECONNREFUSED")
    }),
  )

  it.effect("a server that says nothing is given up after ten seconds", () =>
    Effect.gen(function* () {
      const url = yield* serveLoopback(() => Effect.never)
      const fiber = yield* Effect.forkChild(Effect.flip(forwardSigned(new URL(url), SIGNED)), {
        startImmediately: true,
      })
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual(yield* Fiber.join(fiber), "ETIMEDOUT")
    }),
  )
})
