/** What is told in plain words, and that nothing is lost or half done where it is told. */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { Git } from "../../src/git/Git.ts"
import { gitIn, gitMissing, madeRepo, put, realGit } from "../kit/RealGit.ts"

const missing = gitMissing()

const makeWorld = Effect.gen(function* () {
  const { root, work } = yield* madeRepo
  const git = yield* Effect.provide(Git.use(Effect.succeed), Git.layer(root))
  const commit = Effect.fnUntraced(function* (path: string, text: string, message = path) {
    put(work, path, text)
    yield* git.add("work", ["."])
    return (yield* git.commit("work", { message, author: {} })).oid
  })
  const codeOf = <A>(work: Effect.Effect<A, { readonly code: string; readonly message: string }>) =>
    Effect.map(Effect.flip(Effect.asVoid(work)), ({ code, message }) => `${code}: ${message}`)
  return { root, work, git, commit, codeOf }
})

describe.skipIf(missing !== undefined)(`git${missing === undefined ? "" : ` (${missing})`}`, () => {
  it.live("tells a repository without a commit, and makes the first", () =>
    Effect.gen(function* () {
      const { codeOf, commit, git, work } = yield* makeWorld
      assert.deepStrictEqual((yield* git.status("work")).head, { branch: "main", oid: undefined })
      assert.include(yield* codeOf(git.log("work", { limit: 1 })), "git_unborn: The branch main has no commit yet")
      assert.include(yield* codeOf(git.createBranch("work", "x", undefined)), "git_unborn")
      assert.include(yield* codeOf(git.commit("work", { message: "m", author: {} })), "git_nothing_to_commit")
      const oid = yield* commit("a.txt", "a\n")
      assert.strictEqual(realGit(work, "rev-parse", "main"), oid)
      assert.strictEqual(realGit(work, "log", "--format=%P"), "")
    }),
  )

  it.live("tells a missing author, and takes half of one from the repository's config", () =>
    Effect.gen(function* () {
      const { codeOf, git, work } = yield* makeWorld
      realGit(work, "config", "--unset", "user.name")
      put(work, "a.txt", "a\n")
      yield* git.add("work", ["a.txt"])
      for (const author of [{}, { email: "a@b.example" }, { name: "A <x>" }, { name: "A\nB" }, { name: " " }])
        assert.include(yield* codeOf(git.commit("work", { message: "m", author })), "git_author_missing")
      assert.strictEqual(realGit(work, "for-each-ref"), "")
      yield* git.commit("work", { message: "m", author: { name: "Somebody" } })
      assert.strictEqual(realGit(work, "log", "--format=%an <%ae>"), "Somebody <repo@example.com>")
    }),
  )

  it.live("refuses a commit that was to be signed, rather than leave the signature out", () =>
    Effect.gen(function* () {
      const { codeOf, git, work } = yield* makeWorld
      realGit(work, "config", "commit.gpgsign", "true")
      put(work, "a.txt", "a\n")
      yield* git.add("work", ["a.txt"])
      assert.include(yield* codeOf(git.commit("work", { message: "m", author: {} })), "asks for signed commits")
    }),
  )

  it.live("loses no changed and no untracked file to a switch, and says which stand in the way", () =>
    Effect.gen(function* () {
      const { codeOf, commit, git, work } = yield* makeWorld
      yield* commit("a.txt", "a\n")
      yield* git.createBranch("work", "other", undefined)
      yield* git.switchBranch("work", "other")
      yield* commit("a.txt", "other\n")
      yield* commit("new.txt", "other\n")
      yield* commit("folder/x.txt", "other\n")
      yield* git.switchBranch("work", "main")
      const put1 = (path: string, text: string) => Effect.sync(() => put(work, path, text))
      yield* put1("a.txt", "mine\n")
      yield* put1("new.txt", "mine\n")
      yield* put1("folder", "mine\n")
      const said = yield* codeOf(git.switchBranch("work", "other"))
      assert.match(
        said,
        /^git_would_overwrite: Nothing was changed: switching to other would overwrite .* a\.txt, folder, new\.txt\./,
      )
      for (const path of ["a.txt", "new.txt", "folder"])
        assert.strictEqual(readFileSync(join(work, path), "utf8"), "mine\n")
      assert.strictEqual(realGit(work, "symbolic-ref", "--short", "HEAD"), "main")
      // Staged changes count as well, and ignored files, which git itself would overwrite.
      rmSync(join(work, "folder"))
      yield* git.add("work", ["a.txt"])
      put(work, "a.txt", "a\n")
      put(work, ".git/info/exclude", "new.txt\n")
      assert.include(yield* codeOf(git.switchBranch("work", "other")), "a.txt, new.txt")
      realGit(work, "reset", "-q", "--hard")
      rmSync(join(work, "new.txt"))
      // A file that git was told not to look at is looked at here.
      realGit(work, "update-index", "--assume-unchanged", "a.txt")
      put(work, "a.txt", "mine\n")
      assert.deepStrictEqual((yield* git.status("work")).unstaged, [])
      assert.include(yield* codeOf(git.switchBranch("work", "other")), "git_would_overwrite")
      assert.strictEqual(readFileSync(join(work, "a.txt"), "utf8"), "mine\n")
      realGit(work, "update-index", "--no-assume-unchanged", "a.txt")
      realGit(work, "checkout", "a.txt")
      // What is in nobody's way stays as it is.
      put(work, "mine.txt", "mine\n")
      yield* git.switchBranch("work", "other")
      assert.strictEqual(realGit(work, "status", "--porcelain"), "?? mine.txt")
      rmSync(join(work, "a.txt"))
      yield* git.switchBranch("work", "main")
      assert.strictEqual(readFileSync(join(work, "a.txt"), "utf8"), "a\n", "a file that was gone lost nothing")
      assert.isFalse(existsSync(join(work, "folder")), "no empty folder is left")
    }),
  )

  it.live("does nothing while something of git's own is half done", () =>
    Effect.gen(function* () {
      const { codeOf, commit, git, work } = yield* makeWorld
      yield* commit("a.txt", "a\n")
      realGit(work, "checkout", "-qb", "side")
      yield* commit("a.txt", "side\n")
      realGit(work, "checkout", "-q", "main")
      yield* commit("a.txt", "main\n")
      try {
        gitIn(work, ["merge", "-q", "side"])
      } catch {
        // It ends in a conflict, as it is meant to.
      }
      const status = yield* git.status("work")
      assert.deepStrictEqual(status.unmerged, ["a.txt"])
      for (const use of [
        Effect.asVoid(git.commit("work", { message: "m", author: {} })),
        Effect.asVoid(git.switchBranch("work", "side")),
        Effect.asVoid(git.add("work", ["."])),
      ])
        assert.include(yield* codeOf(use), "git_unmerged")
      assert.include(readFileSync(join(work, "a.txt"), "utf8"), "<<<<<<<")
      realGit(work, "merge", "--abort")
      assert.strictEqual((yield* git.status("work")).unmerged.length, 0)
    }),
  )

  it.live("keeps branches that nothing else keeps, and the one that is checked out", () =>
    Effect.gen(function* () {
      const { codeOf, commit, git, work } = yield* makeWorld
      yield* commit("a.txt", "a\n")
      yield* git.createBranch("work", "feature/x", undefined)
      yield* git.switchBranch("work", "feature/x")
      assert.include(yield* codeOf(git.deleteBranch("work", "feature/x", true)), "checked out")
      const oid = yield* commit("b.txt", "b\n")
      yield* git.switchBranch("work", "main")
      assert.include(yield* codeOf(git.deleteBranch("work", "feature/x", false)), "git_not_merged")
      assert.include(yield* codeOf(git.createBranch("work", "feature", undefined)), "one name is a folder of the other")
      assert.include(yield* codeOf(git.createBranch("work", "feature/x/y", undefined)), "git_exists")
      assert.include(
        yield* codeOf(git.createBranch("work", "feature/x", undefined)),
        "There is a branch feature/x already",
      )
      assert.strictEqual(yield* git.deleteBranch("work", "feature/x", true), oid)
      assert.include(yield* codeOf(git.deleteBranch("work", "feature/x", false)), "git_unknown_ref")
      // What it was is told, so it can be had again; and its folder is in nobody's way.
      yield* git.createBranch("work", "feature", oid)
      assert.strictEqual(realGit(work, "rev-parse", "feature"), oid)
      assert.include(realGit(work, "reflog", "feature"), "Created from")
      realGit(work, "merge", "-q", "--ff-only", "feature")
      yield* git.deleteBranch("work", "feature", false)
      realGit(work, "branch", "feature/again")
      for (const name of ["-x", "a..b", "x.lock", "HEAD", "../../x", ""])
        assert.include(yield* codeOf(git.createBranch("work", name, undefined)), "git_bad_name", name)
    }),
  )

  it.live("pulls and pushes from no commit alone, and names remotes there are not", () =>
    Effect.gen(function* () {
      const { codeOf, commit, git, work } = yield* makeWorld
      yield* commit("a.txt", "a\n")
      const exchange = { credential: undefined, author: {}, force: false }
      assert.include(yield* codeOf(git.push("work", exchange)), "It has none at all")
      realGit(work, "remote", "add", "up", "https://127.0.0.1:1/x")
      assert.include(yield* codeOf(git.push("work", { ...exchange, remote: "down" })), "It has: up.")
      assert.include(yield* codeOf(git.push("work", { ...exchange, remote: "up", branch: "none" })), "git_unborn")
      assert.include(yield* codeOf(git.pull("work", { ...exchange, remote: "up" })), "git_no_upstream")
      assert.include(yield* codeOf(git.pull("work", { ...exchange, remote: "up", branch: "main" })), "git_unreachable")
      realGit(work, "config", "remote.up.fetch", "+refs/heads/*:refs/heads/*")
      assert.include(
        yield* codeOf(git.pull("work", { ...exchange, remote: "up", branch: "main" })),
        "could overwrite branches",
      )
      realGit(work, "checkout", "-q", "--detach")
      for (const use of [Effect.asVoid(git.pull("work", exchange)), Effect.asVoid(git.push("work", exchange))])
        assert.include(yield* codeOf(use), "git_detached: HEAD is detached")
    }),
  )

  it.live("lets git itself be at work, and takes turns with itself", () =>
    Effect.gen(function* () {
      const { codeOf, commit, git, work } = yield* makeWorld
      yield* commit("a.txt", "a\n")
      writeFileSync(join(work, ".git/index.lock"), "")
      put(work, "b.txt", "b\n")
      assert.include(yield* codeOf(git.add("work", ["b.txt"])), "git_locked: Another git is at work")
      assert.isTrue(existsSync(join(work, ".git/index.lock")), "somebody else's stays")
      yield* git.status("work")
      rmSync(join(work, ".git/index.lock"))
      const many = Array.from({ length: 12 }, (_, i) => `n${i}.txt`)
      for (const path of many) put(work, path, path)
      yield* Effect.forEach(many, (path) => git.add("work", [path]), { concurrency: "unbounded" })
      assert.strictEqual(realGit(work, "diff", "--cached", "--name-only").split("\n").length, 12)
      assert.isFalse(existsSync(join(work, ".git/index.lock")))
      // Whoever is interrupted leaves no lock.
      const fiber = yield* Effect.forkChild(git.add("work", ["."]), { startImmediately: true })
      yield* Fiber.interrupt(fiber)
      assert.isFalse(existsSync(join(work, ".git/index.lock")))
      yield* git.add("work", ["."])
      realGit(work, "fsck", "--strict")
    }),
  )

  it.live("takes no index that it would not understand, and says how to change that", () =>
    Effect.gen(function* () {
      const { codeOf, commit, git, work } = yield* makeWorld
      yield* commit("a.txt", "a\n")
      yield* commit("folder/b.txt", "b\n")
      realGit(work, "update-index", "--index-version", "4")
      assert.include(yield* codeOf(git.status("work")), "git update-index --index-version 2")
      realGit(work, "update-index", "--index-version", "2")
      realGit(work, "update-index", "--split-index")
      assert.include(yield* codeOf(git.status("work")), "no-split-index")
      realGit(work, "update-index", "--no-split-index")
      realGit(work, "branch", "other", "HEAD~1")
      realGit(work, "sparse-checkout", "set", "--cone", "nothing")
      assert.deepStrictEqual((yield* git.status("work")).unstaged, [], "files that are not to be there are not missing")
      assert.include(yield* codeOf(git.switchBranch("work", "other")), "sparse checkout")
      realGit(work, "sparse-checkout", "disable")
      yield* git.switchBranch("work", "other")
    }),
  )

  it.live("finds no path that is not there, and tells ignored ones apart", () =>
    Effect.gen(function* () {
      const { codeOf, commit, git, work } = yield* makeWorld
      yield* commit(".gitignore", "*.log\n")
      put(work, "x.log", "x\n")
      assert.include(yield* codeOf(git.add("work", ["nothing"])), "There is no nothing in this repository")
      assert.include(yield* codeOf(git.add("work", ["x.log"])), "x.log is passed over by .gitignore")
      for (const path of ["../x", "/etc/passwd", ".git/config", "a/../b", ".GIT"])
        assert.include(yield* codeOf(git.add("work", [path])), "git_outside", path)
      assert.include(
        yield* codeOf(git.log("work", { limit: 1, ref: "nowhere" })),
        "git_unknown_ref: nowhere is no branch",
      )
      for (const ref of ["--all", "a b", "../../etc/passwd", "HEAD~99", "hooks/pre-commit", "config", "0000000"])
        assert.include(yield* codeOf(git.log("work", { limit: 1, ref })), "git_unknown_ref", ref)
      assert.include(yield* codeOf(git.log("work", { limit: 1, cursor: "x" })), "That cursor is none")
    }),
  )

  it.live("says what is missing in a repository that lost an object", () =>
    Effect.gen(function* () {
      const { codeOf, commit, git, work } = yield* makeWorld
      const oid = yield* commit("a.txt", "a\n")
      yield* git.createBranch("work", "other", undefined)
      yield* commit("a.txt", "b\n")
      rmSync(join(work, ".git/objects", oid.slice(0, 2), oid.slice(2)))
      const said = yield* codeOf(git.switchBranch("work", "other"))
      assert.include(said, "git_broken: The object")
      assert.strictEqual(readFileSync(join(work, "a.txt"), "utf8"), "b\n")
    }),
  )
})
