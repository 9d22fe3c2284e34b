import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { openHistory, worthKeeping } from "../../../src/cli/shell/History.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "history-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true })),
)
const opened = (path: string | undefined) => Effect.provide(openHistory(path), NodeFileSystem.layer)

describe("the history", () => {
  it.each([
    'kv_put path=a data={"password":"x"}',
    "put_object bucket=b key=k content=hello",
    'aws_call {"service":"iam","parameters":{}}',
    "x token=abc",
    "x client_secret=abc",
    'x {"api_token": "a"}',
    "login hvs.aaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    " list_buckets",
    "",
    "two\nlines",
    `list_objects ${"x".repeat(2000)}`,
  ])("does not keep %j", (line) => {
    assert.isFalse(worthKeeping(line))
  })

  it.each([
    "list_buckets",
    "inventory & aws: list_objects bucket=b",
    "/switch vault",
    "kv_get path=a reveal=true",
    "token",
  ])("keeps %j", (line) => {
    assert.isTrue(worthKeeping(line))
  })

  it.effect("is there the next time, the newest first, for its owner alone", () =>
    Effect.gen(function* () {
      const path = yield* folder
      const first = yield* opened(join(path, "state"))
      assert.deepStrictEqual(first.lines, [])
      for (const line of ["one", "two", "two", "kv_put data=x", "three"]) yield* first.keep(line)
      assert.strictEqual(readFileSync(join(path, "state", "history"), "utf8"), "one\ntwo\nthree\n")
      assert.strictEqual(statSync(join(path, "state", "history")).mode & 0o777, 0o600)
      assert.deepStrictEqual((yield* opened(join(path, "state"))).lines, ["three", "two", "one"])
    }).pipe(Effect.scoped),
  )

  it.effect("is bounded, drops what it would not keep, and is written anew when it has grown", () =>
    Effect.gen(function* () {
      const path = yield* folder
      const lines = Array.from({ length: 30_000 }, (_, i) => `list_objects number-${i}`)
      writeFileSync(join(path, "history"), `${["x password=p", ...lines].join("\n")}\n`)
      const { lines: read } = yield* opened(path)
      assert.lengthOf(read, 1000)
      assert.strictEqual(read[0], "list_objects number-29999")
      assert.lengthOf(readFileSync(join(path, "history"), "utf8").trim().split("\n"), 1000)
    }).pipe(Effect.scoped),
  )

  it.effect("that cannot be kept stops nobody", () =>
    Effect.gen(function* () {
      const path = yield* folder
      writeFileSync(join(path, "file"), "")
      const history = yield* opened(join(path, "file", "below"))
      yield* history.keep("list_buckets")
      assert.deepStrictEqual(history.lines, [])
      yield* (yield* opened(undefined)).keep("list_buckets")
    }).pipe(Effect.scoped),
  )
})
