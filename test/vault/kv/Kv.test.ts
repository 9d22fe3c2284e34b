import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { inspect } from "node:util"
import type { KvPlace, KvValues } from "../../../src/vault/kv/KvModel.ts"
import { callKv, kvMount, NOTHING } from "../../kit/KvOver.ts"
import { type Answer, DENIED, envelope, refusal, token } from "../../kit/VaultOverHttp.ts"

const SECRET = "canary-of-a-kv-value-0123456789"
const place: KvPlace = { mount: "secret", path: "team/app" }
const values: KvValues = Redacted.make({ password: SECRET })
const times = { created_time: "2026-01-02T03:04:05.123456789Z", deletion_time: "", destroyed: false }
const versioned = (data: object | null, more: object = {}, status = 200): Answer =>
  envelope({ data: { data, metadata: { ...times, version: 3, custom_metadata: null, ...more } } }, status)
const GONE = { deletion_time: "2026-01-03T00:00:00Z" }
const two = kvMount(2)
const one = kvMount(1)

describe("reading", () => {
  it.effect("gives a version's values hidden, with what is known about it", () =>
    Effect.gen(function* () {
      const custom = { custom_metadata: { owner: "ana" } }
      const { asked, value } = yield* callKv(
        (kv) => kv.read(token, place, 3),
        two,
        () => versioned({ password: SECRET, a: 1 }, custom),
      )
      assert.deepStrictEqual(asked, ["GET secret/data/team/app?version=3"])
      assert.notInclude(inspect(value, { depth: 9 }) + JSON.stringify(value), SECRET)
      assert.deepStrictEqual(value?.names, ["a", "password"])
      assert.deepStrictEqual(value?.custom, { owner: "ana" })
      assert.strictEqual(value?.info?.version, 3)
      assert.isUndefined(value?.info?.deletedAt)
      assert.deepStrictEqual(value?.values && Redacted.value(value.values), { password: SECRET, a: 1 })
    }),
  )

  it.effect("a deleted version is an answer without values, although Vault says 404", () =>
    Effect.gen(function* () {
      const { value } = yield* callKv(
        (kv) => kv.read(token, place),
        two,
        () => versioned(null, GONE, 404),
      )
      assert.isUndefined(value?.values)
      assert.isUndefined(value?.names)
      assert.isDefined(value?.info?.deletedAt)
    }),
  )

  it.effect("version 1 keeps the members right in the answer, a member called data among them", () =>
    Effect.gen(function* () {
      const { asked, value } = yield* callKv(
        (kv) => kv.read(token, place),
        one,
        () => envelope({ data: { data: "x" }, lease_duration: 2764800 }),
      )
      assert.deepStrictEqual(asked, ["GET secret/team/app"])
      assert.deepInclude(value, { engine: 1, info: undefined })
      assert.deepStrictEqual(value?.values && Redacted.value(value.values), { data: "x" })
    }),
  )

  it.effect("an answer of another shape is told by its shape, never by its content", () =>
    Effect.gen(function* () {
      for (const json of [{ data: { data: SECRET } }, { data: SECRET }, { data: { data: { a: SECRET } } }]) {
        const { error } = yield* callKv(
          (kv) => kv.read(token, place),
          two,
          () => ({ status: 200, json }),
        )
        assert.strictEqual(error?.code, "vault_malformed")
        assert.notInclude(inspect(error, { depth: 9 }), SECRET)
      }
    }),
  )
})

describe("names", () => {
  const subkeys = (names: object | null, more: object = {}, status = 200) =>
    envelope({ data: { subkeys: names, metadata: { ...times, version: 3, ...more } } }, status)

  it.effect("are asked for without the values where Vault can tell them alone", () =>
    Effect.gen(function* () {
      const { asked, value } = yield* callKv(
        (kv) => kv.names(token, place),
        two,
        () => subkeys({ b: null, a: { c: null } }),
      )
      assert.deepStrictEqual(asked, ["GET secret/subkeys/team/app?depth=1"])
      assert.deepStrictEqual(value?.names, ["a", "b"])
    }),
  )

  it.effect("of a secret without members are none; of a version that is gone they are unknown", () =>
    Effect.gen(function* () {
      const bare = yield* callKv(
        (kv) => kv.names(token, place),
        two,
        () => subkeys(null),
      )
      assert.deepStrictEqual(bare.value?.names, [])
      const gone = yield* callKv(
        (kv) => kv.names(token, place),
        two,
        () => subkeys(null, GONE, 404),
      )
      assert.isDefined(gone.value)
      assert.isUndefined(gone.value?.names)
    }),
  )

  it.effect("come from the secret itself where the request for names is missing or denied; values are let go", () =>
    Effect.gen(function* () {
      for (const refused of [DENIED, NOTHING]) {
        const { asked, value } = yield* callKv(
          (kv) => kv.names(token, place, 3),
          two,
          ({ path }) => (path.includes("/subkeys/") ? refused : versioned({ password: SECRET })),
        )
        assert.deepStrictEqual(asked, [
          "GET secret/subkeys/team/app?depth=1&version=3",
          "GET secret/data/team/app?version=3",
        ])
        assert.deepStrictEqual(value?.names, ["password"])
        assert.notProperty(value, "values")
      }
    }),
  )
})

describe("listing", () => {
  it.effect("is asked for as a list below the engine's metadata, the root too, and comes in order", () =>
    Effect.gen(function* () {
      const keys = () => envelope({ data: { keys: ["b", "a/"] } })
      const root = yield* callKv((kv) => kv.list(token, { mount: "/secret/", path: "/" }), two, keys)
      assert.deepStrictEqual(root.asked, ["GET secret/metadata?list=true"])
      assert.deepStrictEqual(root.value, ["a/", "b"])
      const plain = yield* callKv((kv) => kv.list(token, { mount: "secret", path: "x y/" }), one, keys)
      assert.deepStrictEqual(plain.asked, ["GET secret/x%20y?list=true"])
    }),
  )

  it.effect("of nothing is empty; a refusal names the right to list", () =>
    Effect.gen(function* () {
      const none = yield* callKv(
        (kv) => kv.list(token, place),
        two,
        () => NOTHING,
      )
      assert.deepStrictEqual(none.value, [])
      const denied = yield* callKv(
        (kv) => kv.list(token, place),
        two,
        () => DENIED,
      )
      assert.include(denied.error?.message, 'path "secret/metadata/team/app" { capabilities = ["list"] }')
    }),
  )
})

describe("metadata", () => {
  it.effect("tells the versions, the newest first", () =>
    Effect.gen(function* () {
      const data = {
        ...times,
        updated_time: "2026-02-02T00:00:00Z",
        current_version: 10,
        max_versions: 0,
        cas_required: true,
        custom_metadata: null,
        versions: { "2": { ...times, ...GONE }, "10": times, "9": { ...times, destroyed: true } },
      }
      const { asked, value } = yield* callKv(
        (kv) => kv.metadata(token, place),
        two,
        () => envelope({ data }),
      )
      assert.deepStrictEqual(asked, ["GET secret/metadata/team/app"])
      assert.deepInclude(value, { current: 10, casRequired: true, custom: {} })
      assert.deepStrictEqual(
        value?.versions.map(({ deletedAt, destroyed, version }) => [version, deletedAt !== undefined, destroyed]),
        [
          [10, false, false],
          [9, false, true],
          [2, true, false],
        ],
      )
    }),
  )
})

describe("writing", () => {
  const written = () => envelope({ data: { ...times, version: 4 } })

  it.effect("sends the values as the engine's version wants them", () =>
    Effect.gen(function* () {
      const versioned = yield* callKv((kv) => kv.write(token, place, values, 3), two, written)
      assert.deepStrictEqual(versioned.asked, ["POST secret/data/team/app"])
      assert.deepEqual(versioned.bodies, [{ data: { password: SECRET }, options: { cas: 3 } }])
      assert.deepStrictEqual(versioned.value, { engine: 2, version: 4 })
      const free = yield* callKv((kv) => kv.write(token, place, values), two, written)
      assert.deepEqual(free.bodies, [{ data: { password: SECRET } }])
      const plain = yield* callKv(
        (kv) => kv.write(token, place, values),
        one,
        () => ({ status: 204 }),
      )
      assert.deepStrictEqual(plain.asked, ["POST secret/team/app"])
      assert.deepEqual(plain.bodies, [{ password: SECRET }])
      assert.deepStrictEqual(plain.value, { engine: 1, version: undefined })
    }),
  )

  it.effect("a missed check-and-set and a missing one have reasons of their own", () =>
    Effect.gen(function* () {
      const missed = yield* callKv(
        (kv) => kv.write(token, place, values, 3),
        two,
        () => refusal(400, "check-and-set parameter did not match the current version"),
      )
      assert.strictEqual(missed.error?.code, "kv_cas_mismatch")
      assert.match(missed.error?.message ?? "", /^Nothing was written to secret\/team\/app: .* not 3 /)
      const required = yield* callKv(
        (kv) => kv.write(token, place, values),
        two,
        () => refusal(400, "check-and-set parameter required for this call"),
      )
      assert.strictEqual(required.error?.code, "kv_cas_required")
    }),
  )

  const broken: Answer = { code: "ECONNRESET" }

  it.effect("without check-and-set is sent once, and told as unknown when no answer came", () =>
    Effect.gen(function* () {
      const page = { status: 502, page: "<html>bad gateway</html>" }
      for (const answer of [broken, "silence", page, refusal(500, "internal error")] as const) {
        const { asked, error } = yield* callKv(
          (kv) => kv.write(token, place, values),
          two,
          () => answer,
        )
        assert.strictEqual(asked.length, 1)
        assert.strictEqual(error?.code, "kv_outcome_unknown")
        assert.match(error?.message ?? "", /may have been made or not/)
      }
    }),
  )

  it.effect("with check-and-set is sent again once; only a success settles what the first one did", () =>
    Effect.gen(function* () {
      const second = (answer: Answer) =>
        callKv(
          (kv) => kv.write(token, place, values, 3),
          two,
          (_, nth) => (nth === 1 ? broken : answer),
        )
      const settled = yield* second(written())
      assert.strictEqual(settled.value?.version, 4)
      const missed = yield* second(refusal(400, "check-and-set parameter did not match the current version"))
      assert.strictEqual(missed.error?.code, "kv_outcome_unknown")
      assert.match(missed.error?.message ?? "", /asked again.*this write or of somebody else/)
      for (const answer of [broken, DENIED, refusal(403, "permission denied"), refusal(503, "Vault is sealed")]) {
        const { asked, error } = yield* second(answer)
        assert.strictEqual(asked[0], "POST secret/data/team/app")
        assert.strictEqual(error?.code, "kv_outcome_unknown")
      }
    }),
  )

  it.effect("an answer that cannot be read leaves open what was done", () =>
    Effect.gen(function* () {
      const { error } = yield* callKv(
        (kv) => kv.write(token, place, values),
        two,
        () => ({ status: 200, page: `<html>log in, ${SECRET}</html>` }),
      )
      assert.strictEqual(error?.code, "kv_outcome_unknown")
      assert.notInclude(inspect(error, { depth: 9 }), SECRET)
    }),
  )

  it.effect("no refusal repeats what was written", () =>
    Effect.gen(function* () {
      for (const status of [400, 403, 404, 405, 413, 429, 500, 503]) {
        const { error } = yield* callKv(
          (kv) => kv.write(token, place, values),
          two,
          () => refusal(status, `cannot convert ${SECRET}`),
        )
        assert.isDefined(error)
        assert.notInclude(inspect(error, { depth: 9 }) + (error?.message ?? ""), SECRET, String(status))
      }
    }),
  )
})

describe("deleting", () => {
  it.effect("takes the latest version, those given, or in version 1 the secret", () =>
    Effect.gen(function* () {
      const done = (): Answer => ({ status: 204 })
      const latest = yield* callKv((kv) => kv.remove(token, place), two, done)
      assert.deepStrictEqual(latest.asked, ["DELETE secret/data/team/app"])
      const given = yield* callKv((kv) => kv.remove(token, place, [1, 2]), two, done)
      assert.deepStrictEqual([given.asked, given.bodies], [["POST secret/delete/team/app"], [{ versions: [1, 2] }]])
      const plain = yield* callKv((kv) => kv.remove(token, place), one, done)
      assert.deepStrictEqual([plain.asked, plain.value], [["DELETE secret/team/app"], { engine: 1 }])
      const back = yield* callKv((kv) => kv.undelete(token, place, [2]), two, done)
      assert.deepStrictEqual([back.asked, back.bodies], [["POST secret/undelete/team/app"], [{ versions: [2] }]])
    }),
  )

  it.effect("is told as unknown when no answer came, and not repeated", () =>
    Effect.gen(function* () {
      const { asked, error } = yield* callKv(
        (kv) => kv.remove(token, place),
        two,
        () => ({ code: "ECONNRESET" }),
      )
      assert.strictEqual(asked.length, 1)
      assert.strictEqual(error?.code, "kv_outcome_unknown")
    }),
  )
})

describe("version 1", () => {
  it.effect("is asked for nothing that only version 2 has", () =>
    Effect.gen(function* () {
      const untouched = () => assert.fail("it was asked")
      const refused = yield* Effect.all([
        callKv((kv) => kv.metadata(token, place), one, untouched),
        callKv((kv) => kv.read(token, place, 1), one, untouched),
        callKv((kv) => kv.names(token, place, 1), one, untouched),
        callKv((kv) => kv.write(token, place, values, 0), one, untouched),
        callKv((kv) => kv.remove(token, place, [1]), one, untouched),
        callKv((kv) => kv.undelete(token, place, [1]), one, untouched),
      ])
      for (const { asked, error } of refused) {
        assert.strictEqual(error?.code, "kv_version_1")
        assert.deepStrictEqual(asked, [])
      }
    }),
  )
})
