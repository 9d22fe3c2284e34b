import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, FileSystem, Logger } from "effect"
import { systemError } from "effect/PlatformError"
import { TestClock } from "effect/testing"
import { printable } from "../../src/core/Text.ts"
import { foreignTool } from "../../src/fleet/ForeignTool.ts"
import { makePins } from "../../src/fleet/Pins.ts"
import { folder } from "../kit/Fleets.ts"

const tool = (name: string, description = "as it was") =>
  foreignTool({ name, description, inputSchema: { type: "object" } }, printable) ?? assert.fail("no tool")

const standings = Effect.fnUntraced(function* (
  pins: Effect.Success<ReturnType<typeof makePins>>,
  server: string,
  ...tools: ReadonlyArray<ReturnType<typeof tool>>
) {
  const of = yield* pins.standing(server, tools)
  return tools.map(of)
})

describe("what is approved of a server's tools", () => {
  for (const kept of [true, false])
    it.effect(`is its first list; then what differs, until it is approved (${kept ? "on disk" : "in memory"})`, () =>
      Effect.gen(function* () {
        const stateDir = kept ? yield* folder : undefined
        const pins = yield* makePins(stateDir)
        assert.deepStrictEqual(yield* standings(pins, "a"), [])
        assert.deepStrictEqual(yield* standings(pins, "a", tool("x"), tool("y")), ["known", "known"])
        assert.deepStrictEqual(yield* standings(pins, "a", tool("x", "changed"), tool("z")), ["changed", "new"])
        assert.deepStrictEqual(yield* standings(pins, "b", tool("z")), ["known"], "another server's list")
        yield* pins.approve("a", tool("x", "changed"))
        assert.deepStrictEqual(yield* standings(pins, "a", tool("x", "changed"), tool("x"), tool("y")), [
          "known",
          "changed",
          "known",
        ])
      }).pipe(Effect.provide(NodeFileSystem.layer)),
    )

  it.effect("is on disk for the owner alone, and another process's approvals count", () =>
    Effect.gen(function* () {
      const stateDir = yield* folder
      const path = join(stateDir, "mcp", "pins.json")
      const first = yield* makePins(stateDir)
      yield* first.standing("a", [tool("x"), tool("__proto__")])
      assert.strictEqual(statSync(path).mode & 0o777, 0o600)
      assert.strictEqual(statSync(join(stateDir, "mcp")).mode & 0o777, 0o700)
      const second = yield* makePins(stateDir)
      assert.deepStrictEqual(yield* standings(second, "a", tool("x", "changed"), tool("__proto__")), [
        "changed",
        "known",
      ])
      yield* second.approve("a", tool("x", "changed"))
      yield* second.standing("b", [tool("z")])
      assert.deepStrictEqual(yield* standings(first, "a", tool("x", "changed")), ["known"])
      yield* first.approve("a", tool("w"))
      assert.deepStrictEqual(yield* standings(yield* makePins(stateDir), "b", tool("z", "changed")), ["changed"])
      assert.deepStrictEqual(readdirSync(join(stateDir, "mcp")), ["pins.json"], "nothing half written is left")
      assert.notInclude(readFileSync(path, "utf8"), "as it was")
    }).pipe(Effect.provide(NodeFileSystem.layer)),
  )

  it.effect("a record that cannot be understood approves nothing: it is told, and stays as it is", () =>
    Effect.gen(function* () {
      for (const broken of [
        "",
        "{",
        "[]",
        '{"version":2,"servers":[]}',
        '{"version":1,"servers":[{"server":"a","tools":[{"tool":"x","fingerprint":"0"}]}]}',
      ]) {
        const stateDir = yield* folder
        const path = join(stateDir, "mcp", "pins.json")
        yield* (yield* makePins(stateDir)).standing("a", [tool("x")])
        writeFileSync(path, broken)
        const pins = yield* makePins(stateDir)
        const error = yield* Effect.flip(pins.standing("a", [tool("x", "changed")]))
        assert.strictEqual(error.code, "pins_unreadable")
        assert.match(error.message, /pins\.json.*remove it to approve all tools anew/)
        assert.strictEqual((yield* Effect.flip(pins.approve("a", tool("x")))).code, "pins_unreadable")
        assert.strictEqual(readFileSync(path, "utf8"), broken)
      }
    }).pipe(Effect.provide(NodeFileSystem.layer)),
  )

  it.effect("where it cannot be written, it counts in this process, and that is said once", () =>
    Effect.gen(function* () {
      const fault = (_tag: "NotFound" | "PermissionDenied") =>
        Effect.fail(systemError({ _tag, module: "FileSystem", method: "x" }))
      const disk = FileSystem.layerNoop({
        stat: () => fault("NotFound"),
        makeDirectory: () => fault("PermissionDenied"),
      })
      const said: Array<unknown> = []
      const pins = yield* Effect.provide(makePins("/var/lib/nobody"), disk)
      yield* Effect.gen(function* () {
        assert.deepStrictEqual(yield* standings(pins, "a", tool("x")), ["known"])
        assert.deepStrictEqual(yield* standings(pins, "a", tool("x", "changed")), ["changed"])
        yield* pins.approve("a", tool("x", "changed"))
        assert.deepStrictEqual(yield* standings(pins, "a", tool("x", "changed")), ["known"])
      }).pipe(Effect.provide(Logger.layer([Logger.make(({ message }) => void said.push(message))])))
      assert.strictEqual(said.length, 1)
      assert.match(String(said[0]), /pins\.json.*in this process alone.*VAULT_AWS_MCP_STATE_DIR/)
    }),
  )

  it.effect("a disk that does not answer holds nothing up: nothing is approved then", () =>
    Effect.gen(function* () {
      const disk = FileSystem.layerNoop({ stat: () => Effect.never })
      const pins = yield* Effect.provide(makePins("/var/lib/nobody"), disk)
      const waiting = yield* Effect.forkChild(Effect.flip(pins.standing("a", [tool("x")])), { startImmediately: true })
      yield* TestClock.adjust("3 seconds")
      assert.match((yield* Fiber.join(waiting)).message, /the disk does not answer/)
    }),
  )
})
