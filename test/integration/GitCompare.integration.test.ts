/** What git itself says of the same repository: status, trees, history, patches, and what we wrote into it. */
import {
  chmodSync,
  copyFileSync,
  lstatSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
} from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Git } from "../../src/git/Git.ts"
import { asPorcelain, differing, disturb, largeRepo, realPorcelain, SAME } from "../kit/LargeRepo.ts"
import { gitIn, gitMissing, madeRepo, put, realGit } from "../kit/RealGit.ts"

const missing = gitMissing()

const gitAt = (root: string) => Effect.provide(Git.use(Effect.succeed), Git.layer(root))

/** Every tracked file as it stands on the disk: kind, whether it is a program, and content. */
const listing = (dir: string): string =>
  gitIn(dir, ["ls-files", "-z"])
    .split("\0")
    .filter((path) => path !== "")
    .map((path) => {
      const at = join(dir, path)
      const stat = lstatSync(at)
      const content = stat.isSymbolicLink() ? readlinkSync(at) : readFileSync(at, "latin1")
      return JSON.stringify([path, stat.isSymbolicLink(), (stat.mode & 0o111) !== 0, content])
    })
    .join("\n")

describe.skipIf(missing !== undefined)(`beside git itself${missing === undefined ? "" : ` (${missing})`}`, () => {
  for (const autocrlf of ["unset", "true", "input"])
    it.live(`status is the same on some thousand files with everything in them (core.autocrlf ${autocrlf})`, () =>
      Effect.gen(function* () {
        // The large one once: the other settings are about what is in the files.
        const { root, work } = yield* largeRepo(autocrlf === "unset" ? 3200 : 400)
        const git = yield* gitAt(root)
        if (autocrlf !== "unset") realGit(work, "config", "core.autocrlf", autocrlf)
        assert.deepStrictEqual(differing(asPorcelain(yield* git.status("work")), realPorcelain(work)), SAME)
        disturb(work)
        const ours = asPorcelain(yield* git.status("work"))
        assert.deepStrictEqual(differing(ours, realPorcelain(work)), SAME)
        assert.isAbove(ours.length, 50)
        const again = performance.now()
        yield* git.status("work")
        // On a machine of its own it is a tenth of that.
        assert.isBelow(performance.now() - again, 5000)
      }),
    )

  for (const autocrlf of ["unset", "true", "input"])
    it.live(`what we stage and commit is what git would have (core.autocrlf ${autocrlf})`, () =>
      Effect.gen(function* () {
        // The large one once: the other settings are about what is in the files.
        const { root, work } = yield* largeRepo(autocrlf === "unset" ? 3200 : 400)
        const git = yield* gitAt(root)
        if (autocrlf !== "unset") realGit(work, "config", "core.autocrlf", autocrlf)
        disturb(work)
        rmSync(join(work, "nested"), { recursive: true })
        const odd = "untracked-\\back\\slash.txt"
        assert.include((yield* Effect.flip(git.add("work", ["."]))).message, "has a name that is a path elsewhere")
        rmSync(join(work, odd), { force: true })
        // Git's own answer, in an index of its own.
        const env = { GIT_INDEX_FILE: join(root, "index-of-git") }
        copyFileSync(join(work, ".git/index"), env.GIT_INDEX_FILE)
        gitIn(work, ["-c", "core.safecrlf=false", "add", "-A"], env)
        const tree = gitIn(work, ["write-tree"], env).trim()
        const staged = yield* git.add("work", ["."])
        assert.isAbove(staged.added, 30)
        const { oid } = yield* git.commit("work", { message: "all of it\n", author: {} })
        assert.strictEqual(realGit(work, "rev-parse", "HEAD"), oid)
        const ours = realGit(work, "ls-tree", "-r", oid).split("\n")
        assert.deepStrictEqual(differing(ours, realGit(work, "ls-tree", "-r", tree).split("\n")), SAME)
        realGit(work, "fsck", "--strict", "--full")
        assert.deepStrictEqual(realPorcelain(work), [])
        assert.deepStrictEqual(asPorcelain(yield* git.status("work")), [])
        assert.strictEqual(
          realGit(work, "log", "-1", "--format=%an <%ae> %cn %B"),
          "Repo Author <repo@example.com> Repo Author all of it\n",
        )
      }),
    )

  it.live("goes from branch to branch and leaves files as git would, also with a detached HEAD", () =>
    Effect.gen(function* () {
      const { root, work } = yield* largeRepo(600)
      const git = yield* gitAt(root)
      disturb(work)
      for (const odd of ["nested", "untracked-\\back\\slash.txt"]) rmSync(join(work, odd), { recursive: true })
      yield* git.createBranch("work", "other", undefined)
      yield* git.add("work", ["."])
      yield* git.commit("work", { message: "other", author: {} })
      realGit(work, "branch", "-f", "second")
      realGit(root, "clone", "-q", work, "copy")
      realGit(root, "clone", "-q", work, "mine")
      const copy = join(root, "copy")
      const mine = join(root, "mine")
      const shape = (dir: string) => gitIn(dir, ["ls-files", "-s", "-t"]) + listing(dir)
      for (const branch of ["other", "second", "other", "main"]) {
        yield* git.switchBranch("mine", branch)
        realGit(copy, "checkout", "-q", branch)
        assert.strictEqual(realGit(mine, "symbolic-ref", "--short", "HEAD"), branch)
        assert.deepStrictEqual(realPorcelain(mine), [], branch)
        assert.deepStrictEqual(differing(shape(mine).split("\n"), shape(copy).split("\n")), SAME, branch)
        assert.deepStrictEqual(asPorcelain(yield* git.status("mine")), [], branch)
        assert.strictEqual(realGit(mine, "config", `branch.${branch}.merge`), `refs/heads/${branch}`)
      }
      realGit(work, "checkout", "-q", "--detach", "other")
      put(work, "detached.txt", "x\n")
      assert.deepStrictEqual((yield* git.status("work")).head, {
        branch: undefined,
        oid: realGit(work, "rev-parse", "other"),
      })
      yield* git.add("work", ["detached.txt"])
      const { head, oid } = yield* git.commit("work", { message: "on no branch", author: {} })
      assert.strictEqual(head.branch, undefined)
      assert.strictEqual(realGit(work, "rev-parse", "HEAD"), oid)
      assert.strictEqual(realGit(work, "rev-parse", "other"), realGit(copy, "rev-parse", "origin/other"))
      assert.include(realGit(work, "reflog", "-3"), "commit: on no branch")
      realGit(work, "fsck", "--strict")
    }),
  )

  it.live("tells a history with merges in git's order, and that of a path", () =>
    Effect.gen(function* () {
      const { root, work } = yield* madeRepo
      const git = yield* gitAt(root)
      let clock = 1_700_000_000
      const commit = (message: string, path: string, content: string) => {
        put(work, path, content)
        realGit(work, "add", "-A")
        clock += 60
        const date = `${clock} +0530`
        gitIn(work, ["commit", "-qm", message], { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date })
      }
      const merge = (branch: string) => {
        clock += 60
        const date = `${clock} -0700`
        gitIn(work, ["merge", "-q", "--no-ff", "-m", `merge ${branch}`, branch], {
          GIT_AUTHOR_DATE: date,
          GIT_COMMITTER_DATE: date,
        })
      }
      commit("one", "a.txt", "1\n")
      commit("a file", "x", "1\n")
      realGit(work, "rm", "-q", "x")
      commit("a folder", "x/x", "1\n")
      for (let i = 0; i < 12; i++) {
        realGit(work, "checkout", "-qb", `side${i}`)
        commit(`side ${i}`, `side/${i % 3}.txt`, `${i}\n`)
        if (i % 2 === 0) commit(`side ${i} again`, "a.txt", `${i} a\n`)
        realGit(work, "checkout", "-q", "main")
        commit(`main ${i}`, "b.txt", `${i}\n`)
        merge(`side${i}`)
      }
      const told = Effect.fnUntraced(function* (path?: string) {
        const all: Array<string> = []
        let cursor: string | undefined
        do {
          const page = yield* git.log("work", {
            limit: 7,
            ...(path === undefined ? {} : { path }),
            ...(cursor === undefined ? {} : { cursor }),
          })
          all.push(...page.commits.map(({ oid }) => oid))
          cursor = page.next
        } while (cursor !== undefined)
        return all
      })
      assert.deepStrictEqual(yield* told(), realGit(work, "log", "--format=%H").split("\n"))
      for (const path of ["a.txt", "b.txt", "side", "side/1.txt", "x", "x/x"])
        assert.deepStrictEqual(yield* told(path), realGit(work, "log", "--format=%H", "--", path).split("\n"), path)
      const { commits } = yield* git.log("work", { limit: 1, ref: "side3" })
      assert.strictEqual(commits[0]?.offset, 330)
      assert.strictEqual(commits[0]?.oid, realGit(work, "rev-parse", "side3"))
      for (const revision of ["HEAD^2", "main~2^2", "HEAD~2", realGit(work, "rev-parse", "--short", "side4")]) {
        const page = yield* git.log("work", { limit: 1, ref: revision })
        assert.strictEqual(page.commits[0]?.oid, realGit(work, "rev-parse", revision), revision)
      }
    }),
  )

  it.live("writes patches that git applies, between commits, the index and the work tree", () =>
    Effect.gen(function* () {
      const { root, work } = yield* madeRepo
      const git = yield* gitAt(root)
      const lines = (from: number, to: number, change = new Set<number>()) =>
        Array.from({ length: to - from }, (_, i) => `line ${from + i}${change.has(from + i) ? " changed" : ""}\n`).join(
          "",
        )
      put(work, "a.txt", lines(0, 200))
      put(work, "gone.txt", lines(0, 5))
      put(work, "moved.txt", lines(300, 320))
      put(work, "no-end.txt", "no line feed")
      put(work, "mode.sh", "#!/bin/sh\n")
      put(work, "ünï 'x'.txt", "a\n")
      put(work, "crlf.txt", "a\r\nb\r\n")
      symlinkSync("a.txt", join(work, "link"))
      realGit(work, "add", "-A")
      realGit(work, "commit", "-qm", "one")
      put(work, "a.txt", lines(0, 220, new Set([3, 4, 90, 91, 199])))
      rmSync(join(work, "gone.txt"))
      renameSync(join(work, "moved.txt"), join(work, "moved here.txt"))
      put(work, "no-end.txt", "no line feed\nbut two lines")
      chmodSync(join(work, "mode.sh"), 0o755)
      put(work, "ünï 'x'.txt", "b\n")
      put(work, "crlf.txt", "a\r\nc\r\n")
      put(work, "new/one.txt", "new\n")
      put(work, "empty.txt", "")
      rmSync(join(work, "link"))
      symlinkSync("crlf.txt", join(work, "link"))
      const options = { staged: false, from: undefined, to: undefined, paths: [], budget: 200_000, after: undefined }
      const applied = (patch: string, from: string) => {
        const index = { GIT_INDEX_FILE: join(root, `index-${from}-${patch.length}`) }
        gitIn(work, ["read-tree", from], index)
        gitIn(work, ["apply", "--cached", "--whitespace=nowarn"], index, patch)
        return gitIn(work, ["write-tree"], index).trim()
      }
      // Tracked files only.
      realGit(work, "add", "-N", "new/one.txt", "moved here.txt")
      const inWork = yield* git.diff("work", { ...options, from: "HEAD" })
      realGit(work, "add", "-A")
      const tree = realGit(work, "write-tree")
      const staged = yield* git.diff("work", { ...options, staged: true })
      assert.strictEqual(applied(staged.patch, "HEAD"), tree)
      assert.deepInclude(
        staged.files.find(({ path }) => path === "moved here.txt"),
        { change: "renamed", from: "moved.txt" },
      )
      assert.notInclude(inWork.patch, "empty.txt")
      realGit(work, "commit", "-qm", "two")
      for (const sides of [{ from: "HEAD~1", to: "HEAD" }, { to: "HEAD" }])
        assert.strictEqual(applied((yield* git.diff("work", { ...options, ...sides })).patch, "HEAD~1"), tree)
      const back = yield* git.diff("work", { ...options, from: "HEAD", to: "HEAD~1" })
      assert.strictEqual(applied(back.patch, "HEAD"), realGit(work, "rev-parse", "HEAD~1^{tree}"))
      // By pages, the same.
      let patch = ""
      let after: string | undefined
      do {
        const page = yield* git.diff("work", { ...options, to: "HEAD", budget: 1000, after })
        if (page.cut.length === 0) patch += page.patch
        else patch += (yield* git.diff("work", { ...options, to: "HEAD", paths: page.cut })).patch
        after = page.next
      } while (after !== undefined)
      assert.strictEqual(applied(patch, "HEAD~1"), tree)
    }),
  )
})
