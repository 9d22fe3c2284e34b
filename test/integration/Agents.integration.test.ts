/** `agents` as a person and a script have it: in a real terminal (of script(1)), and on a pipe with its exit codes. */
import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { runProgram } from "../kit/Program.ts"
import { BIN } from "../kit/RawServer.ts"
import { type Spawned, started } from "../kit/Spawned.ts"

const script = (lines: ReadonlyArray<string>, ...flags: ReadonlyArray<string>) =>
  runProgram(["agents", "--sandbox", ...flags], { input: `${lines.join("\n")}\n` })

const results = (out: string) =>
  out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { readonly outcome?: string; readonly task?: string })

describe("agents on a pipe", () => {
  it("does line after line, results on stdout, and ends with 0 when all went well", async () => {
    const { code, err, out } = await script(["# look", "/switch aws", "list_buckets", "/switch vault", "health"])
    assert.deepInclude({ code, err: err.replace(/^All agents are stopped[\s\S]*$/m, "") }, { code: 0, err: "" })
    assert.match(out, /NAME +CREATION_DATE +REGION\nacme-app-logs/)
    assert.match(out, /state +active/)
    // oxlint-disable-next-line no-control-regex
    assert.notMatch(out, /\u001b|aws>/)
    assert.match(err, /All agents are stopped, in \d+ ms: 1 lease given back, nothing is left in Vault/)
  })

  it("goes on after a line that failed, and ends with 1", async () => {
    const { code, err, out } = await script(["", "# look", "aws: list_objects none-such-bucket", "vault: health"])
    assert.strictEqual(code, 1)
    assert.match(err, /^line 3: .*NoSuchBucket/m)
    assert.match(err, /NoSuchBucket[\s\S]*Not every line went well/)
    assert.match(out, /state +active/)
    const stopped = await script(["nonsense_tool", "vault: health"], "--stop-on-error")
    assert.deepInclude(stopped, { code: 1, out: "" })
  })

  it("ends with 2 when a part of a workflow failed, and speaks JSON", async () => {
    const folder = mkdtempSync(join(tmpdir(), "agents-"))
    try {
      const file = join(folder, "half.yaml")
      const step = (id: string, bucket: string) =>
        `  - { id: ${id}, agent: aws, tool: s3_list_objects, input: { bucket: ${bucket} } }`
      writeFileSync(file, `name: half\nsteps:\n${step("good", "acme-config")}\n${step("bad", "none-such")}\n`)
      const { code, out } = await script([`/run ${file}`], "--json", "--state-dir", folder)
      assert.strictEqual(code, 2)
      const [run] = results(out) as ReadonlyArray<{ readonly state?: string; readonly units?: ReadonlyArray<unknown> }>
      assert.strictEqual(run?.state, "partial")
      assert.lengthOf(run?.units ?? [], 2)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  it("never shows a secret, and keeps no history", async () => {
    const folder = mkdtempSync(join(tmpdir(), "agents-"))
    try {
      const said = await script(["aws: list_buckets hvs.aaaaaaaaaaaaaaaaaaaaaaaa", "/leases"], "--state-dir", folder)
      assert.notInclude(`${said.out}${said.err}`, "hvs.aaaa")
      assert.throws(() => readFileSync(join(folder, "history")))
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  it("is not what the bare command is on a pipe: that is the server", async () => {
    const ended = await runProgram(["--sandbox"], { input: "/help\n" })
    assert.notInclude(ended.out, "/switch")
    assert.strictEqual(ended.code, 0)
  })
})

const hasScript = spawnSync("script", ["--version"]).status === 0

/** The bare command in a terminal of 100 columns, with a state directory of its own. */
const inTerminal = <A>(body: (session: Spawned, folder: string) => Effect.Effect<A>) =>
  Effect.scoped(
    Effect.gen(function* () {
      const folder = yield* Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(join(tmpdir(), "agents-tty-"))),
        (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true })),
      )
      const command = `stty cols 100 rows 30; exec ${process.execPath} ${BIN} --sandbox --state-dir ${folder}`
      const session = yield* started("script", ["-qfec", command, "/dev/null"], { TERM: "xterm-256color" })
      return yield* body(session, folder)
    }),
  )

describe.skipIf(!hasScript)("the bare command in a terminal", () => {
  it.live("has a prompt, completes, ends a task by Ctrl-C and itself by Ctrl-D, and remembers lines", () =>
    inTerminal(({ child, endsAfter, out, says }, folder) =>
      Effect.gen(function* () {
        const type = (text: string) => void child.stdin?.write(text)
        yield* says(/all> /)
        type("/switch a")
        yield* says(/\/switch a/)
        type("w")
        yield* says(/\/switch aw/)
        type("\t")
        yield* says(/\/switch aws /)
        type("\r")
        yield* says(/aws> /)
        type("list_buckets\r")
        yield* says(/acme-public-site/)
        type("put_object bucket=acme-config key=t content=secret\r")
        yield* says(/etag/)
        type("/leases\r")
        yield* says(/in use/)
        // At the prompt Ctrl-C drops the line.
        type("list_objects half")
        yield* says(/list_objects half/)
        type("\u0003")
        yield* says(/Ctrl-D or \/quit leaves/)
        const ended = yield* endsAfter(() => type("\u0004"))
        assert.strictEqual(ended.code, 0, out())
        assert.match(out(), /1 lease given back, nothing is left in Vault/)
        assert.strictEqual(readFileSync(join(folder, "history"), "utf8"), "/switch aws \nlist_buckets\n/leases\n")
      }),
    ),
  )

  it.live("Ctrl-C ends a workflow that is under way, and the prompt comes back", () =>
    inTerminal(({ child, endsAfter, out, says }) =>
      Effect.gen(function* () {
        const type = (text: string) => void child.stdin?.write(text)
        yield* says(/all> /)
        type("inventory\r")
        yield* says(/\d+ running: /)
        type("\u0003")
        yield* says(/run inventory-[0-9a-f]{8} cancelled: /)
        type("vault: health\r")
        yield* says(/seal_type/)
        const ended = yield* endsAfter(() => type("/quit\r"))
        assert.strictEqual(ended.code, 0, out())
      }),
    ),
  )

  it.live("a signal from outside ends it as any command: 143 after SIGTERM, everything given back", () =>
    inTerminal(({ child, endsAfter, out, says }) =>
      Effect.gen(function* () {
        yield* says(/all> /)
        child.stdin?.write("aws: list_buckets\r")
        yield* says(/acme-public-site/)
        const { code } = yield* endsAfter(() => {
          // Of all that script(1) has started, the program alone.
          const pids = spawnSync("pgrep", ["-P", String(child.pid)], { encoding: "utf8" })
            .stdout.trim()
            .split("\n")
          for (const pid of pids) process.kill(Number(pid), "SIGTERM")
        })
        assert.strictEqual(code, 143, out())
        assert.notMatch(out(), /ended before it was done/)
      }),
    ),
  )
})
