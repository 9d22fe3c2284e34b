/** The GitHub agent at work in a repository that git made: no AWS, and no Vault where no remote asks for a credential. */
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { ROSTER } from "../../src/agents/Roster.ts"
import { supervise } from "../kit/Agents.ts"
import { gitMissing, madeRepo, put, realGit } from "../kit/RealGit.ts"
import { makeToolWorld } from "../kit/ToolWorld.ts"

const missing = gitMissing()

describe.skipIf(missing !== undefined)(`the GitHub agent${missing === undefined ? "" : ` (${missing})`}`, () => {
  it.live("sees, stages, commits and tells the history, without a lease or a token", () =>
    Effect.gen(function* () {
      const { root, work } = yield* madeRepo
      const { context, sandbox } = yield* makeToolWorld({ empty: false }, { gitRoot: root })
      const supervisor = yield* supervise(context, ROSTER)
      const task = (tool: string, args: object) =>
        Effect.map(supervisor.submit("github", { tool, args: { repo: "work", ...args } }), (outcome) =>
          outcome._tag === "Done" ? outcome.value : assert.fail(outcome.text),
        )
      put(work, "src/main.ts", "export {}\n")
      assert.deepInclude(yield* task("git_status", {}), { branch: "main", clean: false, untracked: ["src/"] })
      assert.deepInclude(yield* task("git_add", { paths: ["."] }), { added: 1, deleted: 0 })
      const committed = yield* task("git_commit", {
        message: "Begin",
        author_name: "Agent",
        author_email: "a@b.example",
      })
      assert.strictEqual(
        realGit(work, "log", "--format=%H %an <%ae> %s"),
        `${String(committed["commit"])} Agent <a@b.example> Begin`,
      )
      const { commits } = yield* task("git_log", {})
      assert.deepInclude((commits as ReadonlyArray<object>)[0], { commit: committed["commit"], message: "Begin" })
      assert.strictEqual(realGit(work, "status", "--porcelain"), "")
      assert.strictEqual(yield* sandbox.vault.liveLeases, 0)
      assert.strictEqual(yield* sandbox.vault.liveTokens, 0)
      const status = (yield* supervisor.status).find(({ name }) => name === "github")
      assert.deepInclude(status, { state: "running", leases: [] })
      assert.include(join(root, "work"), work)
    }),
  )
})
