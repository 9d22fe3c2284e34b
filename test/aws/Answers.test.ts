/** What comes back from the network, before the official clients read it. */
import { Readable } from "node:stream"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { bodyCollector } from "../../src/aws/Answers.ts"
import { UnusableAnswer } from "../../src/aws/Failure.ts"
import { fault, type Trouble } from "../../src/sandbox/Faults.ts"
import { answer } from "../../src/sandbox/faults/Custom.ts"
import { huge } from "../../src/sandbox/faults/Flood.ts"
import { garbage } from "../../src/sandbox/faults/Gateway.ts"
import { makeToolWorld } from "../kit/ToolWorld.ts"

/** The bytes, or what was thrown. */
const collect = (stream: Readable, limits?: Parameters<typeof bodyCollector>[0]) =>
  Effect.promise(() =>
    bodyCollector(limits)(stream).then(
      (bytes) => ({ bytes, error: undefined }),
      (error: Error) => ({ bytes: undefined, error }),
    ),
  )

describe("the body of an answer", () => {
  it.live("is gathered to its end", () =>
    Effect.gen(function* () {
      const { bytes } = yield* collect(Readable.from([Buffer.from("ab"), Buffer.from("c")]))
      assert.deepStrictEqual(bytes, Buffer.from("abc"))
      assert.deepStrictEqual((yield* collect(Readable.from([]))).bytes, Buffer.alloc(0))
    }),
  )

  it.live("is given up above a size, in spite of all the rest that would come", () =>
    Effect.gen(function* () {
      let made = 0
      const endless = new Readable({
        read() {
          made++
          this.push(Buffer.alloc(1000))
        },
      })
      const { error } = yield* collect(endless, { bytes: 10_000, millis: 60_000 })
      assert.instanceOf(error, UnusableAnswer)
      assert.isTrue(endless.destroyed)
      assert.isBelow(made, 1000)
    }),
  )

  it.live("is given up after a time, although it never pauses", () =>
    Effect.gen(function* () {
      const trickle = new Readable({
        read() {
          setTimeout(() => this.push("x"), 5)
        },
      })
      const { error } = yield* collect(trickle, { bytes: 10_000, millis: 200 })
      assert.match(error?.message ?? "", /did not end within 0\.2 s/)
      assert.isTrue(trickle.destroyed)
    }),
  )

  it.live("that breaks off is no body", () =>
    Effect.gen(function* () {
      const broken = new Readable({ read() {} })
      const reset = Object.assign(new Error("aborted"), { code: "ECONNRESET" })
      broken.push("half")
      broken.destroy(reset)
      assert.strictEqual((yield* collect(broken)).error, reset)
      const silent = new Readable({ read() {} })
      silent.destroy()
      assert.instanceOf((yield* collect(silent)).error, UnusableAnswer)
    }),
  )
})

describe("an answer", () => {
  const put = ["s3_put_object", { bucket: "acme-config", key: "answers/x.html", content: "<p>" }] as const
  const get = ["s3_get_object", { bucket: "acme-config", key: "answers/x.html" }] as const

  it.live("that is a page of somebody else's is no success; a page that AWS stores is one", () =>
    Effect.gen(function* () {
      const world = yield* makeToolWorld()
      yield* world.good(...put)
      const page: Trouble = answer({
        status: 200,
        headers: { "content-type": "text/html; charset=utf-8", "x-amz-request-id": "R", "content-length": "4" },
        body: "<p>x",
      })
      yield* world.sandbox.faults.set(fault(page, { half: "aws", about: "s3 GET" }))
      assert.include(yield* world.good(...get), { content: "<p>x" })
      yield* world.sandbox.faults.set(fault(garbage, { half: "aws", about: "s3" }))
      const calls: ReadonlyArray<readonly [string, object]> = [put, get, ["s3_delete_object", get[1]]]
      for (const [tool, args] of calls) {
        assert.match(
          yield* world.bad(tool, { ...args }),
          /HTTP 200 that is no answer of AWS's[\s\S]*code=aws_unreachable/,
        )
      }
    }),
  )

  it.live("of any size costs no more than the bound, and is told as what it is", () =>
    Effect.gen(function* () {
      const world = yield* makeToolWorld()
      yield* world.sandbox.faults.add(fault(huge(200), { half: "aws", about: "GetCallerIdentity" }))
      const text = yield* world.bad("aws_get_caller_identity")
      assert.match(text, /an answer above 20 MiB[\s\S]*code=aws_unreachable/)
    }),
  )
})
