/** What a command works in: settings, guard and world, and everything given back when the command is done. */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { type Context, Effect, Layer, Schema } from "effect"
import { layerLogging } from "../app/Logging.ts"
import { lazyWorld, type World } from "../app/World.ts"
import { AppConfig, type AppConfigShape } from "../config/AppConfig.ts"
import { loadConfig, processSources } from "../config/ConfigSource.ts"
import { Gate } from "../guard/Gate.ts"
import { Redactor } from "../guard/Redactor.ts"
import type { ToolFailure } from "../tools/ToolFailure.ts"
import type { Common } from "./Commands.ts"

/** A command ends with this code after it said on stderr what is wrong. */
export class CommandFailed extends Schema.TaggedError<CommandFailed>()("CommandFailed", {
  what: Schema.String,
  exitCode: Schema.Int,
}) {
  override get message(): string {
    return this.what
  }
}

/** The settings of the command line, environment and file. */
export const settings = (common: Common) =>
  loadConfig(processSources(common.flags)).pipe(Effect.provide(NodeFileSystem.layer))

/** Runs `body` with the settings, the guard, and a world that is made when it is first asked for. */
export const withWorld = <A, E>(
  common: Common,
  body: (
    config: AppConfigShape,
    world: Effect.Effect<Context.Context<World>, ToolFailure>,
  ) => Effect.Effect<A, E, Gate | Redactor>,
) =>
  Effect.flatMap(settings(common), (config) => {
    const guard = Layer.mergeAll(Gate.layer, layerLogging(config.logLevel === "Info" ? "Warn" : config.logLevel)).pipe(
      Layer.provideMerge(Redactor.layer),
      Layer.provide(Layer.succeed(AppConfig, config)),
    )
    return Effect.scoped(Effect.flatMap(lazyWorld(config, common.sandbox), (world) => body(config, world))).pipe(
      Effect.provide(guard),
    )
  })
