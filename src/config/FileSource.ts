/** The optional config file: where it is looked for, and what it says. */
import { Effect, FileSystem } from "effect"
import { join } from "node:path"
import { nearest } from "../core/Text.ts"
import { AGENT_SETTINGS } from "./AgentSettings.ts"
import { ConfigError } from "./ConfigError.ts"
import type { ConfigFile } from "./ConfigFile.ts"
import { present, type Sources } from "./Reader.ts"
import { CONFIG_VARIABLE, SETTINGS } from "./Settings.ts"

const defaultFile = Effect.fnUntraced(function* (sources: Sources) {
  const fs = yield* FileSystem.FileSystem
  const base = join(present(sources.env["XDG_CONFIG_HOME"]) ?? join(sources.home, ".config"), "vault-aws-mcp")
  for (const name of ["config.yaml", "config.json"]) {
    const path = join(base, name)
    if (yield* Effect.orElseSucceed(fs.exists(path), () => false)) return path
  }
  return undefined
})

const bad = (problem: string): ConfigError => new ConfigError({ problems: [problem] })

const readFile = Effect.fnUntraced(function* (path: string) {
  const fs = yield* FileSystem.FileSystem
  const text = yield* Effect.mapError(fs.readFileString(path), (error) =>
    bad(`${path}: the config file cannot be read (${error.reason._tag})`),
  )
  const parse = path.endsWith(".json")
    ? JSON.parse
    : (yield* Effect.promise(() => import("effect/encoding/Yaml"))).parse // loaded for the few who have such a file
  const content = yield* Effect.try({
    try: (): unknown => parse(text),
    catch: () => bad(`${path}: expected ${path.endsWith(".json") ? "JSON" : "YAML"}`),
  })
  const { decodeConfigFile } = yield* Effect.promise(() => import("./ConfigFile.ts"))
  const file = yield* Effect.mapError(decodeConfigFile(content ?? {}), (error) => bad(`${path}: ${error.message}`))
  const known = Object.values(SETTINGS).flatMap((one) =>
    one.secret || Object.values(AGENT_SETTINGS).some(({ key }) => key === one.key) ? [] : [one.key],
  )
  const strange = Object.keys(file.settings).filter((key) => !known.includes(key))
  if (strange.length === 0) return file
  return yield* new ConfigError({
    problems: strange.map((key) => {
      const guess = nearest(key, [...known, "accounts", "agents"])
      const secret = Object.values(SETTINGS).some((one) => one.secret && one.key === key)
      return secret
        ? `${path}: ${key} is a secret and is read from the environment alone`
        : `${path}: unknown setting ${JSON.stringify(key)}${guess === undefined ? "" : `, did you mean ${guess}?`}`
    }),
  })
})

/** The file that is named, else the one at its usual place; `undefined` when there is none. */
export const loadFile = Effect.fnUntraced(function* (sources: Sources) {
  const path =
    present(sources.flags["config"]) ?? present(sources.env[CONFIG_VARIABLE]) ?? (yield* defaultFile(sources))
  if (path === undefined) return undefined
  const file: ConfigFile = yield* readFile(path)
  return { path, file }
})
