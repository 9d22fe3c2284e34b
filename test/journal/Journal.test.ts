import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Exit, FileSystem, Layer, Logger, Scope } from "effect"
import { TestClock } from "effect/testing"
import { AppConfig } from "../../src/config/AppConfig.ts"
import { LeaseId } from "../../src/core/Ids.ts"
import { Journal } from "../../src/journal/Journal.ts"
import type { LeaseRecord } from "../../src/journal/JournalModel.ts"
import { makeProcesses } from "../../src/journal/Owner.ts"
import { config } from "../kit/FakeVault.ts"

const at = (minutes: number) => DateTime.makeUnsafe(minutes * 60_000)

const lease = (name: string, more: Partial<LeaseRecord> = {}): LeaseRecord => ({
  id: LeaseId.make(`aws/creds/agent/${name}`),
  accessor: "acc-1",
  mount: "aws",
  role: "agent",
  kind: "sts",
  ends_at: at(60),
  aws_ends_at: at(90),
  ...more,
})

/** A journal of a folder, in a scope that the test closes; `said` is what it logged. */
const open = Effect.fnUntraced(function* (stateDir: string | undefined) {
  const said: Array<string> = []
  const logger = Logger.layer([Logger.make(({ message }) => void said.push(String(message)))])
  const scope = yield* Scope.make()
  const context = yield* Layer.buildWithScope(
    Journal.layer.pipe(
      Layer.provide([NodeFileSystem.layer, Layer.succeed(AppConfig, { ...config, stateDir })]),
      Layer.provideMerge(logger),
    ),
    scope,
  )
  const journal = yield* Journal.pipe(Effect.provide(context))
  return { journal, said, heard: Effect.provide(logger), close: Scope.close(scope, Exit.void) }
})

const withFolder = <A, E>(body: (folder: string, files: FileSystem.FileSystem) => Effect.Effect<A, E, Scope.Scope>) =>
  Effect.gen(function* () {
    const files = yield* FileSystem.FileSystem
    return yield* body(yield* files.makeTempDirectoryScoped(), files)
  }).pipe(Effect.provide(NodeFileSystem.layer))

/** The journal files below a state directory. */
const journals = (files: FileSystem.FileSystem, folder: string) =>
  Effect.orElseSucceed(files.readDirectory(`${folder}/leases`), (): ReadonlyArray<string> => [])

/** Makes a journal look as if its process had been killed: nothing closes it, and its pid has another start. */
const orphan = Effect.fnUntraced(function* (files: FileSystem.FileSystem, folder: string, owner: object = {}) {
  const [name = ""] = yield* journals(files, folder)
  const path = `${folder}/leases/${name}`
  const file = JSON.parse(yield* files.readFileString(path)) as { readonly owner: object }
  yield* files.writeFileString(path, JSON.stringify({ ...file, owner: { ...file.owner, started: "x:1", ...owner } }))
  return path
})

describe("a journal", () => {
  it.effect("is written for its owner alone before anybody uses what it names, and goes with the last of it", () =>
    withFolder((folder, files) =>
      Effect.gen(function* () {
        const { close, journal, said } = yield* open(`${folder}/state`)
        assert.deepStrictEqual(yield* journals(files, `${folder}/state`), [])
        yield* journal.tokenHeld({ accessor: "acc-1", principal: "mcp", ends_at: at(15) })
        yield* journal.leaseHeld(lease("one"))
        const [name = ""] = yield* journals(files, `${folder}/state`)
        const { mode } = yield* files.stat(`${folder}/state/leases/${name}`)
        assert.strictEqual(mode & 0o777, 0o600)
        assert.strictEqual((yield* files.stat(`${folder}/state/leases`)).mode & 0o777, 0o700)
        yield* journal.leaseGone(lease("one").id)
        yield* journal.tokenGone("acc-1")
        assert.deepStrictEqual(yield* journals(files, `${folder}/state`), [])
        yield* close
        assert.deepStrictEqual(said, [])
      }),
    ),
  )

  it.effect("forgets a token's sessions with it, and keeps its users until Vault is seen to have deleted them", () =>
    withFolder((folder, files) =>
      Effect.gen(function* () {
        const { close, journal, said } = yield* open(folder)
        yield* journal.tokenHeld({ accessor: "acc-1", principal: "mcp", ends_at: at(15) })
        yield* journal.leaseHeld(lease("one"))
        yield* journal.leaseHeld(lease("user", { kind: "iam_user" }))
        yield* journal.leaseHeld(lease("two", { accessor: "acc-2" }))
        yield* journal.tokenGone("acc-1")
        const [name = ""] = yield* journals(files, folder)
        const text = yield* files.readFileString(`${folder}/leases/${name}`)
        assert.notInclude(text, "agent/one")
        assert.include(text, "agent/two")
        assert.match(text, /agent\/user[^}]*"state":"queued"/)
        yield* journal.leaseQueued(lease("two").id)
        yield* close
        assert.deepStrictEqual(said, [], "what Vault has promised is not said to be left")
      }),
    ),
  )

  it.effect("says at the end what stays in Vault, by short ids and with both ends, and keeps the file", () =>
    withFolder((folder, files) =>
      Effect.gen(function* () {
        const { close, journal, said } = yield* open(folder)
        yield* journal.tokenHeld({ accessor: "acc-1", principal: "mcp", ends_at: at(15) })
        yield* journal.leaseHeld(lease("0123456789"))
        yield* close
        assert.strictEqual(said.length, 1)
        assert.include(said[0], "aws/creds/agent/012345…")
        assert.notInclude(said[0] ?? "", "0123456")
        assert.include(said[0], "ends it by 1970-01-01T00:15:00.000Z, AWS honours it until 1970-01-01T01:30:00.000Z")
        assert.strictEqual((yield* journals(files, folder)).length, 1)
      }),
    ),
  )

  it.effect("has nothing to say of a lease that ran out by itself", () =>
    withFolder((folder) =>
      Effect.gen(function* () {
        const { close, journal, said } = yield* open(folder)
        yield* journal.leaseHeld(lease("one"))
        yield* TestClock.adjust("91 minutes")
        yield* close
        assert.deepStrictEqual(said, [])
      }),
    ),
  )

  it.effect("without a state directory writes nothing and still says what stays", () =>
    Effect.gen(function* () {
      const { close, journal, said } = yield* open(undefined)
      yield* journal.leaseHeld(lease("one"))
      assert.deepStrictEqual(yield* journal.others, { left: [], unread: [] })
      yield* close
      assert.match(said.join(), /not given back to Vault: aws\/creds\/agent\/one…/)
      assert.notInclude(said.join(), "journal")
    }),
  )

  it.effect("that cannot be written is told once and holds up nothing", () =>
    withFolder((folder, files) =>
      Effect.gen(function* () {
        yield* files.writeFileString(`${folder}/file`, "")
        const { heard, journal, said } = yield* open(`${folder}/file`)
        yield* heard(journal.leaseHeld(lease("one")))
        yield* heard(journal.leaseHeld(lease("two")))
        assert.strictEqual(said.length, 1)
        assert.match(said[0] ?? "", /cannot be written.*VAULT_AWS_MCP_STATE_DIR/)
      }),
    ),
  )
})

describe("the journals of others", () => {
  it.effect("are told with the life of their process", () =>
    withFolder((folder, files) =>
      Effect.gen(function* () {
        const first = yield* open(folder)
        yield* first.journal.leaseHeld(lease("one"))
        const { journal } = yield* open(folder)
        const alive = (yield* journal.others).left
        assert.deepStrictEqual(
          alive.map(({ life }) => life),
          ["alive"],
        )
        yield* orphan(files, folder)
        assert.strictEqual((yield* journal.others).left[0]?.life, "dead")
        yield* orphan(files, folder, { host: "elsewhere" })
        assert.strictEqual((yield* journal.others).left[0]?.life, "unknown")
      }),
    ),
  )

  it.effect("are shown until AWS honours nothing of them any more, then removed unless their process lives", () =>
    withFolder((folder, files) =>
      Effect.gen(function* () {
        const first = yield* open(folder)
        yield* first.journal.tokenHeld({ accessor: "acc-1", principal: "mcp", ends_at: at(15) })
        yield* first.journal.leaseHeld(lease("one"))
        const path = yield* orphan(files, folder)
        const { journal } = yield* open(folder)
        yield* TestClock.adjust("89 minutes")
        assert.strictEqual((yield* journal.others).left[0]?.content.leases.length, 1)
        yield* TestClock.adjust("2 minutes")
        assert.deepStrictEqual((yield* journal.others).left, [])
        assert.isFalse(yield* files.exists(path))
      }),
    ),
  )

  it.effect("that nobody can read are named and left as they are", () =>
    withFolder((folder, files) =>
      Effect.gen(function* () {
        yield* files.makeDirectory(`${folder}/leases`)
        const texts = ["", "{", "[]", '{"version":2}', '{"version":1,"owner":{"host":"h","pid":-4}}', "\u0000\u0001"]
        for (const [n, text] of texts.entries()) yield* files.writeFileString(`${folder}/leases/${n}.json`, text)
        yield* files.writeFileString(`${folder}/leases/big.json`, "x".repeat(5 * 1024 * 1024))
        yield* files.makeDirectory(`${folder}/leases/folder.json`)
        yield* files.writeFileString(`${folder}/leases/note.txt`, "not a journal")
        const { journal } = yield* open(folder)
        const { left, unread } = yield* journal.others
        assert.deepStrictEqual(left, [])
        assert.strictEqual(unread.length, texts.length + 2)
        assert.strictEqual((yield* journals(files, folder)).length, texts.length + 3)
      }),
    ),
  )

  it.effect("are settled to what is left, and removed when nothing is", () =>
    withFolder((folder, files) =>
      Effect.gen(function* () {
        const first = yield* open(folder)
        yield* first.journal.tokenHeld({ accessor: "acc-1", principal: "mcp", ends_at: at(15) })
        yield* first.journal.leaseHeld(lease("one"))
        const path = yield* orphan(files, folder)
        const { journal } = yield* open(folder)
        const [left] = (yield* journal.others).left
        if (left === undefined) return assert.fail("nothing was left")
        yield* journal.settle(left, { ...left.content, tokens: [] })
        assert.deepStrictEqual((yield* journal.others).left[0]?.content.tokens, [])
        yield* journal.settle(left, { ...left.content, tokens: [], leases: [] })
        assert.isFalse(yield* files.exists(path))
      }),
    ),
  )
})

describe("the owner of a journal", () => {
  const look = makeProcesses.pipe(Effect.provide(NodeFileSystem.layer))
  /** A system that tells neither start times nor namespaces. */
  const silent = makeProcesses.pipe(Effect.provide(FileSystem.layerNoop({})))

  it.effect("lives when its pid has the start it had", () =>
    Effect.gen(function* () {
      const { lifeOf, self } = yield* look
      assert.strictEqual(yield* lifeOf(self), "alive")
      assert.strictEqual(yield* lifeOf({ ...self, pid: 1 }), self.started === undefined ? "alive" : "dead")
    }),
  )

  it.effect("cannot be judged from another host or another container", () =>
    Effect.gen(function* () {
      const { lifeOf, self } = yield* look
      assert.strictEqual(yield* lifeOf({ ...self, host: `${self.host}x` }), "unknown")
      assert.strictEqual(yield* lifeOf({ ...self, space: "pid:[1]" }), "unknown")
    }),
  )

  it.effect("is asked for by a signal where the system tells no start", () =>
    Effect.gen(function* () {
      const { lifeOf, self } = yield* silent
      assert.strictEqual(yield* lifeOf(self), "alive")
      assert.strictEqual(yield* lifeOf({ ...self, pid: 2 ** 22 + 4321 }), "dead")
    }),
  )
})
