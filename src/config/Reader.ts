/**
 * Finds the value of a setting: flag > `VAULT_AWS_MCP_*` > `BAO_*`, `VAULT_*` > config file. What is wrong is collected,
 * so that an operator hears of all of it at once; a value is never repeated, only its name and what was expected.
 */
import { Result } from "effect"
import { homedir } from "node:os"
import type { ConfigFile } from "./ConfigFile.ts"
import { parseSetting, type Setting, variableOf } from "./Setting.ts"

/** Where settings come from; tests give their own. `flags` by setting key. */
export interface Sources {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly flags: Readonly<Record<string, string | undefined>>
  readonly home: string
}

/** The sources of this process. */
export const processSources = (flags: Sources["flags"]): Sources => ({
  // oxlint-disable-next-line no-restricted-properties -- config reads the environment, nobody else does
  env: process.env,
  flags,
  home: homedir(),
})

/** A variable that is set to something: not empty, and not a `${NAME}` that an MCP client failed to fill in. */
export const present = (value: string | undefined): string | undefined =>
  value === undefined || value.trim() === "" || /^\$\{[^}]*\}$/.test(value.trim()) ? undefined : value

interface Found {
  readonly where: string
  readonly value: string
}

/** OpenBao's spelling hides Vault's even when it is empty, as in OpenBao's own client. */
const findOfficial = (env: Sources["env"], name: string): Found | undefined => {
  const names = name.startsWith("BAO_") ? [name] : [env[`BAO_${name}`] === undefined ? `VAULT_${name}` : `BAO_${name}`]
  for (const where of names) {
    const value = present(env[where])
    if (value !== undefined) return { where, value }
  }
  return undefined
}

/** A value of the file in the form the variable would have. */
const asText = (value: ConfigFile["settings"][string]): string =>
  typeof value === "object" ? value.join(",") : String(value)

/** Reads settings and remembers what was wrong with them. */
export interface Reader {
  /** The value of a setting; `undefined` when it is not set, or wrong. */
  readonly read: <A>(one: Setting<A>) => A | undefined
  /** The value of a variable of the official client, by its name without the prefix. */
  readonly official: <A>(name: string, expects: string, parse: (text: string) => A | undefined) => A | undefined
  /** A variable that some platform sets, by its full name. */
  readonly platform: (name: string) => string | undefined
  /** Notes a problem that lies in how settings go together. */
  readonly wrong: (problem: string) => void
  readonly problems: ReadonlyArray<string>
}

/** A reader of these sources and of a file that was found at `path`. */
export const makeReader = (sources: Sources, file: ConfigFile, path: string): Reader => {
  const problems: Array<string> = []
  const find = (one: Setting<unknown>): Found | undefined => {
    const flag = present(sources.flags[one.key])
    if (flag !== undefined) return { where: `--${one.key.replaceAll("_", "-")}`, value: flag }
    const variable = variableOf(one)
    const own = present(sources.env[variable])
    if (own !== undefined) return { where: variable, value: own }
    for (const name of one.official) {
      const found = findOfficial(sources.env, name)
      if (found !== undefined) return found
    }
    const fromFile = one.secret ? undefined : file.settings[one.key]
    return fromFile === undefined ? undefined : { where: `${path}: ${one.key}`, value: asText(fromFile) }
  }
  return {
    problems,
    wrong: (problem) => void problems.push(problem),
    platform: (name) => present(sources.env[name]),
    read: (one) => {
      const found = find(one)
      if (found === undefined) return undefined
      const parsed = parseSetting(one, found.where, found.value)
      if (Result.isSuccess(parsed)) return parsed.success
      problems.push(parsed.failure)
      return undefined
    },
    official: (name, expects, parse) => {
      const found = findOfficial(sources.env, name)
      if (found === undefined) return undefined
      const parsed = parse(found.value)
      if (parsed === undefined) problems.push(`${found.where}: expected ${expects}`)
      return parsed
    },
  }
}
