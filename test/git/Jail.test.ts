/** The borders: no path, link, file of git or setting leads a byte out of the folder that git may work in. */
import { execFileSync } from "node:child_process"
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { ConfinedFs } from "../../src/git/ConfinedFs.ts"
import { Git } from "../../src/git/Git.ts"
import { isFinePath } from "../../src/git/PathRules.ts"
import { isBranchName } from "../../src/git/Refs.ts"
import { gitIn, gitMissing, madeRepo, put, realGit, temporaryFolder } from "../kit/RealGit.ts"

const missing = gitMissing()

const gitAt = (root: string | undefined) => Effect.provide(Git.use(Effect.succeed), Git.layer(root))

const CANARY = "canary-of-what-lies-outside"

/** A repository with a commit, and a folder outside of the root that nobody may come to. */
const makeWorld = Effect.gen(function* () {
  const { root, work } = yield* madeRepo
  put(work, "a.txt", "a\n")
  realGit(work, "add", "-A")
  realGit(work, "commit", "-qm", "one")
  const outside = yield* temporaryFolder
  put(outside, "secret.txt", `${CANARY}\n`)
  const before = readdirSync(outside, { recursive: true, encoding: "utf8" }).toSorted()
  const git = yield* gitAt(root)
  /** Nothing outside is another than it was. */
  const untouched = () => {
    assert.deepStrictEqual(readdirSync(outside, { recursive: true, encoding: "utf8" }).toSorted(), before)
    assert.strictEqual(readFileSync(join(outside, "secret.txt"), "utf8"), `${CANARY}\n`)
  }
  return { root, work, outside, git, untouched }
})

/** Writes a tree as it is, whatever it says; git checks nothing here. */
const rawTree = (work: string, entries: ReadonlyArray<readonly [mode: string, name: string, oid: string]>): string => {
  const bytes = Buffer.concat(
    entries.flatMap(([mode, name, oid]) => [Buffer.from(`${mode} ${name}\0`), Buffer.from(oid, "hex")]),
  )
  return execFileSync("git", ["hash-object", "-w", "-t", "tree", "--literally", "--stdin"], {
    cwd: work,
    input: bytes,
    encoding: "utf8",
  }).trim()
}

const blob = (work: string, content: string): string =>
  gitIn(work, ["hash-object", "-w", "--stdin"], {}, content).trim()

/** A branch on a commit of that tree. */
const branchOf = (work: string, branch: string, tree: string): void => {
  const commit = gitIn(work, ["commit-tree", tree, "-p", "HEAD", "-m", "evil"]).trim()
  realGit(work, "update-ref", `refs/heads/${branch}`, commit)
}

describe("names", () => {
  it("that lead elsewhere, or are .git to any file system, are no paths", () => {
    for (const path of [
      "..",
      "../a",
      "a/../b",
      ".",
      "a/./b",
      "/a",
      "a//b",
      "a/",
      "",
      ".git",
      ".GIT/hooks/x",
      "sub/.git/config",
      ".git ",
      ".git.",
      ".git. .",
      "git~1",
      ".git~2",
      ".git::$INDEX_ALLOCATION",
      ".g\u200cit",
      "\ufeff.git",
      "a\\b",
      "..\\a",
      "a\0b",
    ])
      assert.isFalse(isFinePath(path), JSON.stringify(path))
    for (const path of [
      "a",
      ".gitignore",
      "a/.github/x",
      "git",
      "a.git/b",
      "..a",
      "a..",
      "...",
      "ünï/ñ",
      "x~1",
      "git~10",
    ])
      assert.isTrue(isFinePath(path), path)
  })
})

describe.skipIf(missing !== undefined)(`the jail${missing === undefined ? "" : ` (${missing})`}`, () => {
  it.live("is mandatory: without a root nothing works, and the words say how to set it", () =>
    Effect.gen(function* () {
      for (const root of [undefined, "/nowhere/at/all"]) {
        const git = yield* gitAt(root)
        for (const work of [
          Effect.asVoid(git.status(".")),
          Effect.asVoid(git.add(".", ["."])),
          Effect.asVoid(
            git.clone(
              { url: "https://a.example/b", directory: undefined, branch: undefined, depth: undefined },
              undefined,
            ),
          ),
        ]) {
          const error = yield* Effect.flip(work)
          assert.strictEqual(error.code, "git_root_missing")
          assert.include(error.message, "VAULT_AWS_MCP_GIT_ROOT")
        }
      }
    }),
  )

  it.live("lets no path and no link lead out", () =>
    Effect.gen(function* () {
      const { git, outside, root, untouched, work } = yield* makeWorld
      realGit(outside, "init", "-q")
      const before = readdirSync(outside, { recursive: true }).length
      symlinkSync(outside, join(root, "link"))
      symlinkSync(join(outside, ".."), join(root, "up"))
      mkdirSync(join(root, "dir"))
      symlinkSync(outside, join(root, "dir/link"))
      for (const path of [
        "..",
        "../..",
        outside,
        "/",
        "work/../..",
        "link",
        "dir/link",
        `up/${outside.split("/").at(-1)}`,
        "a\0b",
        "~",
      ]) {
        const error = yield* Effect.flip(git.status(path))
        assert.include(["git_outside", "git_no_repository"], error.code, path)
        assert.notInclude(error.message, CANARY)
      }
      assert.strictEqual((yield* Effect.flip(git.status("link"))).code, "git_outside")
      rmSync(join(outside, ".git"), { recursive: true })
      assert.isAbove(before, 1)
      // A link within is a way like any other.
      symlinkSync("work", join(root, "inside"))
      assert.strictEqual((yield* git.status("inside")).head.branch, "main")
      for (const directory of [
        "../x",
        "link/x",
        "dir/link/y",
        "/tmp/z",
        "work/.git/hooks",
        "work/.GIT/x",
        "x/../../y",
      ]) {
        const error = yield* Effect.flip(
          git.clone({ url: "http://127.0.0.1:9/x", directory, branch: undefined, depth: undefined }, undefined),
        )
        assert.strictEqual(error.code, "git_outside", directory)
      }
      assert.isFalse(existsSync(join(work, ".git/hooks/HEAD")))
      untouched()
    }),
  )

  it.live("takes no repository that keeps its parts elsewhere", () =>
    Effect.gen(function* () {
      const { outside, root, untouched, work } = yield* makeWorld
      const other = yield* temporaryFolder
      realGit(other, "init", "-q")
      const git = yield* gitAt(root)
      const tricks: ReadonlyArray<readonly [code: string, trick: (dir: string) => void]> = [
        [
          "git_unsupported",
          (dir) => (
            rmSync(join(dir, ".git"), { recursive: true }),
            writeFileSync(join(dir, ".git"), `gitdir: ${other}/.git\n`)
          ),
        ],
        [
          "git_unsupported",
          (dir) => (
            rmSync(join(dir, ".git"), { recursive: true }),
            symlinkSync(join(other, ".git"), join(dir, ".git"))
          ),
        ],
        ["git_unsupported", (dir) => put(dir, ".git/commondir", `${other}/.git\n`)],
        ["git_unsupported", (dir) => put(dir, ".git/objects/info/alternates", `${other}/.git/objects\n`)],
        [
          "git_no_repository",
          (dir) => (
            rmSync(join(dir, ".git/objects"), { recursive: true }),
            symlinkSync(join(other, ".git/objects"), join(dir, ".git/objects"))
          ),
        ],
        [
          "git_no_repository",
          (dir) => (
            rmSync(join(dir, ".git/refs"), { recursive: true }),
            symlinkSync(join(other, ".git/refs"), join(dir, ".git/refs"))
          ),
        ],
        [
          "git_no_repository",
          (dir) => (rmSync(join(dir, ".git/HEAD")), symlinkSync(join(outside, "secret.txt"), join(dir, ".git/HEAD"))),
        ],
        [
          "git_unsafe",
          (dir) => (rmSync(join(dir, ".git/index")), symlinkSync(join(outside, "secret.txt"), join(dir, ".git/index"))),
        ],
        [
          "git_unsafe",
          (dir) => (
            rmSync(join(dir, ".git/config")),
            symlinkSync(join(outside, "secret.txt"), join(dir, ".git/config"))
          ),
        ],
        ["git_unsafe", (dir) => realGit(dir, "config", "core.worktree", outside)],
        ["git_unsupported", (dir) => realGit(dir, "config", "core.bare", "true")],
        ["git_unsupported", (dir) => realGit(dir, "config", "extensions.objectFormat", "sha1")],
      ]
      for (const [i, [code, trick]] of tricks.entries()) {
        const name = `copy${i}`
        execFileSync("cp", ["-r", work, join(root, name)])
        trick(join(root, name))
        for (const use of [
          git.status(name),
          Effect.asVoid(git.add(name, ["."])),
          Effect.asVoid(git.commit(name, { message: "m", author: {} })),
        ]) {
          const error = yield* Effect.flip(Effect.asVoid(use))
          assert.strictEqual(error.code, code, `${i}: ${error.message}`)
          assert.notInclude(error.message, CANARY)
        }
      }
      untouched()
    }),
  )

  it.live("never reads through a tracked link, and stages it as the link it is", () =>
    Effect.gen(function* () {
      const { git, outside, untouched, work } = yield* makeWorld
      symlinkSync(join(outside, "secret.txt"), join(work, "to-secret"))
      symlinkSync(outside, join(work, "to-folder"))
      yield* git.add("work", ["."])
      yield* git.commit("work", { message: "links", author: {} })
      assert.match(realGit(work, "ls-tree", "HEAD", "to-secret"), /^120000 /)
      const { patch } = yield* git.diff("work", {
        staged: false,
        from: undefined,
        to: "HEAD",
        paths: [],
        budget: 100_000,
        after: undefined,
      })
      assert.include(patch, "secret.txt")
      assert.notInclude(patch, CANARY)
      // A file that becomes a link to outside shows the link.
      rmSync(join(work, "a.txt"))
      symlinkSync(join(outside, "secret.txt"), join(work, "a.txt"))
      const changed = yield* git.diff("work", {
        staged: false,
        from: undefined,
        to: undefined,
        paths: [],
        budget: 100_000,
        after: undefined,
      })
      assert.notInclude(changed.patch, CANARY)
      // Rules behind a link are none.
      rmSync(join(work, "a.txt"))
      put(outside, ".gitignore", "*\n")
      symlinkSync(join(outside, ".gitignore"), join(work, ".gitignore"))
      symlinkSync(join(outside, ".gitignore"), join(work, ".gitattributes"))
      put(work, "seen.txt", "x\n")
      assert.include((yield* git.status("work")).untracked, "seen.txt")
      rmSync(join(outside, ".gitignore"))
      untouched()
    }),
  )

  it.live("writes through no link: a folder that became one stops a switch before anything changes", () =>
    Effect.gen(function* () {
      const { git, outside, untouched, work } = yield* makeWorld
      realGit(work, "checkout", "-qb", "with-folder")
      put(work, "folder/secret.txt", "overwritten\n")
      put(work, "folder/new.txt", "new\n")
      realGit(work, "add", "-A")
      realGit(work, "commit", "-qm", "folder")
      realGit(work, "checkout", "-q", "main")
      symlinkSync(outside, join(work, "folder"))
      const error = yield* Effect.flip(git.switchBranch("work", "with-folder"))
      assert.strictEqual(error.code, "git_would_overwrite")
      assert.include(error.message, "folder")
      untouched()
      // Also when the link came after a switch, and the files are to be removed or changed.
      rmSync(join(work, "folder"))
      yield* git.switchBranch("work", "with-folder")
      renameSync(join(work, "folder"), join(work, "elsewhere"))
      symlinkSync(outside, join(work, "folder"))
      yield* git.switchBranch("work", "main")
      assert.isTrue(lstatSync(join(work, "folder")).isSymbolicLink())
      untouched()
    }),
  )

  it.live("refuses every tree that holds a path out of it, and leaves the files alone", () =>
    Effect.gen(function* () {
      const { git, outside, untouched, work } = yield* makeWorld
      const evil = blob(work, "#!/bin/sh\ntouch owned\n")
      const link = blob(work, outside)
      const hooks = rawTree(work, [["100755", "post-checkout", evil]])
      const names = [
        ".git",
        ".GIT",
        ".git ",
        ".git.",
        "git~1",
        ".g\u200cit",
        "..",
        ".",
        "a\\..\\b",
        ".git::$INDEX_ALLOCATION",
      ]
      const trees = [
        ...names.map((name) => rawTree(work, [["40000", name, hooks]])),
        ...names.map((name) => rawTree(work, [["40000", "sub", rawTree(work, [["40000", name, hooks]])]])),
        rawTree(work, [["100644", "../../x", evil]]),
        rawTree(work, [["100644", "/tmp/x", evil]]),
        rawTree(work, [["120000", ".git", link]]),
        rawTree(work, [["100644", "", evil]]),
      ]
      for (const [i, tree] of trees.entries()) {
        branchOf(work, `evil${i}`, tree)
        const error = yield* Effect.flip(git.switchBranch("work", `evil${i}`))
        assert.include(["git_unsafe", "git_broken"], error.code, `${i}: ${error.message}`)
        assert.strictEqual(realGit(work, "symbolic-ref", "--short", "HEAD"), "main")
        assert.strictEqual(realGit(work, "status", "--porcelain"), "")
      }
      assert.isFalse(existsSync(join(work, ".git/hooks/post-checkout")))
      // A link and a folder of the same name: whichever comes first, nothing goes through it.
      const both = rawTree(work, [
        ["120000", "a", link],
        ["40000", "a", rawTree(work, [["100644", "secret.txt", evil]])],
      ])
      branchOf(work, "both", both)
      yield* Effect.exit(git.switchBranch("work", "both"))
      untouched()
    }),
  )

  it.live("is not drowned by a few trees that stand for a hundred million files", () =>
    Effect.gen(function* () {
      const { git, work } = yield* makeWorld
      let tree = rawTree(
        work,
        Array.from({ length: 10 }, (_, i) => ["100644", `f${i}`, blob(work, "x")] as const),
      )
      for (let level = 0; level < 7; level++)
        tree = rawTree(
          work,
          Array.from({ length: 10 }, (_, i) => ["40000", `d${i}`, tree] as const),
        )
      branchOf(work, "bomb", tree)
      const error = yield* Effect.flip(git.switchBranch("work", "bomb"))
      assert.strictEqual(error.code, "git_too_large")
      assert.strictEqual((yield* git.status("work")).head.branch, "main")
    }),
  )

  it.live("runs nothing that a repository asks for: hooks, filters, helpers, monitors", () =>
    Effect.gen(function* () {
      const { git, root, untouched, work } = yield* makeWorld
      const trap = `touch ${join(root, "owned")}`
      for (const hook of [
        "pre-commit",
        "commit-msg",
        "post-commit",
        "post-checkout",
        "post-merge",
        "pre-push",
        "reference-transaction",
        "post-index-change",
        "prepare-commit-msg",
      ])
        put(work, `.git/hooks/${hook}`, `#!/bin/sh\n${trap}\n`, 0o755)
      put(work, "more/hooks/pre-commit", `#!/bin/sh\n${trap}\n`, 0o755)
      put(root, "config-elsewhere", `[alias]\nstatus = "!${trap}"\n[user]\nname = From Elsewhere\n`)
      for (const [key, value] of [
        ["core.hooksPath", join(work, "more/hooks")],
        ["core.fsmonitor", trap],
        ["core.sshCommand", trap],
        ["core.editor", trap],
        ["core.pager", trap],
        ["core.askPass", trap],
        ["core.gitProxy", trap],
        ["credential.helper", `!${trap}`],
        ["filter.evil.clean", trap],
        ["filter.evil.smudge", trap],
        ["filter.evil.process", trap],
        ["diff.external", trap],
        ["diff.evil.textconv", trap],
        ["diff.evil.command", trap],
        ["merge.evil.driver", trap],
        ["gpg.program", trap],
        ["alias.status", `!${trap}`],
        ["include.path", join(root, "config-elsewhere")],
        ["remote.origin.uploadpack", trap],
        ["remote.origin.url", `ext::sh -c '${trap}'`],
        ["remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*"],
        ["remote.origin.vcs", "evil"],
        ["branch.main.remote", "origin"],
        ["branch.main.merge", "refs/heads/main"],
        ["submodule.x.update", `!${trap}`],
      ] as const)
        realGit(work, "config", key, value)
      put(work, ".gitattributes", "*.evil filter=evil diff=evil merge=evil\n")
      yield* git.add("work", [".gitattributes", "more"])
      yield* git.commit("work", { message: "attributes", author: { name: "A", email: "a@b.example" } })
      put(work, "x.evil", "raw\n")
      const refused = yield* Effect.flip(git.add("work", ["."]))
      assert.strictEqual(refused.code, "git_unsupported")
      assert.include(refused.message, "x.evil has the attribute filter")
      yield* git.status("work")
      yield* git.diff("work", { staged: false, from: "HEAD", to: undefined, paths: [], budget: 1000, after: undefined })
      yield* git.createBranch("work", "other", undefined)
      yield* git.switchBranch("work", "other")
      yield* git.switchBranch("work", "main")
      const exchange = { credential: undefined, author: {}, force: false }
      for (const use of [Effect.asVoid(git.pull("work", exchange)), Effect.asVoid(git.push("work", exchange))]) {
        const error = yield* Effect.flip(use)
        assert.strictEqual(error.code, "git_remote_refused")
        assert.include(error.message, "helper program")
      }
      yield* git.deleteBranch("work", "other", false)
      yield* git.log("work", { limit: 5 })
      assert.isFalse(existsSync(join(root, "owned")))
      // What the config takes in from elsewhere is not taken in.
      realGit(work, "config", "--unset", "user.name")
      put(work, "b.txt", "b\n")
      yield* git.add("work", ["b.txt"])
      assert.strictEqual(
        (yield* Effect.flip(git.commit("work", { message: "m", author: {} }))).code,
        "git_author_missing",
      )
      untouched()
    }),
  )

  it.live("hears nothing of the environment that git itself would", () =>
    Effect.gen(function* () {
      const { git, outside, root, untouched, work } = yield* makeWorld
      const variables = {
        GIT_DIR: join(outside, ".git"),
        GIT_WORK_TREE: outside,
        GIT_INDEX_FILE: join(outside, "index"),
        GIT_OBJECT_DIRECTORY: join(outside, "objects"),
        GIT_ALTERNATE_OBJECT_DIRECTORIES: join(outside, "objects"),
        GIT_CONFIG_GLOBAL: join(outside, "config"),
        GIT_CONFIG_COUNT: "1",
        GIT_CONFIG_KEY_0: "core.worktree",
        GIT_CONFIG_VALUE_0: outside,
        GIT_SSH_COMMAND: `touch ${join(root, "owned")}`,
        GIT_EXTERNAL_DIFF: `touch ${join(root, "owned")}`,
        GIT_ASKPASS: `touch ${join(root, "owned")}`,
        GIT_AUTHOR_NAME: "From Elsewhere",
      }
      const before = Object.fromEntries(Object.keys(variables).map((name) => [name, process.env[name]]))
      yield* Effect.addFinalizer(() =>
        Effect.sync(() => {
          for (const [name, value] of Object.entries(before))
            if (value === undefined) delete process.env[name]
            else process.env[name] = value
        }),
      )
      Object.assign(process.env, variables)
      put(work, "b.txt", "b\n")
      assert.deepStrictEqual((yield* git.status("work")).untracked, ["b.txt"])
      yield* git.add("work", ["b.txt"])
      yield* git.commit("work", { message: "b", author: {} })
      assert.strictEqual(realGit(work, "log", "-1", "--format=%an"), "Repo Author")
      assert.isFalse(existsSync(join(root, "owned")))
      untouched()
    }),
  )

  it.live("does not look into submodules, and keeps what is in them", () =>
    Effect.gen(function* () {
      const { git, root, untouched, work } = yield* makeWorld
      const module = join(root, "module")
      mkdirSync(module)
      realGit(module, "init", "-q")
      put(module, "m.txt", "m\n")
      realGit(module, "add", "-A")
      realGit(module, "commit", "-qm", "m")
      gitIn(work, ["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", module, "module"])
      realGit(work, "commit", "-qm", "module")
      realGit(work, "branch", "before", "HEAD~1")
      put(work, "module/m.txt", "changed\n")
      put(work, "module/mine.txt", "mine\n")
      assert.deepStrictEqual((yield* git.status("work")).unstaged, [])
      const nested = yield* Effect.flip(git.status("work/module"))
      assert.strictEqual(nested.code, "git_unsupported")
      yield* git.switchBranch("work", "before")
      assert.strictEqual(readFileSync(join(work, "module/mine.txt"), "utf8"), "mine\n")
      yield* git.switchBranch("work", "main")
      assert.strictEqual(readFileSync(join(work, "module/m.txt"), "utf8"), "changed\n")
      untouched()
    }),
  )

  it.live("its file system writes no hook, follows no link, waits for no pipe, and stops when it is given up", () =>
    Effect.gen(function* () {
      const { outside, untouched, work } = yield* makeWorld
      const fs = new ConfinedFs(work)
      const failed = (use: () => Promise<unknown>) =>
        Effect.map(
          Effect.flip(Effect.tryPromise({ try: use, catch: (error) => error as { readonly code: string } })),
          ({ code }) => code,
        )
      symlinkSync(outside, join(work, "link"))
      execFileSync("mkfifo", [join(work, "pipe")])
      for (const path of [
        ".git/hooks/pre-commit",
        ".git/info/attributes",
        ".git/info/exclude",
        ".git/modules/x",
        ".git/worktrees/x",
        "sub/.git/config",
        ".git/config.worktree",
      ])
        assert.include(["EACCES", "ENOENT"], yield* failed(() => fs.writeFile(join(work, path), "x")), path)
      for (const path of [
        join(outside, "x"),
        join(work, "../x"),
        `${work}-beside/x`,
        join(work, "a/../../x"),
        `${work}/a//b`,
        `${work}/a\0b`,
      ])
        assert.include(["EACCES", "ENOENT"], yield* failed(() => fs.writeFile(path, "x")), path)
      for (const use of [
        () => fs.writeFile(join(work, "link/secret.txt"), "x"),
        () => fs.readFile(join(work, "link/secret.txt")),
        () => fs.unlink(join(work, "link/secret.txt")),
        () => fs.mkdir(join(work, "link/x")),
        () => fs.readdir(join(work, "link")),
        () => fs.symlink("x", join(work, "link/x")),
        () => fs.rmdir(join(work, "link/x")),
      ])
        assert.include(["ENOTDIR", "ENOENT"], yield* failed(use))
      symlinkSync(join(outside, "secret.txt"), join(work, "to-secret"))
      assert.strictEqual(yield* failed(() => fs.readFile(join(work, "to-secret"))), "ELOOP")
      assert.strictEqual(yield* failed(() => fs.readFile(join(work, "pipe"))), "EACCES")
      // A link at the place is replaced, not written through.
      yield* Effect.promise(() => fs.writeFile(join(work, "to-secret"), "mine\n"))
      assert.isTrue(lstatSync(join(work, "to-secret")).isFile())
      assert.deepStrictEqual(
        readdirSync(join(work, ".git")).filter((name) => name.startsWith(".vault")),
        [],
      )
      untouched()
      fs.aborted = true
      assert.strictEqual(yield* failed(() => fs.readFile(join(work, "a.txt"))), "EINTR")
    }),
  )

  it("takes for branches what git does, and less", () => {
    const names = [
      "main",
      "feature/x",
      "a.b",
      "a@b",
      "ünï",
      "-x",
      "a..b",
      "a b",
      "a~b",
      "a^b",
      "a:b",
      "a?b",
      "a*b",
      "a[b",
      "a\\b",
      "/a",
      "a/",
      "a//b",
      ".a",
      "a/.b",
      "a.lock",
      "a/b.lock",
      "@",
      "a@{b",
      "HEAD",
      "a.",
      "../x",
      "refs/../x",
      "\u0001",
      "",
    ]
    for (const name of names) {
      const fine = (() => {
        try {
          gitIn("/", ["check-ref-format", `refs/heads/${name}`])
          return !name.startsWith("-") && name !== "HEAD" && name !== "@"
        } catch {
          return false
        }
      })()
      assert.strictEqual(isBranchName(name), fine, name)
    }
  })
})
