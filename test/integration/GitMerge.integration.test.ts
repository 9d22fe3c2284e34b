/** Whole trees brought together, beside git's own merge without renames: the same result, or the same paths in conflict. */
import { chmodSync, existsSync, rmSync } from "node:fs"
import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { mergeBase, mergeTrees } from "../../src/git/Merge.ts"
import { openRepo } from "../../src/git/Repo.ts"
import { gitMissing, madeRepo, put, realGit } from "../kit/RealGit.ts"

const missing = gitMissing()

describe.skipIf(missing !== undefined)(`merging trees${missing === undefined ? "" : ` (${missing})`}`, () => {
  it.live("gives what git gives, and finds the conflicts that git finds", () =>
    Effect.gen(function* () {
      const { root, work } = yield* madeRepo
      let state = 5
      const next = (below: number) => ((state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff) >> 8) % below
      const paths = Array.from({ length: 24 }, (_, i) => `${["", "a/", "a/b/", "c/"][i % 4]}f${i}.txt`)
      const lines = (seed: number) => Array.from({ length: 12 }, (_, i) => `line ${i} of ${seed}`)
      for (const [i, path] of paths.entries()) put(work, path, `${lines(i).join("\n")}\n`)
      realGit(work, "add", "-A")
      realGit(work, "commit", "-qm", "base")
      /** Some changes of every kind, as a commit on a branch of its own. */
      const side = (branch: string) => {
        realGit(work, "checkout", "-qf", "-B", branch, "main")
        for (let n = 0; n < 5; n++) {
          const i = next(paths.length)
          const path = paths[i] ?? ""
          const kind = next(7)
          if (kind === 0) rmSync(join(work, path), { force: true })
          else if (kind === 1 && existsSync(join(work, path))) chmodSync(join(work, path), 0o755)
          else if (kind === 2) put(work, `new/n${next(4)}.txt`, `new ${next(2)}\n`)
          else {
            const text = lines(i)
            // Far apart, so that neither side's idea of "next to each other" matters.
            text[kind < 5 ? 0 : 11] = `changed ${next(3)}`
            put(work, path, `${text.join("\n")}\n`)
          }
        }
        realGit(work, "add", "-A")
        realGit(work, "commit", "-qm", branch, "--allow-empty")
        return realGit(work, "rev-parse", "HEAD")
      }
      let clean = 0
      let conflicts = 0
      for (let round = 0; round < 40; round++) {
        const ours = side("ours")
        const theirs = side("theirs")
        const repo = yield* openRepo(root, "work")
        const base = yield* mergeBase(repo, ours, theirs)
        const merged = yield* mergeTrees(repo, { base, ours, theirs }, "It").pipe(
          Effect.catch(({ what }) => Effect.succeed(what)),
        )
        const git = spawnSync(
          "git",
          ["-c", "merge.renames=false", "merge-tree", "--write-tree", "--name-only", "--no-messages", ours, theirs],
          { cwd: work, encoding: "utf8" },
        )
        const [tree, ...names] = git.stdout.trim().split("\n")
        if (git.status === 0) {
          clean++
          assert.strictEqual(merged, tree)
        } else {
          conflicts++
          for (const name of names) assert.include(merged, name, `round ${round}`)
          const told = /both sides changed (.+?)\. Nothing/.exec(merged)?.[1]?.split(", ") ?? []
          assert.sameMembers(told, names, `round ${round}`)
        }
      }
      assert.isAbove(clean, 5)
      assert.isAbove(conflicts, 5)
      realGit(work, "fsck", "--strict")
    }),
  )
})
