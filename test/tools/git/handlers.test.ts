import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer } from "effect"
import { TestClock } from "effect/testing"
import { type Access, AppConfig } from "../../../src/config/AppConfig.ts"
import { Git } from "../../../src/git/Git.ts"
import { gitError } from "../../../src/git/GitError.ts"
import type { Status } from "../../../src/git/GitModel.ts"
import { Gate } from "../../../src/guard/Gate.ts"
import { Redactor } from "../../../src/guard/Redactor.ts"
import { gitTools } from "../../../src/tools/git/tools.ts"
import { ToolCall } from "../../../src/tools/ToolCall.ts"
import { Kv } from "../../../src/vault/kv/Kv.ts"
import { Vault } from "../../../src/vault/Vault.ts"
import { VaultAuth } from "../../../src/vault/VaultAuth.ts"
import { config } from "../../kit/FakeVault.ts"

const OID = "0123456789abcdef0123456789abcdef01234567"

/** Calls a git tool over a scripted repository. */
const call = (
  name: string,
  args: Readonly<Record<string, unknown>>,
  git: Partial<Git["Service"]>,
  access: Access = "full",
  told: Array<string> = [],
) => {
  const tool = gitTools.find(({ meta }) => meta.name === name)
  if (tool === undefined) return Effect.die(new Error(`no tool ${name}`))
  const settings = Layer.succeed(AppConfig, { ...config, access })
  return tool.call(args).pipe(
    Effect.provide(
      Layer.mergeAll(
        Layer.mock(Git, git),
        Layer.mock(Vault, {}),
        Layer.mock(VaultAuth, {}),
        Layer.mock(Kv, {}),
        Redactor.layer,
        settings,
        Layer.provide(Gate.layer, settings),
        Layer.succeed(ToolCall, {
          principal: "test",
          progress: ({ message }) => Effect.sync(() => void told.push(message ?? "")),
        }),
      ),
    ),
  )
}

const good = (...args: Parameters<typeof call>) =>
  Effect.map(call(...args), (outcome) => (outcome._tag === "Done" ? outcome.value : assert.fail(outcome.text)))

const bad = (...args: Parameters<typeof call>) =>
  Effect.map(call(...args), (outcome) => (outcome._tag === "Failed" ? outcome.text : assert.fail("it succeeded")))

const clean: Status = { head: { branch: "main", oid: OID }, staged: [], unstaged: [], untracked: [], unmerged: [] }

describe("git_status", () => {
  it.effect("cuts long lists and says so, but not their counts", () =>
    Effect.gen(function* () {
      const untracked = Array.from({ length: 500 }, (_, i) => `f${i}`)
      const value = yield* good("git_status", { limit: 3 }, { status: () => Effect.succeed({ ...clean, untracked }) })
      assert.deepInclude(value, { untracked: ["f0", "f1", "f2"], untracked_count: 500, clean: false })
      assert.include(String(value["message"]), "Lists are cut at 3")
    }),
  )

  it.effect("says where HEAD is in words: on a branch, on none, on one without a commit", () =>
    Effect.gen(function* () {
      const words = (head: Status["head"]) =>
        Effect.map(good("git_status", {}, { status: () => Effect.succeed({ ...clean, head }) }), (value) =>
          String(value["message"]),
        )
      assert.strictEqual(yield* words({ branch: "main", oid: OID }), "On branch main. Nothing to commit.")
      assert.include(yield* words({ branch: undefined, oid: OID }), "HEAD is detached at 0123456789ab")
      assert.include(yield* words({ branch: "main", oid: undefined }), "no commit yet")
    }),
  )

  it.effect("works at the root when no repository is named, and tells a failure with its code", () =>
    Effect.gen(function* () {
      const seen: Array<string> = []
      const text = yield* bad(
        "git_status",
        {},
        {
          status: (repo) =>
            Effect.suspend(() => (seen.push(repo), Effect.fail(gitError("git_no_repository", "There is none.")))),
        },
      )
      assert.strictEqual(text, "There is none.\ncode=git_no_repository")
      assert.deepStrictEqual(seen, ["."])
    }),
  )
})

describe("git_log", () => {
  it.effect("tells dates in the zone of the commit, and cuts a message that is a document", () =>
    Effect.gen(function* () {
      const person = { name: "A\u202e", email: "a@b.example" }
      const commit = {
        oid: OID,
        parents: [],
        author: person,
        committer: person,
        time: 1_700_000_000,
        offset: -450,
        message: `${"x".repeat(9000)}\n`,
      }
      const value = yield* good("git_log", {}, { log: () => Effect.succeed({ commits: [commit], next: `${OID}.1` }) })
      const [first] = value["commits"] as ReadonlyArray<Readonly<Record<string, unknown>>>
      assert.strictEqual(first?.["date"], "2023-11-14T14:43:20-07:30")
      assert.strictEqual(first?.["author_name"], "A")
      assert.match(String(first?.["message"]), /… \(5000 more characters\)$/)
      assert.strictEqual(value["next_cursor"], `${OID}.1`)
    }),
  )
})

describe("git_diff", () => {
  it.effect("says how to get the rest, and that a patch was cut", () =>
    Effect.gen(function* () {
      const files = Array.from({ length: 400 }, (_, i) => ({ path: `f${i}`, change: "modified" as const }))
      const value = yield* good(
        "git_diff",
        {},
        {
          diff: () => Effect.succeed({ files, patch: "p", next: "f1", cut: ["f1"] }),
        },
      )
      assert.deepInclude(value, { files_count: 400, next_cursor: "f1", patch: "p" })
      assert.strictEqual((value["files"] as ReadonlyArray<unknown>).length, 300)
      assert.match(String(value["message"]), /pass next_cursor as cursor.*f1 is cut.*larger max_chars.*first 300/)
    }),
  )
})

describe("access", () => {
  const WRITERS = [
    "git_add",
    "git_commit",
    "git_branch_create",
    "git_branch_switch",
    "git_branch_delete",
    "git_pull",
    "git_push",
    "git_clone",
  ]
  const args: Readonly<Record<string, object>> = {
    git_add: { paths: ["."] },
    git_commit: { message: "m" },
    git_branch_create: { branch: "b" },
    git_branch_switch: { branch: "b" },
    git_branch_delete: { branch: "b" },
    git_clone: { url: "https://h/x" },
  }

  it.effect("read-only refuses every writer before anything is asked of the repository", () =>
    Effect.gen(function* () {
      assert.sameMembers(
        gitTools.flatMap(({ meta }) => (meta.annotations.readOnly ? [] : [meta.name])),
        WRITERS,
      )
      for (const name of WRITERS)
        assert.include(yield* bad(name, { ...args[name] }, {}, "read-only"), "code=access_refused", name)
    }),
  )

  it.effect("a forced push is let pass with full alone; one without force also with ask", () =>
    Effect.gen(function* () {
      const push: Git["Service"]["push"] = (_, { force }) =>
        Effect.succeed({
          oid: OID,
          follows: false,
          route: {
            branch: "main",
            remoteBranch: "main",
            set: true,
            target: { name: `origin${force ? "!" : ""}`, url: "https://h/x" },
          },
        })
      assert.include(yield* bad("git_push", { force: true }, { push }, "ask"), "need a person's consent")
      assert.deepInclude(yield* good("git_push", { force: true }, { push }), { remote: "origin!" })
      for (const input of [{}, { force: false }])
        assert.deepInclude(yield* good("git_push", input, { push }, "ask"), { remote: "origin" })
    }),
  )
})

describe("a remote that takes its time", () => {
  it.effect("is told of while it does, so that nobody takes it for lost", () =>
    Effect.gen(function* () {
      const told: Array<string> = []
      const pull = yield* Effect.forkChild(call("git_pull", {}, { pull: () => Effect.never }, "full", told), {
        startImmediately: true,
      })
      yield* TestClock.adjust("46 seconds")
      assert.deepStrictEqual(
        told,
        [15, 30, 45].map((seconds) => `the remote has been at it for ${seconds} s`),
      )
      yield* Fiber.interrupt(pull)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(told.length, 3)
    }),
  )
})

describe("arguments", () => {
  it.effect("that are too long, too many or unknown are refused before anything happens", () =>
    Effect.gen(function* () {
      for (const [name, input] of [
        ["git_status", { repo: "x".repeat(2000) }],
        ["git_status", { repo: "" }],
        ["git_status", { path: "x" }],
        ["git_add", { paths: [] }],
        ["git_add", { paths: Array.from({ length: 1001 }, () => "x") }],
        ["git_commit", { message: "" }],
        ["git_log", { limit: 1000 }],
        ["git_diff", { max_chars: 10 }],
        ["git_clone", { url: "x".repeat(3000) }],
      ] as const)
        assert.include(
          yield* bad(name, input, {}),
          "code=invalid_arguments",
          `${name} ${JSON.stringify(input).slice(0, 60)}`,
        )
    }),
  )
})
