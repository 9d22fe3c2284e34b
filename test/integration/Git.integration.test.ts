/** Remotes over `git http-backend`: what goes there and comes from there, with a credential that stays nowhere. */
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { deflateSync } from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Redacted, Schedule } from "effect"
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
const makeWorld = Effect.fnUntraced(function* (
  door: Door | undefined = DOOR,
  access: "ask" | "full" = "ask",
  settings: { readonly gitCredential?: string } = {},
) {
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
  const world = yield* makeToolWorld({ empty: false }, { gitRoot: root, access, ...settings })
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

  it.live("merges what both sides did, as a commit that git reads", () =>
    Effect.gen(function* () {
      const { clone, commit, credential, good, remote, theirs, work } = yield* makeWorld()
      yield* clone
      yield* commit("mine.txt", "mine\n", "mine")
      yield* commit("README.md", "one changed\ntwo\nthree\nfour\nfive\n", "top")
      theirs("README.md", "one\ntwo\nthree\nfour\nfive changed\n", "bottom")
      theirs("theirs.txt", "theirs\n", "theirs")
      put(work, "README.md", "one changed\ntwo\nthree\nfour\nfive\n")
      put(work, "untracked.txt", "stays\n")
      const author = { author_name: "A", author_email: "a@b.example" }
      assert.deepInclude(yield* good("git_pull", { repo: "work", credential, ...author }), {
        result: "merge",
        files: 2,
      })
      assert.strictEqual(readFileSync(join(work, "README.md"), "utf8"), "one changed\ntwo\nthree\nfour\nfive changed\n")
      assert.strictEqual(realGit(work, "status", "--porcelain"), "?? untracked.txt")
      assert.strictEqual(realGit(work, "log", "-1", "--format=%an %P").split(" ").length, 3)
      assert.match(realGit(work, "log", "-1", "--format=%s"), /^Merge branch 'main' of http:/)
      realGit(work, "fsck", "--strict")
      yield* good("git_push", { repo: "work", credential })
      assert.strictEqual(realGit(remote, "rev-parse", "main"), realGit(work, "rev-parse", "HEAD"))
      realGit(remote, "fsck", "--strict")
    }),
  )

  it.live("tells conflicts by path and changes nothing, neither files nor branch nor index", () =>
    Effect.gen(function* () {
      const { bad, clone, commit, credential, theirs, work } = yield* makeWorld()
      yield* clone
      yield* commit("README.md", "one\ntwo\nmine\nfour\nfive\n", "mine")
      yield* commit("bin", "a\0mine", "binary")
      theirs("README.md", "one\ntwo\ntheirs\nfour\nfive\n", "theirs")
      theirs("bin", "a\0theirs", "binary too")
      theirs("other.txt", "fine\n", "no conflict")
      put(work, "dirty.txt", "not committed\n")
      const state = () => [
        realGit(work, "rev-parse", "HEAD"),
        realGit(work, "status", "--porcelain"),
        realGit(work, "ls-files", "-s"),
        readFileSync(join(work, "README.md"), "utf8"),
      ]
      const before = state()
      const said = yield* bad("git_pull", { repo: "work", credential, author_name: "A", author_email: "a@b.example" })
      assert.match(said, /both sides changed README\.md, bin\. Nothing was changed/)
      assert.include(said, "code=git_conflict")
      assert.deepStrictEqual(state(), before)
      assert.isFalse(existsSync(join(work, ".git/MERGE_HEAD")))
      assert.isFalse(existsSync(join(work, ".git/index.lock")))
    }),
  )

  it.live("loses no changed and no untracked file to a pull", () =>
    Effect.gen(function* () {
      const { bad, clone, credential, good, theirs, work } = yield* makeWorld()
      yield* clone
      theirs("README.md", "theirs\n", "theirs")
      theirs("new.txt", "theirs\n", "new")
      theirs("folder/x", "theirs\n", "folder")
      const head = realGit(work, "rev-parse", "HEAD")
      put(work, "README.md", "not committed\n")
      put(work, "new.txt", "untracked\n")
      put(work, "folder", "a file\n")
      const said = yield* bad("git_pull", { repo: "work", credential })
      assert.match(said, /would overwrite what is not committed in README\.md, folder, new\.txt/)
      assert.strictEqual(realGit(work, "rev-parse", "HEAD"), head)
      assert.strictEqual(readFileSync(join(work, "new.txt"), "utf8"), "untracked\n")
      realGit(work, "checkout", "README.md")
      rmSync(join(work, "folder"))
      assert.include(yield* bad("git_pull", { repo: "work", credential }), "new.txt")
      // One that is the same as what comes is no loss.
      put(work, "new.txt", "theirs\n")
      assert.deepInclude(yield* good("git_pull", { repo: "work", credential }), { result: "fast_forward" })
      assert.strictEqual(realGit(work, "status", "--porcelain"), "")
    }),
  )

  it.live("pushes no non-fast-forward but by force, which only access full lets pass", () =>
    Effect.gen(function* () {
      const { bad, clone, commit, credential, remote, theirs } = yield* makeWorld()
      yield* clone
      yield* commit("mine.txt", "mine\n", "mine")
      theirs("theirs.txt", "theirs\n", "theirs")
      const before = realGit(remote, "rev-parse", "main")
      const said = yield* bad("git_push", { repo: "work", credential })
      assert.include(said, "code=git_not_fast_forward")
      assert.include(said, "git_pull")
      const refused = yield* bad("git_push", { repo: "work", credential, force: true })
      assert.include(refused, "code=access_refused")
      assert.include(refused, "VAULT_AWS_MCP_ACCESS=full")
      assert.strictEqual(realGit(remote, "rev-parse", "main"), before)
      const full = yield* makeWorld(DOOR, "full")
      yield* full.clone
      yield* full.commit("mine.txt", "mine\n", "mine")
      full.theirs("theirs.txt", "theirs\n", "theirs")
      yield* full.good("git_push", { repo: "work", credential, force: true })
      assert.strictEqual(realGit(full.remote, "rev-parse", "main"), realGit(full.work, "rev-parse", "HEAD"))
      // A remote that forbids it has the last word.
      realGit(full.remote, "config", "receive.denyNonFastForwards", "true")
      full.theirs("more.txt", "theirs\n", "more")
      const denied = yield* full.bad("git_push", { repo: "work", credential, force: true })
      assert.include(denied, "code=git_rejected")
    }),
  )

  it.live("tells a wrong, a missing and an unusable credential apart, and repeats none", () =>
    Effect.gen(function* () {
      const { bad, clone, root, server, url } = yield* makeWorld()
      const into = (directory: string, credential?: string) =>
        bad("git_clone", { url, directory, ...(credential === undefined ? {} : { credential }) })
      const none = yield* into("a")
      assert.include(none, "code=git_auth_required")
      const wrong = yield* into("b", "secret/robots/wrong")
      assert.include(wrong, "code=git_auth_refused")
      const odd = yield* into("c", "secret/robots/odd")
      assert.include(odd, "code=git_credential_unusable")
      assert.include(odd, "Its names are: user.")
      assert.include(yield* into("d", "secret/robots/nothing-here"), "could not be read")
      assert.include(yield* into("e", "../../sys/seal"), "code=invalid_arguments")
      assert.deepStrictEqual(readdirSync(root), [], "what did not work leaves nothing")
      // A server that repeats what it heard.
      server.intercept = (request, response) => {
        response.writeHead(403).end(`no, ${request.headers.authorization ?? ""} is ${DOOR.password}`)
        return "answered"
      }
      const echoed = yield* into("f", "secret/robots/git")
      for (const form of [...formsOf(DOOR.password), ...formsOf(`${DOOR.username}:${DOOR.password}`)])
        assert.notInclude(echoed, form)
      for (const said of [none, wrong, odd])
        for (const form of formsOf("glpat-another-canary-987654")) assert.notInclude(said, form)
      server.intercept = () => "pass"
      yield* clone
    }),
  )

  it.live("sends the credential to the origin of the remote alone, whatever config and answers say", () =>
    Effect.gen(function* () {
      const { bad, clone, credential, good, server, work } = yield* makeWorld()
      const stranger = yield* gitServer(yield* temporaryFolder)
      yield* clone
      // A proxy and a rewritten address from the repository's config.
      realGit(work, "config", "http.corsProxy", stranger.url)
      realGit(work, "config", "http.proxy", stranger.url)
      realGit(work, "config", `url.${stranger.url}/.insteadOf`, `${server.url}/`)
      yield* good("git_pull", { repo: "work", credential })
      yield* good("git_push", { repo: "work", credential })
      assert.deepStrictEqual(stranger.seen, [])
      server.intercept = (request, response) => {
        response.writeHead(302, { location: `${stranger.url}${request.url ?? ""}` }).end()
        return "answered"
      }
      const said = yield* bad("git_pull", { repo: "work", credential })
      assert.include(said, "leads on to")
      assert.include(said, "code=git_remote_refused")
      assert.deepStrictEqual(stranger.seen, [])
      // Within the origin it is followed.
      server.intercept = (request, response) => {
        if (!(request.url ?? "").startsWith("/remote.git/info")) return "pass"
        if ((request.url ?? "").includes("moved=1")) return "pass"
        response
          .writeHead(301, { location: `${(request.url ?? "").replace("/remote.git", "/./remote.git")}&moved=1` })
          .end()
        return "answered"
      }
      assert.deepInclude(yield* good("git_pull", { repo: "work", credential }), { result: "up_to_date" })
      for (const url of [
        `http://robot:secret@127.0.0.1:1/x`,
        "ssh://git@h/x",
        "git@h:x/y",
        "file:///etc",
        "/etc",
        "ext::sh -c id",
        "http://example.com/x",
        "ftp://h/x",
        "https://h/x?y",
      ])
        assert.include(yield* bad("git_clone", { url, directory: "z" }), "code=git_remote_refused", url)
    }),
  )

  it.live("says that the outcome of a push is unknown when no answer comes, and does not repeat it", () =>
    Effect.gen(function* () {
      const { bad, clone, commit, credential, server } = yield* makeWorld()
      yield* clone
      yield* commit("mine.txt", "mine\n", "mine")
      server.intercept = (request) => {
        if (request.method !== "POST") return "pass"
        request.socket.destroy()
        return "answered"
      }
      server.seen.length = 0
      const said = yield* bad("git_push", { repo: "work", credential })
      assert.include(said, "code=git_outcome_unknown")
      assert.strictEqual(server.seen.filter(({ method }) => method === "POST").length, 1)
      // Before anything was sent it is known.
      server.intercept = (request) => {
        request.socket.destroy()
        return "answered"
      }
      assert.include(yield* bad("git_push", { repo: "work", credential }), "code=git_unreachable")
    }),
  )

  it.live("keeps its refs where they were when a fetch breaks off, and a clone leaves nothing", () =>
    Effect.gen(function* () {
      const { bad, clone, credential, good, root, server, theirs, url, work } = yield* makeWorld()
      yield* clone
      theirs("b.txt", "theirs\n", "theirs")
      const before = realGit(work, "for-each-ref")
      server.intercept = (request, response) => {
        if (request.method !== "POST") return "pass"
        request.resume()
        response.writeHead(200, { "content-type": "application/x-git-upload-pack-result", "content-length": "100000" })
        response.write("0008NAK\n")
        setTimeout(() => response.destroy(), 50)
        return "answered"
      }
      assert.include(yield* bad("git_pull", { repo: "work", credential }), "code=git_unreachable")
      assert.strictEqual(realGit(work, "for-each-ref"), before)
      realGit(work, "fsck", "--strict")
      yield* bad("git_clone", { url, directory: "half/way", credential })
      assert.deepStrictEqual(readdirSync(root), ["work"])
      server.intercept = () => "pass"
      assert.deepInclude(yield* good("git_pull", { repo: "work", credential }), { result: "fast_forward" })
    }),
  )

  it.live("unpacks nothing that is larger than it says", () =>
    Effect.gen(function* () {
      const { bad, clone, credential, server, theirs, work } = yield* makeWorld()
      yield* clone
      theirs("b.txt", "theirs\n", "theirs")
      const before = realGit(work, "for-each-ref")
      server.intercept = (request, response) => {
        if (request.method !== "POST") return "pass"
        request.resume()
        // One blob of a byte, as it says, with ten million in it.
        const pack = Buffer.concat([
          Buffer.from("PACK\0\0\0\u0002\0\0\0\u0001", "latin1"),
          Buffer.from([0x31]),
          deflateSync(Buffer.alloc(10_000_000)),
          Buffer.alloc(20, 1),
        ])
        const line = (content: Buffer) =>
          Buffer.concat([Buffer.from((content.length + 4).toString(16).padStart(4, "0")), content])
        response.writeHead(200, { "content-type": "application/x-git-upload-pack-result" })
        response.end(
          Buffer.concat([
            line(Buffer.from("NAK\n")),
            line(Buffer.concat([Buffer.from([1]), pack])),
            Buffer.from("0000"),
          ]),
        )
        return "answered"
      }
      assert.include(yield* bad("git_pull", { repo: "work", credential }), "no sound pack")
      assert.strictEqual(realGit(work, "for-each-ref"), before)
      assert.deepStrictEqual(
        readdirSync(join(work, ".git/objects/pack")).filter((name) => name.includes("0101010101")),
        [],
      )
      realGit(work, "fsck", "--strict")
    }),
  )

  it.live("ends an interrupted clone without a trace", () =>
    Effect.gen(function* () {
      const { outcome, root, server, url } = yield* makeWorld()
      server.intercept = () => "answered"
      const fiber = yield* Effect.forkChild(outcome("git_clone", { url, directory: "late" }), {
        startImmediately: true,
      })
      yield* Effect.repeat(
        Effect.sync(() => server.seen.length),
        { schedule: Schedule.spaced("5 millis"), until: (n) => n > 0 },
      )
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(readdirSync(root), [])
    }),
  )

  it.live("clones an empty remote, a branch, and a history that is cut off; and makes branches after a remote's", () =>
    Effect.gen(function* () {
      const { bad, credential, good, other, root, server, served, url } = yield* makeWorld()
      realGit(served, "init", "-q", "--bare", "-b", "main", "empty.git")
      const empty = yield* good("git_clone", { url: `${server.url}/empty.git`, credential })
      assert.deepInclude(empty, { repo: "empty", files: 0 })
      assert.include(String(empty["message"]), "empty")
      assert.include(String((yield* good("git_status", { repo: "empty" }))["message"]), "no commit yet")
      assert.include(yield* bad("git_log", { repo: "empty" }), "code=git_unborn")
      realGit(other, "checkout", "-q", "-b", "side")
      for (const n of [1, 2, 3]) {
        put(other, "side.txt", `${n}\n`)
        realGit(other, "add", "-A")
        realGit(other, "commit", "-qm", `side ${n}`)
      }
      realGit(other, "push", "-q", "origin", "side")
      assert.deepInclude(yield* good("git_clone", { url, directory: "side", branch: "side", credential }), {
        branch: "side",
        files: 2,
      })
      assert.deepInclude(
        yield* good("git_clone", { url, directory: "shallow", branch: "side", depth: 2, credential }),
        { branch: "side" },
      )
      const { commits } = yield* good<{ readonly commits: ReadonlyArray<unknown> }>("git_log", { repo: "shallow" })
      assert.strictEqual(commits.length, 2)
      assert.strictEqual(realGit(join(root, "shallow"), "rev-parse", "--is-shallow-repository"), "true")
      realGit(join(root, "shallow"), "fsck", "--strict")
      assert.include(
        yield* bad("git_clone", { url, directory: "none", branch: "nothing", credential }),
        "has no branch nothing",
      )
      assert.include(yield* bad("git_clone", { url, directory: "side", credential }), "code=git_exists")
      yield* good("git_clone", { url, directory: "whole", credential })
      const switched = yield* good("git_branch_switch", { repo: "whole", branch: "side" })
      assert.include(String(switched["message"]), "origin/side")
      assert.deepInclude(yield* good("git_pull", { repo: "whole", credential }), {
        result: "up_to_date",
        branch: "side",
      })
      const { branches } = yield* good<{
        readonly branches: ReadonlyArray<{ readonly branch: string; readonly upstream?: string }>
      }>("git_branch_list", { repo: "whole", remotes: true })
      assert.deepStrictEqual(
        branches.map(({ branch, upstream }) => `${branch} ${upstream ?? ""}`),
        ["main origin/main", "side origin/side", "origin/main ", "origin/side "],
      )
      assert.deepStrictEqual(yield* good("git_remote_list", { repo: "whole" }), { remotes: [{ name: "origin", url }] })
      // A branch of its own is pushed under its name, and pulls from there then.
      yield* good("git_branch_create", { repo: "whole", branch: "mine" })
      yield* good("git_branch_switch", { repo: "whole", branch: "mine" })
      assert.include(yield* bad("git_pull", { repo: "whole", credential }), "code=git_no_upstream")
      yield* good("git_push", { repo: "whole", credential })
      assert.strictEqual(
        realGit(join(root, "whole"), "rev-parse", "mine@{upstream}"),
        realGit(other, "rev-parse", "side"),
      )
    }),
  )

  it.live("pulls into and pushes from a history that is cut off, and says when that is too short to merge", () =>
    Effect.gen(function* () {
      const { bad, credential, good, other, remote, root, theirs, url } = yield* makeWorld()
      for (const n of [1, 2, 3]) theirs("b.txt", `${n}\n`, `theirs ${n}`)
      yield* good("git_clone", { url, directory: "work", depth: 1, credential })
      const work = join(root, "work")
      theirs("c.txt", "c\n", "more")
      assert.deepInclude(yield* good("git_pull", { repo: "work", credential }), { result: "fast_forward" })
      put(work, "mine.txt", "mine\n")
      yield* good("git_add", { repo: "work", paths: ["."] })
      const author = { author_name: "A", author_email: "a@b.example" }
      yield* good("git_commit", { repo: "work", message: "mine", ...author })
      yield* good("git_push", { repo: "work", credential })
      assert.strictEqual(realGit(remote, "log", "-1", "--format=%s", "main"), "mine")
      realGit(remote, "fsck", "--strict")
      // A branch that parted before the cut.
      realGit(other, "checkout", "-q", "-b", "old", realGit(other, "rev-list", "--max-parents=0", "HEAD"))
      put(other, "old.txt", "old\n")
      realGit(other, "add", "-A")
      realGit(other, "commit", "-qm", "old")
      realGit(other, "push", "-q", "origin", "old")
      const head = realGit(work, "rev-parse", "HEAD")
      const said = yield* bad("git_pull", { repo: "work", branch: "old", credential, ...author })
      assert.match(said, /shallow/)
      assert.strictEqual(realGit(work, "rev-parse", "HEAD"), head)
      assert.strictEqual(realGit(work, "status", "--porcelain"), "")
    }),
  )

  it.live("sends a credential to no host that it is not meant for, and the operator's own only where it says so", () =>
    Effect.gen(function* () {
      const { bad, clone, good, server, url } = yield* makeWorld(DOOR, "ask", { gitCredential: "secret/robots/git" })
      yield* clone
      const sent = () => server.seen.filter(({ authorization }) => authorization !== undefined).length
      // It names no host, and nobody asked for it.
      const before = sent()
      assert.include(yield* bad("git_pull", { repo: "work" }), "names no host")
      yield* good("kv_put", {
        path: "robots/git",
        data: { username: DOOR.username, token: DOOR.password, host: "github.com" },
      })
      for (const args of [{ repo: "work" }, { repo: "work", credential: "secret/robots/git" }])
        assert.include(yield* bad("git_pull", args), "is meant for github.com, so it is not sent to 127.0.0.1")
      assert.include(yield* bad("git_clone", { url, directory: "x" }), "code=git_auth_refused")
      assert.strictEqual(sent(), before)
      yield* good("kv_put", {
        path: "robots/git",
        data: { username: DOOR.username, token: DOOR.password, host: "github.com, 127.0.0.1" },
      })
      assert.deepInclude(yield* good("git_pull", { repo: "work" }), { result: "up_to_date" })
      assert.isAbove(sent(), before)
      yield* good("kv_put", {
        path: "robots/git",
        data: { username: DOOR.username, token: "short", host: "127.0.0.1" },
      })
      assert.include(yield* bad("git_pull", { repo: "work" }), "8 characters or more")
    }),
  )

  it.live("takes any path of Vault, and gives back what was leased there", () =>
    Effect.gen(function* () {
      const { bad, context, sandbox, url } = yield* makeWorld()
      // The AWS engine's answers have neither: but they were made, and are given back.
      const before = yield* sandbox.vault.liveLeases
      assert.include(
        yield* bad("git_clone", { url, directory: "x", credential: "aws/creds/mcp-agent-role" }),
        "code=git_credential_unusable",
      )
      assert.strictEqual(yield* sandbox.vault.liveLeases, before)
      assert.isDefined(context)
    }),
  )
})
