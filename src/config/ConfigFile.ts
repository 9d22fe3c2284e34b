/** The optional config file, JSON or YAML: any setting but the secrets by its key, and the accounts. */
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

const Scalar = Schema.Union([Schema.String, Schema.Finite, Schema.Boolean, Schema.Array(Schema.String)])

/** The whole file; unknown keys are refused when it is loaded, by name. */
const ConfigFileShape = Schema.Struct({
  accounts: Schema.optionalKey(Schema.Record(Schema.String.check(Schema.isPattern(/^[\w.-]{1,64}$/)), AccountEntry)),
  settings: Schema.Record(Schema.String, Scalar),
})
export type ConfigFile = typeof ConfigFileShape.Type

/** A file's object as {@link ConfigFile} wants it: `accounts` apart, everything else is settings. */
const splitAccounts = (content: unknown): unknown => {
  if (typeof content !== "object" || content === null || Array.isArray(content)) return { settings: content }
  const { accounts, ...settings } = content as Record<string, unknown> // an object, by the line above
  return { settings, ...(accounts === undefined ? {} : { accounts }) }
}

/** Understands the content of a config file; unknown keys of accounts are refused by name. */
export const decodeConfigFile = (content: unknown): Effect.Effect<ConfigFile, Schema.SchemaError> =>
  Schema.decodeUnknownEffect(ConfigFileShape)(splitAccounts(content), { errors: "all", onExcessProperty: "error" })
