import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Logger } from "effect"
import { AppConfig } from "../../src/config/AppConfig.ts"
import { Gate } from "../../src/guard/Gate.ts"
import { config } from "../kit/FakeVault.ts"
import type { Access, AppConfigShape } from "../../src/config/AppConfig.ts"

const gateWith = (access: Access, accounts: AppConfigShape["accounts"] = {}) =>
  Gate.layer.pipe(Layer.provide(Layer.succeed(AppConfig, { ...config, access, accounts })))

const write = { tool: "s3_put_object", readOnly: false, reveals: false, account: undefined }

describe("Gate", () => {
  it.effect("read-only refuses what is not known to only read, and says how to allow it", () =>
    Effect.gen(function* () {
      const gate = yield* Gate
      const error = yield* Effect.flip(gate.pass(write))
      assert.match(error.message, /s3_put_object.*read-only.*VAULT_AWS_MCP_ACCESS/)
      yield* gate.pass({ ...write, readOnly: true })
    }).pipe(Effect.provide(gateWith("read-only"))),
  )

  it.effect("read-only refuses a read that shows secret values, and says what can be had instead", () =>
    Effect.gen(function* () {
      const gate = yield* Gate
      const error = yield* Effect.flip(gate.pass({ ...write, tool: "kv_get", readOnly: true, reveals: true }))
      assert.strictEqual(error.reason._tag, "RevealRefused")
      assert.match(error.message, /kv_get would show secret values.*names alone.*VAULT_AWS_MCP_ACCESS/)
    }).pipe(Effect.provide(gateWith("read-only"))),
  )

  it.effect("ask and full let secret values be shown; ask says that it cannot ask", () =>
    Effect.gen(function* () {
      const said: Array<unknown> = []
      const logger = Logger.layer([Logger.make(({ message }) => void said.push(message))])
      const shows = { ...write, readOnly: true, reveals: true }
      for (const access of ["full", "ask"] as const) {
        const gate = yield* Effect.provide(Gate, gateWith(access))
        yield* gate.pass(shows).pipe(Effect.provide(logger))
      }
      assert.strictEqual(said.length, 1)
    }),
  )

  it.effect("lets pass what may destroy the work of others with access full alone", () =>
    Effect.gen(function* () {
      const forced = { ...write, tool: "git_push", demandsFull: true }
      const codes = yield* Effect.forEach(["ask", "read-only", "full"] as const, (access) =>
        Effect.gen(function* () {
          const gate = yield* Effect.provide(Gate, gateWith(access))
          return yield* gate.pass(forced).pipe(
            Effect.as("passed"),
            Effect.catch(({ reason }) => Effect.succeed(`${reason._tag} ${reason.message}`)),
          )
        }),
      )
      assert.match(codes[0] ?? "", /^FullOnly git_push .*Nothing was done.*VAULT_AWS_MCP_ACCESS=full/)
      assert.match(codes[1] ?? "", /^ReadOnlyMode/)
      assert.strictEqual(codes[2], "passed")
    }),
  )

  it.effect("an account may be stricter than the whole, never laxer", () =>
    Effect.gen(function* () {
      const strict = { prod: { access: "read-only" }, dev: { access: "full" } } as const
      const inFull = yield* Effect.provide(Gate, gateWith("full", strict))
      yield* Effect.flip(inFull.pass({ ...write, account: "prod" }))
      yield* inFull.pass({ ...write, account: "dev" })
      const inReadOnly = yield* Effect.provide(Gate, gateWith("read-only", strict))
      yield* Effect.flip(inReadOnly.pass({ ...write, account: "dev" }))
    }),
  )

  it.effect("ask lets pass and says so once", () =>
    Effect.gen(function* () {
      const said: Array<unknown> = []
      const logger = Logger.layer([Logger.make(({ message }) => void said.push(message))])
      const gate = yield* Gate
      yield* Effect.all([gate.pass(write), gate.pass(write), gate.pass(write)]).pipe(Effect.provide(logger))
      assert.strictEqual(said.length, 1)
    }).pipe(Effect.provide(gateWith("ask"))),
  )
})
