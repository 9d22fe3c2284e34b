import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted, Schema } from "effect"
import { type Access, AppConfig } from "../../src/config/AppConfig.ts"
import { Gate } from "../../src/guard/Gate.ts"
import { Redactor } from "../../src/guard/Redactor.ts"
import { guarded } from "../../src/tools/Guarded.ts"
import { ToolFailure } from "../../src/tools/ToolFailure.ts"
import { ToolCall } from "../../src/tools/ToolCall.ts"
import { NoInput } from "../../src/tools/ToolSpec.ts"
import { config } from "../kit/FakeVault.ts"

const writes = { readOnly: false, destructive: false, idempotent: false, openWorld: false }
const words = { title: "T", description: "D", toolset: "s3", annotations: writes } as const

const world = (access: Access) =>
  Layer.mergeAll(
    Gate.layer,
    Redactor.layer,
    Layer.succeed(ToolCall, { principal: "test", progress: () => Effect.void }),
  ).pipe(Layer.provide(Layer.succeed(AppConfig, { ...config, access })))

describe("guarded", () => {
  const Input = Schema.Struct({
    bucket: Schema.String,
    limit: Schema.optionalKey(Schema.Finite),
    account: Schema.optionalKey(Schema.String),
  })
  let handled = 0
  const tool = guarded({
    ...words,
    name: "write_it",
    input: Input,
    output: Schema.Struct({ bucket: Schema.String }),
    handler: ({ bucket }) => Effect.sync(() => (handled++, { bucket })),
  })

  it.effect("wrong arguments are named all at once, with their paths, and the handler does not run", () =>
    Effect.gen(function* () {
      handled = 0
      const outcome = yield* tool.call({ bucket: 5, limit: "x", colour: true })
      assert.strictEqual(outcome._tag, "Failed")
      const text = outcome._tag === "Failed" ? outcome.text : ""
      for (const path of ["bucket", "limit", "colour"]) assert.include(text, path)
      assert.match(text, /nothing was sent/)
      assert.match(text, /code=invalid_arguments$/)
      assert.strictEqual(handled, 0)
    }).pipe(Effect.provide(world("full"))),
  )

  it.effect("in read-only mode a writer is refused before its handler runs", () =>
    Effect.gen(function* () {
      handled = 0
      const outcome = yield* tool.call({ bucket: "b" })
      assert.strictEqual(outcome._tag === "Failed" ? outcome.code : "", "access_refused")
      assert.strictEqual(handled, 0)
    }).pipe(Effect.provide(world("read-only"))),
  )

  it.effect("in read-only mode a reader is refused for the input with which it reveals, and for no other", () =>
    Effect.gen(function* () {
      handled = 0
      const revealing = guarded({
        ...words,
        name: "read_it",
        annotations: { ...writes, readOnly: true },
        input: Schema.Struct({ reveal: Schema.optionalKey(Schema.Boolean) }),
        output: Schema.Struct({}),
        reveals: ({ reveal }) => reveal === true,
        handler: () => Effect.sync(() => (handled++, {})),
      })
      const refused = yield* revealing.call({ reveal: true })
      assert.strictEqual(refused._tag === "Failed" ? refused.code : "", "access_refused")
      assert.strictEqual(handled, 0)
      assert.strictEqual((yield* revealing.call({ reveal: false }))._tag, "Done")
      assert.strictEqual((yield* revealing.call({}))._tag, "Done")
      assert.strictEqual(handled, 2)
    }).pipe(Effect.provide(world("read-only"))),
  )

  for (const access of ["ask", "full"] as const)
    it.effect(`in access ${access} a call that demands consent is ${access === "full" ? "let pass" : "refused"}`, () =>
      Effect.gen(function* () {
        handled = 0
        const demanding = guarded({
          ...words,
          name: "push_it",
          input: Schema.Struct({ force: Schema.optionalKey(Schema.Boolean) }),
          output: Schema.Struct({}),
          demands: ({ force }) => force === true,
          handler: () => Effect.sync(() => (handled++, {})),
        })
        const outcome = yield* demanding.call({ force: true })
        assert.strictEqual(outcome._tag === "Failed" ? outcome.code : "", access === "full" ? "" : "access_refused")
        assert.strictEqual(handled, access === "full" ? 1 : 0)
        assert.strictEqual((yield* demanding.call({}))._tag, "Done", "with another input it demands none")
      }).pipe(Effect.provide(world(access))),
    )

  it.effect("a live secret never leaves in a result, a failure or a defect's text", () =>
    Effect.gen(function* () {
      const secret = "canary-secret-value-0123456789"
      yield* (yield* Redactor).watch(Redacted.make(secret))
      const leaking = (handler: Effect.Effect<{ readonly text: string }, ToolFailure>) =>
        guarded({
          ...words,
          name: "leak",
          input: NoInput,
          output: Schema.Struct({ text: Schema.String }),
          handler: () => handler,
        })
      const outcomes = yield* Effect.all([
        leaking(Effect.succeed({ text: `it is ${secret}` })).call({}),
        leaking(Effect.fail(new ToolFailure({ code: "x", what: `it is ${secret}` }))).call({}),
        leaking(Effect.die(new Error(secret))).call({}),
      ])
      assert.notInclude(JSON.stringify(outcomes), "canary")
      assert.deepInclude(outcomes[2], { code: "internal_error", unsure: true })
      assert.notProperty(outcomes[1], "unsure")
    }).pipe(Effect.scoped, Effect.provide(world("full"))),
  )

  it.effect("a secret that is let go of while the call is under way leaves no more than a live one", () =>
    Effect.gen(function* () {
      const secret = "canary-secret-value-0123456789"
      const redactor = yield* Redactor
      const leaking = (end: Effect.Effect<{ readonly text: string }, ToolFailure>) =>
        guarded({
          ...words,
          name: "leak",
          input: NoInput,
          output: Schema.Struct({ text: Schema.String }),
          handler: () => Effect.andThen(Effect.scoped(redactor.watch(Redacted.make(secret))), end),
        })
      const outcomes = yield* Effect.all([
        leaking(Effect.succeed({ text: `it is ${secret}` })).call({}),
        leaking(Effect.fail(new ToolFailure({ code: "x", what: `it is ${secret}` }))).call({}),
      ])
      assert.notInclude(JSON.stringify(outcomes), "canary")
      assert.include(redactor.text(`it is ${secret}`), secret) // nobody is left who may hear of it
    }).pipe(Effect.provide(world("full"))),
  )

  it.effect("an interruption is not turned into an answer", () =>
    Effect.gen(function* () {
      const stuck = guarded({
        ...words,
        name: "stuck",
        input: NoInput,
        output: NoInput,
        handler: () => Effect.interrupt,
      })
      const exit = yield* Effect.exit(stuck.call({}))
      assert.strictEqual(exit._tag, "Failure")
    }).pipe(Effect.provide(world("full"))),
  )

  it("the account argument is shown only where accounts are configured", () => {
    assert.property(tool.inputSchema(true)["properties"], "account")
    assert.notProperty(tool.inputSchema(false)["properties"], "account")
    assert.strictEqual(tool.inputSchema(false)["additionalProperties"], false)
  })

  it("a failed call ends with one line for programs", () =>
    Effect.runPromise(
      guarded({
        ...words,
        name: "fails",
        input: NoInput,
        output: NoInput,
        handler: () => Effect.fail(new ToolFailure({ code: "NoSuchBucket", what: "no such bucket", requestId: "R1" })),
      })
        .call({})
        .pipe(
          Effect.map((outcome) =>
            assert.strictEqual(
              outcome._tag === "Failed" ? outcome.text : "",
              "no such bucket\ncode=NoSuchBucket request_id=R1",
            ),
          ),
          Effect.provide(world("full")),
        ),
    ))
})
