/** What may happen to a work tree while its files are being replaced. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { checkout } from "../../src/git/Checkout.ts"
import { groundOf } from "../../src/git/Content.ts"
import { readIndex } from "../../src/git/IndexFile.ts"
import { openRepo, type Repo } from "../../src/git/Repo.ts"
import { changesBetween } from "../../src/git/Trees.ts"
import { gitMissing, madeRepo, put, realGit } from "../kit/RealGit.ts"

const missing = gitMissing()

describe.skipIf(missing !== undefined)(`a checkout${missing === undefined ? "" : ` (${missing})`}`, () => {
  it.live("leaves alone what somebody writes in the middle of it, and says how far it came", () =>
    Effect.gen(function* () {
      const { root, work } = yield* madeRepo
      for (const [message, text] of [
        ["one", "1\n"],
        ["two", "2\n"],
      ] as const) {
        for (const name of ["a.txt", "b.txt", "z.txt"]) put(work, name, text)
        if (message === "two") put(work, "zz-new.txt", "2\n")
        realGit(work, "add", "-A")
        realGit(work, "commit", "-qm", message)
      }
      realGit(work, "checkout", "-q", "--detach", "HEAD~1")
      for (const meddle of ["z.txt", "zz-new.txt"]) {
        const repo = yield* openRepo(root, "work")
        const changes = yield* changesBetween(
          repo,
          realGit(work, "rev-parse", "HEAD"),
          realGit(work, "rev-parse", "main"),
        )
        const index = yield* readIndex(repo)
        let moved = false
        let asked = 0
        // The first content is read when everything has been looked at.
        const meddled: Repo = {
          ...repo,
          call: (use) =>
            Effect.andThen(
              Effect.sync(() => {
                if (asked++ === 0) put(work, meddle, "somebody's\n")
              }),
              repo.call(use),
            ),
        }
        const ground = { ...(yield* groundOf(repo)), repo: meddled }
        const error = yield* Effect.flip(
          checkout(
            ground,
            index,
            changes,
            "it",
            Effect.sync(() => void (moved = true)),
          ),
        )
        assert.include(error.message, `Somebody changed ${meddle} in this very moment`)
        assert.include(error.message, "some are new, some old")
        assert.strictEqual(readFileSync(join(work, meddle), "utf8"), "somebody's\n")
        assert.isFalse(moved, "HEAD stays where it was")
        realGit(work, "clean", "-qfd")
        realGit(work, "reset", "-q", "--hard")
      }
    }),
  )
})
