/** A process that is killed in the middle of a switch or a commit: nothing is torn, and everything is still there. */
import { spawn } from "node:child_process"
import { existsSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { BIN, cleanEnv } from "../kit/RawServer.ts"
import { gitMissing, madeRepo, put, realGit } from "../kit/RealGit.ts"

const missing = gitMissing()

const FILES = 1500

/** Calls a tool in a process of its own, which is killed when `when` says so; whether it came to its end before. */
const killed = (root: string, tool: string, args: object, when: () => boolean): Promise<boolean> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, [BIN, "call", tool, JSON.stringify(args), "--git-root", root], {
      env: cleanEnv({}),
      stdio: "ignore",
    })
    const watch = setInterval(() => {
      if (when()) child.kill("SIGKILL")
    }, 1)
    child.on("exit", (code) => {
      clearInterval(watch)
      resolve(code === 0)
    })
  })

describe.skipIf(missing !== undefined)(`git in a killed process${missing === undefined ? "" : ` (${missing})`}`, () => {
  it.live(
    "leaves every file whole, old or new, and a repository in order",
    () =>
      Effect.gen(function* () {
        const { root, work } = yield* madeRepo
        const content = (branch: string, i: number) => `${branch} ${i}\n`.repeat(200)
        for (const branch of ["main", "other"]) {
          if (branch === "other") realGit(work, "checkout", "-q", "-b", branch)
          for (let i = 0; i < FILES; i++) put(work, `d${i % 20}/f${i}.txt`, content(branch, i))
          realGit(work, "add", "-A")
          realGit(work, "commit", "-qm", branch)
        }
        let cut = 0
        for (const [round, wait] of [20, 200, 700, 1200].entries()) {
          const to = round % 2 === 0 ? "main" : "other"
          const from = realGit(work, "symbolic-ref", "--short", "HEAD")
          const isNew = (i: number) => readFileSync(join(work, `d${i % 20}/f${i}.txt`), "utf8") === content(to, i)
          // When so many of the files have been replaced.
          const ended = yield* Effect.promise(() =>
            killed(
              root,
              "git_branch_switch",
              { repo: "work", branch: to },
              () => existsSync(join(work, `d${wait % 20}/f${wait}.txt`)) && isNew(wait),
            ),
          )
          if (!ended) cut++
          let fresh = 0
          for (let i = 0; i < FILES; i++) {
            const path = join(work, `d${i % 20}/f${i}.txt`)
            const found = readFileSync(path, "utf8")
            assert.include([content(from, i), content(to, i)], found, path)
            if (found === content(to, i)) fresh++
          }
          assert.isAbove(fresh, 0)
          rmSync(join(work, ".git/index.lock"), { force: true })
          realGit(work, "fsck", "--strict")
          assert.include(["main", "other"], realGit(work, "symbolic-ref", "--short", "HEAD"))
          realGit(work, "checkout", "-qf", from)
          assert.strictEqual(realGit(work, "status", "--porcelain"), "")
        }
        assert.isAbove(cut, 0)
      }),
    120_000,
  )
})
