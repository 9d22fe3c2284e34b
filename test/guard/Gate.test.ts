import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Logger } from "effect"
import { AppConfig } from "../../src/config/AppConfig.ts"
import { Gate } from "../../src/guard/Gate.ts"
import { config } from "../kit/FakeVault.ts"
import type { Access, AppConfigShape } from "../../src/config/AppConfig.ts"

const gateWith = (access: Access, accounts: AppConfigShape["accounts"] = {}) =>
  Gate.layer.pipe(Layer.provide(Layer.succeed(AppConfig, { ...config, access, accounts })))

const write = { tool: "s3_put_object", readOnly: false, reveals: false, demands: false, account: undefined }

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

  it.effect("a call that demands consent passes with full access alone, be it a read or a write", () =>
    Effect.gen(function* () {
      for (const readOnly of [true, false]) {
        const demanding = { ...write, tool: "mcp_call_tool", readOnly, demands: true }
        for (const access of ["ask", "read-only"] as const) {
          const gate = yield* Effect.provide(Gate, gateWith(access))
          const error = yield* Effect.flip(gate.pass(demanding))
          assert.strictEqual(error.reason._tag, "FullAccessDemanded")
          assert.match(error.message, /mcp_call_tool .*consent.*nothing was done.*VAULT_AWS_MCP_ACCESS=full/)
        }
        const open = yield* Effect.provide(Gate, gateWith("full"))
        yield* open.pass(demanding)
      }
      const inAccount = yield* Effect.provide(Gate, gateWith("full", { prod: { access: "ask" } }))
      yield* Effect.flip(inAccount.pass({ ...write, demands: true, account: "prod" }))
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
