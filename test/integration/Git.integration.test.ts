/** Remotes over `git http-backend`: what goes there and comes from there, with a credential that stays nowhere. */
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { operator } from "../../src/sandbox/Operate.ts"
import { formsOf } from "../../src/guard/Redactor.ts"
import { type Door, gitServer } from "../kit/GitServer.ts"
import { gitMissing, put, realGit, temporaryFolder } from "../kit/RealGit.ts"
import { makeToolWorld } from "../kit/ToolWorld.ts"

const missing = gitMissing()

const DOOR: Door = { username: "robot", password: "glpat-canary-of-a-token-0123456789" }

/** Everything below a folder, names and contents. */
const contents = (folder: string): ReadonlyArray<readonly [path: string, bytes: Buffer]> =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) => {
    const path = join(entry.parentPath, entry.name)
    return entry.isFile() ? [[path, readFileSync(path)] as const] : [[path, Buffer.alloc(0)] as const]
  })

/** Where a secret is found in a folder, in whatever form. */
const leaks = (folder: string, secret: string): ReadonlyArray<string> =>
  contents(folder).flatMap(([path, bytes]) =>
    [...formsOf(secret), ...formsOf(`${DOOR.username}:${secret}`)].some(
      (form) => bytes.includes(form) || path.includes(form),
    )
      ? [path]
      : [],
  )

/** A remote with a first commit, served behind a door; Vault knows what opens it. */
const makeWorld = Effect.fnUntraced(function* (door: Door | undefined = DOOR, access: "ask" | "full" = "ask") {
  const served = yield* temporaryFolder
  const root = yield* temporaryFolder
  realGit(served, "init", "-q", "--bare", "-b", "main", "remote.git")
  realGit(join(served, "remote.git"), "config", "http.receivepack", "true")
  realGit(served, "clone", "-q", "remote.git", "other")
  const other = join(served, "other")
  realGit(other, "checkout", "-q", "-B", "main")
  put(other, "README.md", "one\ntwo\nthree\nfour\nfive\n")
  realGit(other, "add", "-A")
  realGit(other, "commit", "-qm", "first")
  realGit(other, "push", "-q", "origin", "main")
  const server = yield* gitServer(served, door)
  const world = yield* makeToolWorld({ empty: false }, { gitRoot: root, access })
  const operate = operator(world.sandbox.vault.handler, Redacted.value(world.sandbox.vaultToken))
  yield* operate("secret/data/robots/git", { data: { username: DOOR.username, token: DOOR.password } })
  yield* operate("secret/data/robots/wrong", {
    data: { username: DOOR.username, token: "glpat-another-canary-987654" },
  })
  yield* operate("secret/data/robots/odd", { data: { user: "x" } })
  const url = `${server.url}/remote.git`
  const credential = "secret/robots/git"
  const clone = world.good("git_clone", { url, directory: "work", credential })
  const work = join(root, "work")
  const commit = Effect.fnUntraced(function* (path: string, text: string, message: string) {
    put(work, path, text)
    yield* world.good("git_add", { repo: "work", paths: ["."] })
    yield* world.good("git_commit", { repo: "work", message, author_name: "A", author_email: "a@b.example" })
  })
  const theirs = (path: string, text: string, message: string) => {
    realGit(other, "pull", "-q", "--rebase", "origin", "main")
    put(other, path, text)
    realGit(other, "add", "-A")
    realGit(other, "commit", "-qm", message)
    realGit(other, "push", "-q", "origin", "main")
  }
  return {
    ...world,
    server,
    served,
    root,
    work,
    other,
    url,
    credential,
    clone,
    commit,
    theirs,
    remote: join(served, "remote.git"),
  }
})

describe.skipIf(missing !== undefined)(`git over HTTP${missing === undefined ? "" : ` (${missing})`}`, () => {
  it.live("clones, pushes and pulls with a credential that is found nowhere afterwards", () =>
    Effect.gen(function* () {
      const { clone, commit, credential, good, remote, root, seen, served, theirs, work } = yield* Effect.map(
        makeWorld(),
        (world) => ({ ...world, seen: world.server.seen }),
      )
      assert.deepInclude(yield* clone, { repo: "work", branch: "main", files: 1 })
      assert.strictEqual(realGit(work, "status", "--porcelain=v2", "--branch").includes("# branch.ab +0 -0"), true)
      yield* commit("a.txt", "mine\n", "mine")
      assert.deepInclude(yield* good("git_push", { repo: "work", credential }), { branch: "main", remote: "origin" })
      assert.strictEqual(realGit(remote, "log", "-1", "--format=%s", "main"), "mine")
      theirs("b.txt", "theirs\n", "theirs")
      assert.deepInclude(yield* good("git_pull", { repo: "work", credential }), { result: "fast_forward", files: 1 })
      assert.deepInclude(yield* good("git_pull", { repo: "work", credential }), { result: "up_to_date" })
      for (const dir of [work, remote]) realGit(dir, "fsck", "--strict")
      assert.strictEqual(realGit(work, "status", "--porcelain"), "")
      // It was used, and only where it was asked for.
      assert.isTrue(seen.some(({ authorization }) => authorization !== undefined))
      assert.deepStrictEqual(leaks(root, DOOR.password), [])
      assert.deepStrictEqual(leaks(served, DOOR.password), [])
      assert.notInclude(realGit(work, "config", "--list"), DOOR.username)
    }),
  )
})
