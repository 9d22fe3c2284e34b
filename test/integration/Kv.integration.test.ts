/** The kv tools as a model uses them, against the sandbox's two KV engines; and that a value leaves by `reveal` alone. */
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Logger, Redacted, References, Scope, Tracer } from "effect"
import { inspect } from "node:util"
import type { Access } from "../../src/config/AppConfig.ts"
import { fault } from "../../src/sandbox/Faults.ts"
import { answer, observe } from "../../src/sandbox/faults/Custom.ts"
import { reset } from "../../src/sandbox/faults/Connection.ts"
import { makeToolWorld, type ToolWorld } from "../kit/ToolWorld.ts"
import { ask } from "../kit/VaultCalls.ts"
import { unique } from "../kit/Worlds.ts"

/** A second engine, of version 1, and one folder of the first that the tools' policy does not open. */
const POLICY = `path "secret/*" { capabilities = ["create", "read", "update", "delete", "list"] }
path "secret/data/closed/*" { capabilities = ["deny"] }
path "secret/metadata/closed/*" { capabilities = ["read"] }
path "secret/subkeys/closed/*" { capabilities = ["deny"] }
path "old/*" { capabilities = ["create", "read", "update", "delete", "list"] }
`

/** Everything that was said of calls: logs, spans, and the outcomes of those that reveal nothing. */
const listen = ({ outcome }: ToolWorld) => {
  const said: Array<string> = []
  const spans: Array<Tracer.NativeSpan> = []
  const logger = Logger.make(({ cause, message }) => void said.push(inspect([message, cause], { depth: 20 })))
  const tracer = Tracer.make({
    span: (options) => {
      const span = new Tracer.NativeSpan(options)
      spans.push(span)
      return span
    },
  })
  const call = (tool: string, args: Readonly<Record<string, unknown>>) =>
    outcome(tool, args).pipe(
      Effect.tap((result) => Effect.sync(() => void (args["reveal"] === true || said.push(JSON.stringify(result))))),
      Effect.provide(Logger.layer([logger])),
      Effect.provideService(References.MinimumLogLevel, "Trace"),
      Effect.withTracer(tracer),
    )
  /** Of a span what an exporter takes of it: a success's value is none of that. */
  const shown = ({ attributes, events, name, status }: Tracer.NativeSpan) => {
    const failed = status._tag === "Ended" && Exit.isFailure(status.exit) ? Cause.pretty(status.exit.cause) : ""
    return inspect([name, attributes, events, failed], { depth: 20 })
  }
  const all = () => [...said, ...spans.map(shown)]
  return { call, all, spans }
}

const scope = Effect.runSync(Scope.make())
const worlds = new Map<Access, ToolWorld>()

const makeKvWorld = (access: Access) =>
  Effect.gen(function* () {
    const made = yield* makeToolWorld({ empty: false }, { access, toolsets: ["kv"] })
    const token = Redacted.value(made.sandbox.vaultToken)
    const as = { token }
    yield* ask(made.sandbox.vault, "POST", "sys/mounts/old", { ...as, body: { type: "kv", options: { version: "1" } } })
    yield* ask(made.sandbox.vault, "PUT", "sys/policies/acl/vault-aws-mcp", { ...as, body: { policy: POLICY } })
    return made
  })

beforeAll(async () => {
  for (const access of ["full", "read-only"] as const)
    worlds.set(access, await Effect.runPromise(Scope.provide(makeKvWorld(access), scope)))
})
afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))

const withWorld =
  (body: (world: ToolWorld) => Effect.Effect<unknown, unknown>, access: Access = "full") =>
  () =>
    Effect.runPromise(body(worlds.get(access) ?? assert.fail("no world")))

describe("KV version 2", () => {
  it(
    "the seeded secret is found by its folder, described by its names, and read on demand",
    withWorld((world) =>
      Effect.gen(function* () {
        const root = yield* world.good("kv_list")
        assert.include(root["keys"], "team/")
        const folder = yield* world.good("kv_list", { path: "team/" })
        assert.include(folder["keys"], "readme")
        const named = yield* world.good("kv_get", { path: "team/readme" })
        assert.deepInclude(named, { mount: "secret", path: "team/readme", kv_version: 2, version: 1, key_count: 1 })
        assert.deepStrictEqual(named["keys"], ["note"])
        assert.notProperty(named, "data")
        const shown = yield* world.good("kv_get", { path: "/team/readme", reveal: true })
        assert.deepStrictEqual(shown["data"], { note: "This is the sandbox's KV store." })
      }),
    ),
  )

  it(
    "a secret is written, versioned, described, and never shown unasked",
    withWorld((world) =>
      Effect.gen(function* () {
        const path = `app/${unique("ü +%2F")}`
        const first = yield* world.good("kv_put", { path, data: { user: "ana", nested: { list: [1, null, true] } } })
        assert.deepInclude(first, { mount: "secret", path, version: 1 })
        yield* world.good("kv_put", { path, data: { user: "eva" } })
        const described = yield* world.good("kv_get_metadata", { path })
        assert.deepInclude(described, { current_version: 2, cas_required: false, versions_total: 2 })
        assert.deepStrictEqual(described["keys"], ["user"])
        const old = yield* world.good("kv_get", { path, version: 1, reveal: true })
        assert.deepStrictEqual(old["data"], { user: "ana", nested: { list: [1, null, true] } })
        assert.deepStrictEqual(old["keys"], ["nested", "user"])
      }),
    ),
  )

  it(
    "check-and-set writes only over the version it was told, and says what to do when it missed",
    withWorld((world) =>
      Effect.gen(function* () {
        const path = `app/${unique("cas")}`
        yield* world.good("kv_put", { path, data: { a: "1" }, cas: 0 })
        assert.match(
          yield* world.bad("kv_put", { path, data: { a: "2" }, cas: 0 }),
          /Nothing was written.*there is one.*code=kv_cas_mismatch$/s,
        )
        assert.match(
          yield* world.bad("kv_put", { path, data: { a: "2" }, cas: 7 }),
          /is not 7.*current version as cas.*code=kv_cas_mismatch$/s,
        )
        const second = yield* world.good("kv_put", { path, data: { a: "2" }, cas: 1 })
        assert.strictEqual(second["version"], 2)
      }),
    ),
  )

  it(
    "a deleted version is an answer that tells of it, and comes back; a destroyed one does not",
    withWorld((world) =>
      Effect.gen(function* () {
        const path = `app/${unique("gone")}`
        yield* world.good("kv_put", { path, data: { a: "1" } })
        yield* world.good("kv_put", { path, data: { a: "2" } })
        yield* world.good("kv_delete", { path })
        for (const reveal of [false, true]) {
          const gone = yield* world.good("kv_get", { path, reveal })
          assert.deepInclude(gone, { version: 2, key_count: 0, destroyed: false })
          assert.match(String(gone["message"]), /deleted.*kv_undelete/)
          assert.notProperty(gone, "data")
          assert.property(gone, "deletion_time")
        }
        const described = yield* world.good("kv_get_metadata", { path })
        assert.match(String(described["keys_problem"]), /deleted/)
        yield* world.good("kv_delete", { path, versions: [1] })
        yield* world.good("kv_undelete", { path, versions: [1, 2] })
        const back = yield* world.good("kv_get", { path, reveal: true })
        assert.deepStrictEqual(back["data"], { a: "2" })
        assert.notProperty(back, "deletion_time")
        const token = Redacted.value(world.sandbox.vaultToken)
        yield* ask(world.sandbox.vault, "POST", `secret/destroy/${path}`, { token, body: { versions: [1] } })
        const destroyed = yield* world.good("kv_get", { path, version: 1 })
        assert.match(String(destroyed["message"]), /gone for good/)
      }),
    ),
  )

  it(
    "a list comes page by page; where nothing is there are no names",
    withWorld((world) =>
      Effect.gen(function* () {
        const folder = unique("many")
        const names = ["a", "b", "c/d", "e", "f"]
        for (const name of names) yield* world.good("kv_put", { path: `${folder}/${name}`, data: { x: "y" } })
        const seen: Array<unknown> = []
        let cursor: unknown
        do {
          const page = yield* world.good<Record<string, unknown>>("kv_list", {
            path: folder,
            limit: 2,
            ...(cursor === undefined ? {} : { cursor }),
          })
          assert.strictEqual(page["total"], 5)
          seen.push(...(page["keys"] as ReadonlyArray<unknown>))
          cursor = page["next_cursor"]
        } while (cursor !== undefined)
        assert.deepStrictEqual(seen, ["a", "b", "c/", "e", "f"])
        assert.deepInclude(yield* world.good("kv_list", { path: "none/such" }), { keys: [], total: 0 })
      }),
    ),
  )

  it(
    "what a policy does not open is told with the path and the right that is missing",
    withWorld((world) =>
      Effect.gen(function* () {
        const closed = { path: "closed/x" }
        const read = yield* world.bad("kv_get", { ...closed, reveal: true })
        assert.match(read, /read secret\/data\/closed\/x.*code=vault_permission_missing$/s)
        const written = yield* world.bad("kv_put", { ...closed, data: { a: "1" } })
        assert.match(written, /update secret\/data\/closed\/x.*"create" there as well/s)
        const token = Redacted.value(world.sandbox.vaultToken)
        yield* ask(world.sandbox.vault, "POST", "secret/data/closed/x", { token, body: { data: { a: "1" } } })
        const described = yield* world.good("kv_get_metadata", closed)
        assert.strictEqual(described["current_version"], 1)
        assert.match(String(described["keys_problem"]), /policies do not let/)
      }),
    ),
  )

  it(
    "what is not there, and what is no KV engine, are told apart",
    withWorld((world) =>
      Effect.gen(function* () {
        assert.match(yield* world.bad("kv_get", { path: "none" }), /code=vault_not_found$/)
        assert.match(yield* world.bad("kv_get", { path: "" }), /is empty.*code=vault_invalid_request$/s)
        assert.match(yield* world.bad("kv_get", { path: "team/../x" }), /code=vault_invalid_request$/)
        assert.match(yield* world.bad("kv_get", { path: "team//x" }), /code=vault_invalid_request$/)
        assert.match(
          yield* world.bad("kv_get", { mount: "secret/team", path: "readme" }),
          /lies within the one at "secret".*code=kv_mount_unknown$/s,
        )
        assert.match(
          yield* world.bad("kv_put", { mount: "nowhere", path: "x", data: { a: "b" } }),
          /nothing is mounted/,
        )
        assert.match(yield* world.bad("kv_get", { mount: "sys", path: "x" }), /code=(?:kv_wrong_engine|vault_)/)
        assert.match(yield* world.bad("kv_put", { path: "x", data: {}, cas: -1 }), /code=invalid_arguments$/)
        const huge = { path: "x", data: { a: "x".repeat(1024 * 1024) } }
        assert.match(yield* world.bad("kv_put", huge), /nothing was sent.*code=invalid_arguments$/s)
      }),
    ),
  )
})

describe("KV version 1", () => {
  it(
    "reads, lists, writes and deletes by the same tools",
    withWorld((world) =>
      Effect.gen(function* () {
        const at = { mount: "old", path: `app/${unique("one")}` }
        assert.match(String((yield* world.good("kv_put", { ...at, data: { a: "1", b: "2" } }))["message"]), /version 1/)
        const named = yield* world.good("kv_get", at)
        assert.deepInclude(named, { kv_version: 1, key_count: 2 })
        assert.notProperty(named, "data")
        assert.deepStrictEqual((yield* world.good("kv_get", { ...at, reveal: true }))["data"], { a: "1", b: "2" })
        assert.include((yield* world.good("kv_list", { mount: "old", path: "app" }))["keys"], at.path.slice(4))
        assert.match(String((yield* world.good("kv_delete", at))["message"]), /gone for good/)
        assert.match(yield* world.bad("kv_get", at), /code=vault_not_found$/)
      }),
    ),
  )

  it(
    "has no metadata, versions, undeletion or check-and-set, and says so",
    withWorld((world) =>
      Effect.gen(function* () {
        const at = { mount: "old", path: "app/x" }
        for (const [tool, args, what] of [
          ["kv_get_metadata", {}, "metadata"],
          ["kv_get", { version: 1 }, "versions"],
          ["kv_delete", { versions: [1] }, "versions"],
          ["kv_undelete", { versions: [1] }, "undelete"],
          ["kv_put", { data: { a: "b" }, cas: 0 }, "check-and-set"],
        ] as const) {
          const text = yield* world.bad(tool, { ...at, ...args })
          assert.match(text, new RegExp(`has no ${what}.*Nothing was changed.*code=kv_version_1$`, "s"), tool)
        }
      }),
    ),
  )
})

describe("access read-only", () => {
  it(
    "lets names be read, and refuses values and changes with the reason",
    withWorld(
      (world) =>
        Effect.gen(function* () {
          const path = "team/readme"
          assert.deepStrictEqual((yield* world.good("kv_get", { path }))["keys"], ["note"])
          assert.deepStrictEqual((yield* world.good("kv_get", { path, reveal: false }))["keys"], ["note"])
          assert.match(
            yield* world.bad("kv_get", { path, reveal: true }),
            /show secret values.*read-only.*code=access_refused$/s,
          )
          for (const [tool, args] of [
            ["kv_put", { data: { a: "b" } }],
            ["kv_delete", {}],
            ["kv_undelete", { versions: [1] }],
          ] as const)
            assert.match(yield* world.bad(tool, { path, ...args }), /code=access_refused$/)
        }),
      "read-only",
    ),
  )
})

describe("a value", () => {
  const CANARY = "canary-value-that-stays-inside-0123456789"

  it(
    "is in no log, error or other result, whatever goes wrong around it",
    withWorld((world) =>
      Effect.gen(function* () {
        const { all, call, spans } = listen(world)
        const { faults } = world.sandbox
        const path = `app/${unique("canary")}`
        const data = { password: CANARY, short: "hunter2-é" }
        yield* call("kv_put", { path, data })
        yield* call("kv_get", { path })
        yield* call("kv_get_metadata", { path })
        for (const args of [{ path, cas: 0 }, { path: "closed/x" }, { path: "" }, { path, colour: 1 }])
          assert.strictEqual((yield* call("kv_put", { ...args, data }))._tag, "Failed")
        const shown = yield* call("kv_get", { path, reveal: true })
        assert.deepStrictEqual(shown._tag === "Done" && shown.value["data"], data)
        for (const status of [200, 400, 403, 404, 418, 429, 500, 502]) {
          for (const [type, body] of [
            ["application/json", `{"errors":["error converting input ${CANARY} hunter2-é for field options"]}`],
            ["text/html", `<html><title>you sent hunter2-é ${CANARY}</title></html>`],
          ] as const) {
            const echo = { status, headers: { "content-type": type }, body }
            yield* faults.set(fault(answer(echo), { half: "vault", about: "POST /v1/secret/data/" }))
            assert.strictEqual((yield* call("kv_put", { path, data }))._tag, "Failed")
          }
        }
        yield* faults.set()
        assert.isAbove(spans.length, 20)
        const lines = all()
        assert.isAbove(lines.length, 40)
        for (const line of lines)
          for (const secret of [CANARY, "hunter2", "converting"]) assert.notInclude(line, secret)
      }),
    ),
  )

  it(
    "written when the connection breaks is told as unknown, and tried again with check-and-set alone",
    withWorld((world) =>
      Effect.gen(function* () {
        const { faults } = world.sandbox
        const about = { half: "vault", about: "POST /v1/secret/data/" } as const
        let writes = 0
        const counted = fault(
          observe(() => void writes++),
          about,
        )
        /** Writes while the first answer is lost: the outcome, and how often Vault was asked. */
        const losing = Effect.fnUntraced(function* (done: boolean, cas?: number) {
          writes = 0
          const path = `app/${unique("lost")}`
          yield* faults.set(counted, fault(done ? reset : answer({ closed: true }), { ...about, times: 1 }))
          const args = { path, data: { a: "1" }, ...(cas === undefined ? {} : { cas }) }
          const outcome = yield* world.outcome("kv_put", args)
          yield* faults.set()
          return { text: outcome._tag === "Failed" ? outcome.text : "", value: outcome, writes }
        })
        const plain = yield* losing(true)
        assert.match(plain.text, /may have been made or not.*before you repeat it.*code=kv_outcome_unknown$/s)
        assert.strictEqual(plain.writes, 1)
        const undone = yield* losing(false, 0)
        assert.strictEqual(undone.value._tag, "Done")
        assert.strictEqual(undone.writes, 2)
        const unsure = yield* losing(true, 0)
        assert.match(unsure.text, /asked again.*current version is not 0.*code=kv_outcome_unknown$/s)
        assert.strictEqual(unsure.writes, 2)
      }),
    ),
  )
})
