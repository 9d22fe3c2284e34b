/** Flags that commands share, and the command they all belong to. No service is imported here. */
import { Effect, Option } from "effect"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import { SETTINGS } from "../config/Settings.ts"
import type { CommonArgs } from "./CommonArgs.ts"

/** A flag with a value, that may be left out. */
export const optional = (name: string, says: string) =>
  Flag.String(name).pipe(Flag.withDescription(says), Flag.optional)

/** A flag that is off unless it is given. */
export const toggle = (name: string, says: string) =>
  Flag.Boolean(name).pipe(Flag.withDescription(says), Flag.withDefault(false))

/** One flag for each setting that is no secret, by its key. */
const settingFlags = Object.fromEntries(
  Object.values(SETTINGS).flatMap((one) =>
    one.secret || one.key === "log_level" ? [] : [[one.key, optional(one.key.replaceAll("_", "-"), one.says)] as const],
  ),
)

/** The program itself, with the flags that all commands share. */
export const root = Command.make("vault-aws-mcp").pipe(
  Command.withDescription(
    "AWS for AI agents on credentials leased from Vault. Without a command: the agents on a terminal, the MCP server on a pipe.",
  ),
  Command.withSharedFlags({
    ...settingFlags,
    config: optional("config", "config file (JSON or YAML)"),
    sandbox: toggle("sandbox", "work in an embedded Vault and AWS instead of the real ones"),
  }),
)

/** What those flags say. */
export const common = Effect.map(root, (shared): CommonArgs => {
  const { sandbox, ...rest } = shared as Record<string, unknown> & { readonly sandbox: boolean } // the flags above
  const flags: Record<string, string> = {}
  for (const [key, value] of Object.entries(rest)) {
    if (Option.isOption(value) && Option.isSome(value) && typeof value.value === "string") flags[key] = value.value
  }
  return { flags, sandbox }
})

/** Output for programs. */
export const json = toggle("json", "print JSON for programs")
