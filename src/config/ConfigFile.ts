/** The optional config file, JSON or YAML: any setting but the secrets by its key, the accounts and the agents. */
import { type Effect, Schema } from "effect"
import { CREDENTIAL_ENDPOINTS } from "./AppConfig.ts"

const Name = Schema.String.check(Schema.isPattern(/^[\w.@=,+-]{1,128}$/))
const Path = Schema.String.check(Schema.isPattern(/^[\w+=,.@ /-]{1,256}$/))

/** One account: alias → where its credentials come from, and where they may be used. */
const AccountEntry = Schema.Struct({
  mount: Schema.optionalKey(Path),
  role: Schema.optionalKey(Name),
  credentials: Schema.optionalKey(Schema.Literals(CREDENTIAL_ENDPOINTS)),
  role_arn: Schema.optionalKey(Schema.String.check(Schema.isPattern(/^arn:aws[\w-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/))),
  regions: Schema.optionalKey(Schema.Array(Schema.String.check(Schema.isPattern(/^[a-z0-9-]{5,32}$/)))),
  access: Schema.optionalKey(Schema.Literals(["ask", "read-only", "full"])),
})

/** One agent: the engine role and the token's policies that are its own. */
const AgentEntry = Schema.Struct({
  role: Schema.optionalKey(Name),
  policies: Schema.optionalKey(Schema.Array(Name)),
})

const AgentEntries = Schema.Struct({
  orchestrator: Schema.optionalKey(AgentEntry),
  aws: Schema.optionalKey(AgentEntry),
  vault: Schema.optionalKey(AgentEntry),
  mcp: Schema.optionalKey(AgentEntry),
  github: Schema.optionalKey(AgentEntry),
})

const Scalar = Schema.Union([Schema.String, Schema.Finite, Schema.Boolean, Schema.Array(Schema.String)])

/** The whole file; unknown keys are refused when it is loaded, by name. */
const ConfigFileShape = Schema.Struct({
  accounts: Schema.optionalKey(Schema.Record(Schema.String.check(Schema.isPattern(/^[\w.-]{1,64}$/)), AccountEntry)),
  agents: Schema.optionalKey(AgentEntries),
  settings: Schema.Record(Schema.String, Scalar),
})
export type ConfigFile = typeof ConfigFileShape.Type

/** A file's object as {@link ConfigFile} wants it: `accounts` and `agents` apart, everything else is settings. */
const split = (content: unknown): unknown => {
  if (typeof content !== "object" || content === null || Array.isArray(content)) return { settings: content }
  const { accounts, agents, ...settings } = content as Record<string, unknown> // an object, by the line above
  return {
    settings,
    ...(accounts === undefined ? {} : { accounts }),
    ...(agents === undefined ? {} : { agents }),
  }
}

/** Understands the content of a config file; unknown keys of accounts and agents are refused by name. */
export const decodeConfigFile = (content: unknown): Effect.Effect<ConfigFile, Schema.SchemaError> =>
  Schema.decodeUnknownEffect(ConfigFileShape)(split(content), { errors: "all", onExcessProperty: "error" })
