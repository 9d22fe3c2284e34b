import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { PassThrough, Readable } from "node:stream"
import { CollectedBody, CollectedEvents, collectBodies } from "../../../src/aws/api/Body.ts"
import { operationOf } from "./Samples.ts"

const limits = { bytes: 10, events: 3, millis: 5000 }

const body = (Body: unknown, more: object = {}) =>
  Effect.flatMap(operationOf("s3", "GetObject"), ({ output }) => collectBodies(output, { Body, ...more }, limits))

describe("Body", () => {
  it.effect("reads a short body whole", () =>
    Effect.gen(function* () {
      const { Body } = yield* body(Readable.from([Buffer.from("hello"), Buffer.from("world")]))
      assert.deepStrictEqual(Body, new CollectedBody(Buffer.from("helloworld"), false, 10))
    }),
  )

  it.effect("stops at the bound, tells the whole size, and lets the connection go", () =>
    Effect.gen(function* () {
      const stream = Readable.from(Array.from({ length: 1000 }, () => Buffer.from("0123456")))
      const { Body } = yield* body(stream, { ContentLength: 7000 })
      assert.deepStrictEqual(Body, new CollectedBody(Buffer.from("0123456012"), true, 7000))
      yield* Effect.promise(() => new Promise((done) => stream.once("close", done)))
      assert.isTrue(stream.destroyed)
    }),
  )

  it.effect("takes the size of a body from its headers where no member tells it", () =>
    Effect.gen(function* () {
      const stream = Object.assign(Readable.from([Buffer.alloc(20)]), { headers: { "content-length": "20" } })
      const { Body } = yield* body(stream)
      assert.strictEqual(Body instanceof CollectedBody && Body.total, 20)
    }),
  )

  it.effect("says so when the connection breaks", () =>
    Effect.gen(function* () {
      const stream = new PassThrough()
      const reading = yield* Effect.forkChild(Effect.flip(body(stream)), { startImmediately: true })
      stream.destroy(new Error("ECONNRESET"))
      const { reason } = yield* Fiber.join(reading)
      assert.strictEqual(reason._tag, "BodyLost")
    }),
  )

  it.effect("leaves answers without streams as they are", () =>
    Effect.gen(function* () {
      const { output } = yield* operationOf("dynamodb", "ListTables")
      const answer = { TableNames: ["t"] }
      assert.strictEqual(yield* collectBodies(output, answer), answer)
    }),
  )

  it.effect("takes so many events, and waits so long for them", () =>
    Effect.gen(function* () {
      const { output } = yield* operationOf("cloudwatch-logs", "StartLiveTail")
      const many = Readable.from([1, 2, 3, 4].map((each) => ({ sessionUpdate: each })))
      const first = yield* collectBodies(output, { responseStream: many }, limits)
      assert.deepStrictEqual(
        first["responseStream"],
        new CollectedEvents(
          [1, 2, 3].map((each) => ({ sessionUpdate: each })),
          true,
        ),
      )

      const idle = (async function* () {
        yield { sessionStart: {} }
        yield* await new Promise<Array<object>>(() => undefined)
      })()
      const reading = yield* Effect.forkChild(collectBodies(output, { responseStream: idle }, limits), {
        startImmediately: true,
      })
      // The first event comes by a microtask of its own.
      yield* Effect.promise(() => new Promise((done) => setImmediate(done)))
      yield* TestClock.adjust("5 seconds")
      const second = yield* Fiber.join(reading)
      assert.deepStrictEqual(second["responseStream"], new CollectedEvents([{ sessionStart: {} }], true))
    }),
  )
})
