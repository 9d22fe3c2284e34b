/**
 * The flags of `serve`, read without the command-line library: a server is started by every client at every start, and
 * loading that library would cost as much as the server itself. Anything unusual is left to it.
 */

import type { CommonArgs } from "./CommonArgs.ts"

/** Reads `serve --flag value --flag=value --sandbox`; `undefined` when an argument is none of the known flags. */
export const serveArgs = (args: ReadonlyArray<string>, keys: ReadonlyArray<string>): CommonArgs | undefined => {
  const flags: Record<string, string> = {}
  let sandbox = false
  for (let i = 0; i < args.length; i++) {
    const argument = args[i] ?? ""
    if (argument === "--sandbox") {
      sandbox = true
      continue
    }
    const match = /^--([a-z][a-z-]*)(?:=(.*))?$/s.exec(argument)
    const key = match?.[1]?.replaceAll("-", "_")
    if (key === undefined || !keys.includes(key)) return undefined
    const value = match?.[2] ?? args[++i]
    if (value === undefined) return undefined
    flags[key] = value
  }
  return { flags, sandbox }
}
