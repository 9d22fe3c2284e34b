import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Logger, PlatformError, Redacted } from "effect"
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs"
import { MAX_SECRET, makeReadSecret } from "../../../src/vault/login/Secrets.ts"
import { folder } from "../../kit/LoginOver.ts"

const NAME = { what: "secret id", setting: "VAULT_AWS_MCP_VAULT_AUTH_SECRET_ID_FILE" }

/** Reads files one after the other with one reader; the outcomes, and what was logged. */
const reading = (...paths: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const said: Array<string> = []
    const read = yield* makeReadSecret(() => Effect.void)
    const logger = Logger.layer([Logger.make(({ message }) => void said.push(String(message)))])
    const outcomes = yield* Effect.forEach(paths, (path) => Effect.result(read(NAME, { _tag: "file", path }))).pipe(
      Effect.provide(logger),
    )
    const texts = outcomes.map((it) => (it._tag === "Success" ? Redacted.value(it.success) : it.failure.message))
    return { texts, said }
  })
const real = Effect.provide(NodeFileSystem.layer)

describe("a secret in a file", () => {
  it.effect("is one line without the blanks around it, of any characters that are seen", () =>
    Effect.gen(function* () {
      const { write } = yield* folder
      const contents = ["plain", " in blanks \r\n", "\uFEFFmarked\n", "pass phrase ü€😀"]
      const paths = yield* Effect.forEach(contents, (content, at) => write(`s${at}`, content))
      const { said, texts } = yield* real(reading(...paths))
      assert.deepStrictEqual(texts, ["plain", "in blanks", "marked", "pass phrase ü€😀"])
      assert.deepStrictEqual(said, [])
    }),
  )

  it.effect("may be 64 KiB long and no longer", () =>
    Effect.gen(function* () {
      const { write } = yield* folder
      const paths = [
        yield* write("fits", "x".repeat(MAX_SECRET)),
        yield* write("longer", "x".repeat(MAX_SECRET + 1)),
        yield* write("huge", "x".repeat(1_000_000)),
      ]
      const { texts } = yield* real(reading(...paths))
      assert.strictEqual(texts[0]?.length, MAX_SECRET)
      for (const text of texts.slice(1)) assert.include(text, "more than 64 KiB")
    }),
  )

  it.effect("that cannot be had is told with the path, the cause and the setting", () =>
    Effect.gen(function* () {
      const { path, write } = yield* folder
      const cases = [
        [`${path}/absent`, "does not exist"],
        [path, "is not a plain file"],
        ["/dev/zero", "is not a plain file"],
        [yield* write("empty", " \n"), "is empty"],
        [yield* write("lines", "one\ntwo"), "more than one line"],
        [yield* write("zeros", "a\u0000b"), "control characters"],
      ] as const
      for (const [file, why] of cases) {
        const [text] = (yield* real(reading(file))).texts
        assert.include(text, `has no secret id: ${file} `)
        assert.include(text, why)
        assert.include(text, NAME.setting)
      }
    }),
  )

  it.effect("that this user may not read is told so", () =>
    Effect.gen(function* () {
      const fault = (_tag: "PermissionDenied" | "Busy") =>
        Effect.fail(PlatformError.systemError({ _tag, module: "FileSystem", method: "stat" }))
      for (const [tag, why] of [
        ["PermissionDenied", "may not be read by this user"],
        ["Busy", "cannot be read (Busy)"],
      ] as const) {
        const files = FileSystem.layerNoop({ stat: () => fault(tag) })
        const [text] = (yield* reading("/x").pipe(Effect.provide(files))).texts
        assert.include(text, why)
      }
    }),
  )

  it.effect("that everybody may read is told once in the log and used all the same", () =>
    Effect.gen(function* () {
      const { write } = yield* folder
      const [open, group] = [yield* write("open", "secret", 0o644), yield* write("group", "secret", 0o640)]
      const { said, texts } = yield* real(reading(open, open, group))
      assert.deepStrictEqual(texts, ["secret", "secret", "secret"])
      assert.strictEqual(said.length, 1)
      assert.include(said[0], open)
      assert.notInclude(said[0], ": secret")
    }),
  )

  it.effect("that the platform has put there may be read by everybody without a word", () =>
    Effect.gen(function* () {
      const { path } = yield* folder
      mkdirSync(`${path}/..2026_01_01`)
      writeFileSync(`${path}/..2026_01_01/token`, "projected", { mode: 0o644 })
      symlinkSync("..2026_01_01", `${path}/..data`)
      symlinkSync("..data/token", `${path}/token`)
      const { said, texts } = yield* real(reading(`${path}/token`))
      assert.deepStrictEqual([texts, said], [["projected"], []])
    }),
  )

  it.effect("of a container may be read by everybody in it without a word", () =>
    Effect.gen(function* () {
      const file = yield* (yield* folder).write("open", "secret", 0o644)
      const { realPath, stat, stream } = yield* real(FileSystem.FileSystem)
      const files = FileSystem.layerNoop({
        stat: () => stat(file),
        stream: (_, options) => stream(file, options),
        realPath: () => realPath(file),
      })
      const { said, texts } = yield* reading("/run/secrets/db", "/var/run/secrets/a/token").pipe(Effect.provide(files))
      assert.deepStrictEqual([texts, said], [["secret", "secret"], []])
    }),
  )
})
