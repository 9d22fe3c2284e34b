/** The settings as an operator's environment makes them, with no file on the disk. */
import { Effect, FileSystem } from "effect"
import { loadConfig } from "../../src/config/ConfigSource.ts"

/** The settings of Vault that these variables stand for, or why there are none. */
export const vaultFrom = (env: Readonly<Record<string, string>>) =>
  loadConfig({ env, flags: {}, home: "/nowhere" }).pipe(
    Effect.map((config) => config.vault),
    Effect.provide(FileSystem.layerNoop({ exists: () => Effect.succeed(false) })),
  )
