import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Layer, Redacted } from "effect"
import type { Access } from "../../../src/config/AppConfig.ts"
import { AppConfig } from "../../../src/config/AppConfig.ts"
import { Gate } from "../../../src/guard/Gate.ts"
import { Redactor } from "../../../src/guard/Redactor.ts"
import { kvTools } from "../../../src/tools/kv/tools.ts"
import { ToolCall } from "../../../src/tools/ToolCall.ts"
import { Kv } from "../../../src/vault/kv/Kv.ts"
import type { KvSecret } from "../../../src/vault/kv/KvModel.ts"
import { PermissionMissing, TokenDead, TokenMissing } from "../../../src/vault/TokenReason.ts"
import { VaultAuth } from "../../../src/vault/VaultAuth.ts"
import { VaultError } from "../../../src/vault/VaultError.ts"
import type { VaultSession } from "../../../src/vault/VaultSession.ts"
import { config } from "../../kit/FakeVault.ts"

const session = (name: string): VaultSession => ({
  token: Redacted.make(name),
  owned: true,
  accessor: undefined,
  warnings: [],
  ended: Effect.never,
})

const at = DateTime.makeUnsafe("2026-01-02T03:04:05Z")
const info = { version: 3, createdAt: at, deletedAt: undefined, destroyed: false }

const secretOf = (data: Readonly<Record<string, string>>): KvSecret => ({
  engine: 2,
  info,
  custom: {},
  names: Object.keys(data),
  values: Redacted.make(data),
})

/** Calls a kv tool over a scripted engine; `log` has who asked for a session and with which token Kv was asked. */
const world = (kv: Partial<Kv["Service"]>, access: Access = "full") => {
  const log: Array<string> = []
  const auth = Layer.mock(VaultAuth, {
    session: (principal) => Effect.sync(() => (log.push(`session ${principal}`), session("first"))),
    renewed: (principal) => Effect.sync(() => (log.push(`renewed ${principal}`), session("second"))),
  })
  const layer = Layer.mergeAll(
    Layer.mock(Kv, kv),
    auth,
    Redactor.layer,
    Gate.layer.pipe(Layer.provide(Layer.succeed(AppConfig, { ...config, access }))),
    Layer.succeed(ToolCall, { principal: "agent-7", progress: () => Effect.void }),
  )
  const call = (name: string, args: Readonly<Record<string, unknown>>) => {
    const tool = kvTools.find(({ meta }) => meta.name === name)
    return tool === undefined ? Effect.die(new Error(`no tool ${name}`)) : tool.call(args)
  }
  return { log, layer, call }
}

const fails = (reason: VaultError["reason"]) => Effect.fail(new VaultError({ reason }))

describe("kv_get", () => {
  it.effect("without reveal asks for names alone: the values never come into this process", () =>
    Effect.gen(function* () {
      const { call, layer } = world({
        names: () => Effect.succeed({ engine: 2, info, custom: { owner: "ana" }, names: ["a", "b"] }),
        read: () => Effect.die(new Error("the values were asked for")),
      })
      const outcome = yield* Effect.provide(call("kv_get", { path: "x" }), layer)
      assert.deepEqual(outcome, {
        _tag: "Done",
        value: {
          mount: "secret",
          path: "x",
          kv_version: 2,
          version: 3,
          created_time: "2026-01-02T03:04:05.000Z",
          destroyed: false,
          custom_metadata: { owner: "ana" },
          keys: ["a", "b"],
          key_count: 2,
          message: "The values are withheld; reveal: true shows them.",
        },
      })
    }),
  )

  it.effect("a revealed value passes as it is, whatever it looks like; what this process works with does not", () =>
    Effect.gen(function* () {
      const own = "hvs.the-token-that-this-server-works-with"
      const data = {
        token: "hvs.SomebodyElsesTokenOfTwentyAndMore",
        key: "-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----",
        line: "password=correct-horse-battery",
      }
      const { call, layer } = world({ read: () => Effect.succeed(secretOf({ ...data, own })) })
      yield* Effect.gen(function* () {
        yield* (yield* Redactor).watch(Redacted.make(own))
        const outcome = yield* call("kv_get", { path: "x", reveal: true })
        assert.deepEqual(outcome._tag === "Done" && outcome.value["data"], { ...data, own: "[redacted]" })
      }).pipe(Effect.scoped, Effect.provide(layer))
    }),
  )

  it.effect("a number that a double cannot hold is told to be inexact", () =>
    Effect.gen(function* () {
      for (const [a, words] of [
        [2 ** 53, /lost their last digits/],
        [2 ** 53 - 1, /asked for\.$/],
      ] as const) {
        const values = Redacted.make({ deep: [{ a }] })
        const { call, layer } = world({ read: () => Effect.succeed({ ...secretOf({}), values }) })
        const outcome = yield* Effect.provide(call("kv_get", { path: "x", reveal: true }), layer)
        assert.match(outcome._tag === "Done" ? String(outcome.value["message"]) : "", words)
      }
    }),
  )

  it.effect("in access read-only reveals nothing and asks Vault for nothing", () =>
    Effect.gen(function* () {
      const { call, layer, log } = world({}, "read-only")
      const outcome = yield* Effect.provide(call("kv_get", { path: "x", reveal: true }), layer)
      assert.strictEqual(outcome._tag === "Failed" && outcome.code, "access_refused")
      assert.deepStrictEqual(log, [])
    }),
  )

  it.effect("a secret that is too large for a conversation is not shown, and is not quoted", () =>
    Effect.gen(function* () {
      const { call, layer } = world({ read: () => Effect.succeed(secretOf({ a: "canary".repeat(30_000) })) })
      const outcome = yield* Effect.provide(call("kv_get", { path: "x", reveal: true }), layer)
      assert.strictEqual(outcome._tag === "Failed" && outcome.code, "kv_too_large")
      assert.notInclude(JSON.stringify(outcome), "canary")
    }),
  )
})

describe("kv_put", () => {
  it.effect("refuses a number that a double cannot hold, by its key and before anything is sent", () =>
    Effect.gen(function* () {
      const { call, layer, log } = world({ write: () => Effect.succeed({ engine: 2, version: 1 }) })
      const put = (data: object) => Effect.provide(call("kv_put", { path: "m/big", data }), layer)
      const lost: unknown = JSON.parse('{"deep":[{"account":12345678901234567}]}')
      const outcome = yield* put({ a: 1, ...(lost as object) }) // an object, as it says above
      assert.strictEqual(outcome._tag === "Failed" && outcome.code, "invalid_arguments")
      assert.match(outcome._tag === "Failed" ? outcome.text : "", /data\.deep: .*Give it as a string; nothing was sent/)
      assert.notInclude(JSON.stringify(outcome), "1234567890")
      assert.deepStrictEqual(log, [])
      assert.strictEqual((yield* put({ a: 2 ** 53 - 1, b: "12345678901234567" }))._tag, "Done")
    }),
  )
})

describe("the kv tools", () => {
  it.effect("work with their caller's token, and with a new one when Vault calls that dead", () =>
    Effect.gen(function* () {
      const { call, layer, log } = world({
        list: (token) => {
          log.push(Redacted.value(token))
          return Redacted.value(token) === "first" ? fails(new TokenDead()) : Effect.succeed(["a"])
        },
      })
      const outcome = yield* Effect.provide(call("kv_list", {}), layer)
      assert.strictEqual(outcome._tag, "Done")
      assert.deepStrictEqual(log, ["session agent-7", "first", "renewed agent-7", "second"])
    }),
  )

  it.effect("give up after one new session", () =>
    Effect.gen(function* () {
      const { call, layer, log } = world({ remove: () => fails(new TokenDead()) })
      const outcome = yield* Effect.provide(call("kv_delete", { path: "x" }), layer)
      assert.strictEqual(outcome._tag === "Failed" && outcome.code, "vault_token_dead")
      assert.deepStrictEqual(log, ["session agent-7", "renewed agent-7"])
    }),
  )

  it.effect("tell Vault's reason with its code", () =>
    Effect.gen(function* () {
      const { call, layer } = world({ undelete: () => fails(new TokenMissing()) })
      const outcome = yield* Effect.provide(call("kv_undelete", { path: "x", versions: [1] }), layer)
      assert.match(outcome._tag === "Failed" ? outcome.text : "", /VAULT_TOKEN.*code=vault_token_missing$/s)
    }),
  )

  it.effect("describe a secret whose names they may not read", () =>
    Effect.gen(function* () {
      const versions = Array.from({ length: 150 }, (_, i) => ({ ...info, version: 150 - i }))
      const known = { createdAt: at, updatedAt: at, current: 150, maxVersions: 200, casRequired: false, custom: {} }
      const denied = new PermissionMissing({ path: "secret/data/x", capability: "read", parameters: [] })
      const { call, layer } = world({
        metadata: () => Effect.succeed({ ...known, versions }),
        names: () => fails(denied),
      })
      const outcome = yield* Effect.provide(call("kv_get_metadata", { path: "x" }), layer)
      const value = outcome._tag === "Done" ? outcome.value : {}
      assert.strictEqual(value["keys_problem"], denied.message)
      assert.notProperty(value, "keys")
      assert.strictEqual((value["versions"] as ReadonlyArray<unknown>).length, 100)
      assert.deepInclude(value, { versions_total: 150, max_versions: 200 })
    }),
  )

  it.effect("refuse impossible arguments before anything is sent, without repeating a value", () =>
    Effect.gen(function* () {
      const { call, layer, log } = world({})
      for (const [tool, args] of [
        ["kv_put", { path: "x" }],
        ["kv_put", { path: "x", data: "canary" }],
        ["kv_put", { path: "x", data: { a: "canary" }, cas: 1.5 }],
        ["kv_put", { path: "x", data: { a: "canary".repeat(200_000) } }],
        ["kv_put", { path: "x".repeat(1025), data: { a: "canary" } }],
        ["kv_get", { path: "x", reveal: "yes" }],
        ["kv_get", { path: "x", version: 0 }],
        ["kv_delete", { path: "x", versions: [] }],
        ["kv_undelete", { path: "x", versions: [0] }],
        ["kv_list", { limit: 0 }],
      ] as const) {
        const outcome = yield* Effect.provide(call(tool, args), layer)
        assert.strictEqual(outcome._tag === "Failed" && outcome.code, "invalid_arguments", tool)
        assert.notInclude(JSON.stringify(outcome), "canary")
      }
      assert.deepStrictEqual(log, [])
    }),
  )
})
