import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Schema } from "effect"
import {
  CapabilitiesWire,
  CredentialWire,
  credentialOf,
  decodeReply,
  grantOf,
  GrantWire,
  HealthWire,
  healthOf,
  TokenWire,
  tokenOf,
} from "../../src/vault/VaultWire.ts"

const read = <S extends Schema.ConstraintDecoder<unknown>>(schema: S, body: unknown) =>
  decodeReply(schema, { status: 200, body }, "some/path")

describe("an answer", () => {
  it.effect("of another shape is told by the place and what was expected there, not by what stood there", () =>
    Effect.gen(function* () {
      const body = { lease_id: "x", data: { access_key: "AKIA", secret_key: 12_345_678 } }
      const { message, reason } = yield* Effect.flip(read(CredentialWire, body))
      assert.strictEqual(reason._tag, "Malformed")
      assert.include(message, "some/path")
      assert.include(message, "secret_key")
      assert.notInclude(message, "12345678")
    }),
  )

  it.effect("that is empty, null or no object is no answer", () =>
    Effect.gen(function* () {
      for (const body of [undefined, null, [], "x", 1]) {
        assert.strictEqual((yield* Effect.flip(read(TokenWire, body))).reason._tag, "Malformed")
      }
    }),
  )

  it.effect.prop(
    "with any number for a length gives a length a clock can hold, or is refused",
    { seconds: Schema.Number },
    ({ seconds }) =>
      Effect.gen(function* () {
        const data = { access_key: "A", secret_key: "s", ttl: seconds }
        const result = yield* Effect.result(read(CredentialWire, { lease_duration: seconds, data }))
        const sane = Number.isSafeInteger(seconds) && seconds >= 0 && seconds <= 1e12
        assert.strictEqual(result._tag, sane ? "Success" : "Failure")
        if (result._tag === "Success") {
          assert.strictEqual(Duration.toSeconds(credentialOf(result.success).leaseDuration), seconds)
        }
      }),
    { arbitrary: { runs: 1000, size: 1000 } },
  )

  it.effect("with a name like a property of every object is read like any other", () =>
    Effect.gen(function* () {
      const body: unknown = JSON.parse('{"data": {"__proto__": ["root"], "a": ["read"]}}')
      const { data } = yield* read(CapabilitiesWire, body)
      assert.deepStrictEqual(data["a"], ["read"])
      assert.strictEqual(Object.getPrototypeOf({}), Object.prototype)
    }),
  )
})

describe("what an answer becomes", () => {
  it.effect("a token with policies of an identity has them all, and no accessor when it is empty", () =>
    Effect.gen(function* () {
      const data = { accessor: "", policies: ["default"], identity_policies: ["team"], ttl: 5, type: "batch" }
      const info = tokenOf(yield* read(TokenWire, { data }))
      assert.deepStrictEqual(info.policies, ["default", "team"])
      assert.strictEqual(info.accessor, undefined)
      assert.strictEqual(info.type, "batch")
    }),
  )

  it.effect("a child without an end has none, and Vault's warnings are one line each", () =>
    Effect.gen(function* () {
      const auth = { client_token: "hvs.x", accessor: "a", policies: ["root"], lease_duration: 0, renewable: false }
      const grant = grantOf(yield* read(GrantWire, { warnings: ["two\nlines\u202e"], auth }))
      assert.isFalse(Duration.isFinite(grant.ttl))
      assert.deepStrictEqual(grant.warnings, ["two lines"])
    }),
  )

  it.effect("health without a clock or a version has neither", () =>
    Effect.gen(function* () {
      const health = healthOf(yield* read(HealthWire, { initialized: true, sealed: false }))
      assert.deepStrictEqual(health, {
        state: "active",
        version: undefined,
        serverTime: undefined,
        clusterName: undefined,
      })
    }),
  )
})
