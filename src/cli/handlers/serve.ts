/** `serve`: the MCP server on stdin and stdout until the client goes. */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { Effect, Layer, References } from "effect"
import { Console } from "node:console"
import { INSTRUCTIONS } from "../../app/Instructions.ts"
import { layerLogging } from "../../app/Logging.ts"
import { callIn, lazyWorld } from "../../app/World.ts"
import { loadConfig } from "../../config/ConfigSource.ts"
import { processSources } from "../../config/Reader.ts"
import { VERSION } from "../../core/Version.ts"
import { Redactor } from "../../guard/Redactor.ts"
import { layerStdio, McpServer } from "../../mcp/Server.ts"
import { listedTools } from "../../tools/Listing.ts"
import type { CommonArgs } from "../CommonArgs.ts"
import { Leaving, run } from "../Run.ts"
import type { Signals } from "../Signals.ts"

/** The server as a program; ends when the client closes the connection. */
export const serve = Effect.fnUntraced(function* ({ flags, sandbox }: CommonArgs) {
  // From here on stdout carries the protocol alone, whatever a library may print.
  globalThis.console = new Console({ stdout: process.stderr, stderr: process.stderr })
  const { inputEnded } = yield* Leaving
  const config = yield* loadConfig(processSources(flags)).pipe(Effect.provide(NodeFileSystem.layer))
  const program = Effect.gen(function* () {
    const world = yield* lazyWorld(config, sandbox)
    const server = layerStdio({
      name: "vault-aws-mcp",
      title: "AWS on credentials leased from Vault",
      version: VERSION,
      instructions: INSTRUCTIONS,
      tools: listedTools(config.toolsets, Object.keys(config.accounts).length > 0),
      call: callIn(world),
    })
    // The server's scope ends first, so that no call outlives what it works with.
    yield* McpServer.use(({ closed }) => Effect.andThen(closed, inputEnded)).pipe(Effect.provide(server))
  })
  const guard = Layer.provideMerge(layerLogging(config.logLevel), Redactor.layer)
  yield* Effect.scoped(program).pipe(
    Effect.provide(guard),
    // Nobody collects spans yet: making them is a tenth of a call's cost.
    Effect.provideService(References.TracerEnabled, false),
  )
})

/** Starts the server. */
export const runServe = (args: CommonArgs, signals: Signals): void => {
  run(serve(args), "server", signals)
}
