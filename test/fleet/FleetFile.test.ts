import { chmodSync, mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, FileSystem } from "effect"
import { TestClock } from "effect/testing"
import { readFleetFile } from "../../src/fleet/FleetFile.ts"
import { folder } from "../kit/Fleets.ts"

const fail = (path: string) =>
  Effect.map(Effect.flip(readFleetFile(path)), (error) => {
    assert.strictEqual(error.code, "mcp_config_bad")
    return error.message
  })

describe("the file of servers", () => {
  it.effect("is read from its path; programs start beside it unless they say where", () =>
    Effect.gen(function* () {
      const root = yield* folder
      const path = join(root, "mcp.json")
      writeFileSync(path, '\uFEFF{"mcpServers": {"a": {"command": "a"}, "b": {"command": "b", "cwd": "/srv"}}}')
      const specs = yield* readFleetFile(path)
      assert.deepStrictEqual(
        specs.map(({ way }) => (way.kind === "stdio" ? way.cwd : "")),
        [root, "/srv"],
      )
    }).pipe(Effect.provide(NodeFileSystem.layer)),
  )

  it.effect("is refused when it is missing, no file, too large, no JSON, wrong, or everybody's to write", () =>
    Effect.gen(function* () {
      const root = yield* folder
      const path = join(root, "mcp.json")
      assert.match(yield* fail(path), /mcp\.json.*cannot be read \(NotFound\)/s)
      mkdirSync(join(root, "dir"))
      assert.match(yield* fail(join(root, "dir")), /is not a file/)
      writeFileSync(path, "x".repeat(1024 * 1024 + 1))
      assert.match(yield* fail(path), /larger than 1 MiB/)
      writeFileSync(path, '{ "mcpServers": {}, } // no')
      assert.match(yield* fail(path), /not JSON \(comments/)
      writeFileSync(path, '{"mcpServers": {"A": {}, "b": {"url": "x"}}}')
      assert.match(yield* fail(path), /no server was started:\n- A: .*\n- b\.url: /)
      writeFileSync(path, '{"mcpServers": {}}')
      chmodSync(path, 0o666)
      assert.match(yield* fail(path), /every user may write it.*chmod o-w/)
    }).pipe(Effect.provide(NodeFileSystem.layer)),
  )

  it.effect("on a disk that does not answer is given up", () =>
    Effect.gen(function* () {
      const disk = FileSystem.layerNoop({ stat: () => Effect.never })
      const reading = yield* Effect.forkChild(Effect.provide(fail("/net/mcp.json"), disk), { startImmediately: true })
      yield* TestClock.adjust("6 seconds")
      assert.match(yield* Fiber.join(reading), /the disk does not answer/)
    }),
  )
})
