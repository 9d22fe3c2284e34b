import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TEAM } from "../../../src/app/Team.ts"
import { openHistory, worthKeeping } from "../../../src/cli/shell/History.ts"
import { surfaceOf } from "../../../src/cli/shell/Surface.ts"

const surface = surfaceOf(TEAM, { accounts: { main: {} }, region: "us-east-1" })

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "history-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true })),
)
const opened = (path: string | undefined) => Effect.provide(openHistory(path, surface), NodeFileSystem.layer)

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
    // In their order, without names.
    'put_object acme-app-logs secretfile "hunter2"',
    "aws: put_object acme-app-logs file hunter2",
    "aws:put_object acme-app-logs file hunter2",
    'kv_put app/db {"pin":"4711"}',
    'put audit/h3 {"a":"b"}',
    'vault: kv_put audit/h4 {"pin":"x"}',
    'list_buckets & vault: kv_put audit/h4 {"pin":"x"}',
    'aws_call iam CreateUser {"UserName":"x"}',
    'mcp_call_tool srv t {"auth":"x"}',
    'mcp_call_tool srv t arguments={"apikey":"x"}',
    'delegate vault kv_put {"path":"a","data":{"a":"b"}}',
    'kv_put {"path":"a","data":{"a":"b"}}',
    // Keys within a value.
    'list_instances tags={"apiKey":"x"}',
    'delegate aws x \'{"args":{"auth":"x"}}\'',
    "x api_key=abc",
    "x X-Api-Key: abc",
    // Not understood, but meant for what takes secrets.
    "kv_put audit/x hunter2",
    'kv_put audit/two {"k":"v"} hunter2',
    'kv_put audit/two {"k":"v"',
    "put_object b k dta=hunter2",
    "put_objct b k hunter2",
    'please kv_put audit/x {"a":"hunter2"}',
  ])("does not keep %j", (line) => {
    assert.isFalse(worthKeeping(surface, line))
  })

  it.each([
    "list_buckets",
    "inventory & aws: list_objects bucket=b",
    "/switch vault",
    "kv_get path=a reveal=true",
    "token",
    "kv_put",
    "kv_list team",
    "/tools kv_put",
    "aws: get_object logs a.txt",
    'list_instances tags={"team":"a"} filters=[{"name":"instance-type","values":["t3.micro"]}]',
    'git_commit message="say who the author is" author_name=Ann',
    "aws_call iam ListUsers",
    "stop-tagged tag=team value=a",
    "which buckets are public?",
    "list_objects b arn:aws:secretsmanager:us-east-1",
  ])("keeps %j", (line) => {
    assert.isTrue(worthKeeping(surface, line))
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

  it.effect("loses what an earlier version kept and this one would not, on the disk, too", () =>
    Effect.gen(function* () {
      const path = yield* folder
      writeFileSync(join(path, "history"), 'list_buckets\nkv_put app/db {"pin":"4711"}\n')
      assert.deepStrictEqual((yield* opened(path)).lines, ["list_buckets"])
      assert.strictEqual(readFileSync(join(path, "history"), "utf8"), "list_buckets\n")
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
