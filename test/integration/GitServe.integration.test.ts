/** A spawned server that pushes and pulls: its frames and its stderr, with a remote that tells all it hears. */
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { formsOf } from "../../src/guard/Redactor.ts"
import { gitServer } from "../kit/GitServer.ts"
import { callMessage, initialize, rawServer } from "../kit/RawServer.ts"
import { gitMissing, put, realGit, temporaryFolder } from "../kit/RealGit.ts"

const missing = gitMissing()
const TOKEN = "ghp_canaryOfAGitToken0123456789"

describe.skipIf(missing !== undefined)(`serve with git${missing === undefined ? "" : ` (${missing})`}`, () => {
  it.live("says a git credential in no frame and on no stderr, though the remote repeats it", () =>
    Effect.gen(function* () {
      const served = yield* temporaryFolder
      const root = yield* temporaryFolder
      realGit(served, "init", "-q", "--bare", "-b", "main", "r.git")
      realGit(join(served, "r.git"), "config", "http.receivepack", "true")
      mkdirSync(join(root, "work"))
      const remote = yield* gitServer(served, { username: "robot", password: TOKEN })
      realGit(root, "init", "-q", "-b", "main", "work")
      realGit(join(root, "work"), "remote", "add", "origin", `${remote.url}/r.git`)
      put(join(root, "work"), "a.txt", "a\n")
      const server = rawServer(["--sandbox", "--toolsets", "kv,git", "--git-root", root], {
        VAULT_AWS_MCP_LOG_LEVEL: "debug",
      })
      const ask = Effect.fnUntraced(function* (id: number, name: string, args: object) {
        server.send(callMessage(id, name, { ...args }))
        return JSON.stringify((yield* Effect.promise(() => server.answer(id))).result)
      })
      yield* Effect.promise(() => initialize(server))
      const credential = "secret/robot"
      yield* ask(2, "kv_put", { path: "robot", data: { username: "robot", token: TOKEN } })
      yield* ask(3, "git_add", { repo: "work", paths: ["."] })
      yield* ask(4, "git_commit", { repo: "work", message: "one", author_name: "A", author_email: "a@b.example" })
      assert.include(yield* ask(5, "git_push", { repo: "work", credential }), "origin/main is at")
      assert.include(yield* ask(6, "git_pull", { repo: "work", credential }), "up_to_date")
      remote.intercept = (request, response) => {
        response.writeHead(500).end(`${request.headers.authorization ?? ""} is robot:${TOKEN}`)
        return "answered"
      }
      assert.include(yield* ask(7, "git_pull", { repo: "work", credential }), "status 500")
      assert.include(
        yield* ask(8, "git_clone", { url: `${remote.url}/${TOKEN}.git`, directory: "x", credential }),
        "isError",
      )
      server.child.stdin?.end()
      assert.strictEqual((yield* Effect.promise(() => server.exit)).code, 0)
      assert.strictEqual(realGit(join(served, "r.git"), "log", "--format=%s", "main"), "one")
      const all = `${server.lines.join("\n")}\n${server.stderr()}`
      for (const form of [...formsOf(TOKEN), ...formsOf(`robot:${TOKEN}`)]) assert.notInclude(all, form)
    }),
  )
})
