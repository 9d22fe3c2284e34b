/** What a command works in: settings, guard and world, and everything given back when the command is done. */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { type Context, Effect, Layer, References, Schema } from "effect"
import { layerLogging, layerTelling } from "../app/Logging.ts"
import { lazyWorld, type World, type WorldFailed } from "../app/World.ts"
import type { AppConfigShape } from "../config/AppConfig.ts"
import { loadConfig } from "../config/ConfigSource.ts"
import { processSources } from "../config/Reader.ts"
import { COMMAND_MOMENT, LastMoment } from "../core/LastMoment.ts"
import { Redactor } from "../guard/Redactor.ts"
import type { CommonArgs } from "./CommonArgs.ts"

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
export const settings = (common: CommonArgs) =>
  loadConfig(processSources(common.flags)).pipe(Effect.provide(NodeFileSystem.layer))

/**
 * Runs `body` with the settings, as `adjust` leaves them, and a world that is made when it is first asked for. `tell`
 * hears the log instead of stderr.
 */
export const withWorld = <A, E>(
  common: CommonArgs,
  body: (
    config: AppConfigShape,
    world: Effect.Effect<Context.Context<World>, WorldFailed>,
  ) => Effect.Effect<A, E, Redactor>,
  {
    adjust = (config) => config,
    tell,
  }: { readonly adjust?: (config: AppConfigShape) => AppConfigShape; readonly tell?: (line: string) => void } = {},
) =>
  Effect.flatMap(Effect.map(settings(common), adjust), (config) => {
    const level = config.logLevel === "Info" ? "Warn" : config.logLevel
    const logging = tell === undefined ? layerLogging(level) : layerTelling(level, tell)
    const guard = Layer.provideMerge(logging, Redactor.layer)
    return Effect.scoped(Effect.flatMap(lazyWorld(config, common.sandbox), (world) => body(config, world))).pipe(
      Effect.provide(guard),
      Effect.provideService(LastMoment, COMMAND_MOMENT),
      // Nobody collects spans yet: making them is a part of each call's cost.
      Effect.provideService(References.TracerEnabled, false),
    )
  })
