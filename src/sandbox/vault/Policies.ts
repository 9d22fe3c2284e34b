/**
 * Policies as Vault 1.14 understands them, from HCL or JSON to rules, and the texts of the built-in ones.
 * What a rule allows is decided in Acl.ts.
 */
import { Result } from "effect"
import { type HclEntry, type HclValue, parseHcl } from "./Hcl.ts"

/** Values a parameter may have; an empty list means any value. */
export type ParameterRules = Readonly<Record<string, ReadonlyArray<HclValue>>>

/** One `path` block. `path` keeps its `+` and its trailing `*`. */
export interface PolicyRule {
  readonly path: string
  readonly capabilities: ReadonlyArray<string>
  readonly allowed: ParameterRules | undefined
  readonly denied: ParameterRules | undefined
  readonly required: ReadonlyArray<string>
}

const CAPABILITIES = new Set(["deny", "create", "read", "update", "delete", "list", "sudo", "patch"])

/** The old `policy = "write"` form. */
const LEGACY: Readonly<Record<string, ReadonlyArray<string>>> = {
  deny: ["deny"],
  read: ["read", "list"],
  write: ["create", "read", "update", "delete", "list"],
  sudo: ["create", "read", "update", "delete", "list", "sudo"],
}

/** Members of a path block that change nothing here: wrapping limits and Enterprise features. */
const IGNORED = new Set(["min_wrapping_ttl", "max_wrapping_ttl", "control_group", "mfa_methods", "comment"])

const textsOf = (value: HclValue): ReadonlyArray<string> =>
  Array.isArray(value) ? value.filter((item) => typeof item === "string") : typeof value === "string" ? [value] : []

const entriesOf = (value: HclValue): ReadonlyArray<HclEntry> =>
  typeof value === "object" && "block" in value
    ? value.block
    : Array.isArray(value)
      ? value.flatMap((item: HclValue) => entriesOf(item))
      : []

const parametersOf = (value: HclValue): ParameterRules =>
  Object.fromEntries(
    entriesOf(value).map((entry) => [
      (entry.keys[0] ?? "").toLowerCase(),
      Array.isArray(entry.value) ? entry.value : [entry.value],
    ]),
  )

const ruleOf = (path: string, members: ReadonlyArray<HclEntry>): Result.Result<PolicyRule, string> => {
  let capabilities: ReadonlyArray<string> = []
  let allowed: ParameterRules | undefined
  let denied: ParameterRules | undefined
  let required: ReadonlyArray<string> = []
  for (const member of members) {
    const key = member.keys[0] ?? ""
    if (key === "capabilities") {
      const wrong = textsOf(member.value).find((capability) => !CAPABILITIES.has(capability))
      if (wrong !== undefined)
        return Result.fail(`path ${JSON.stringify(path)}: invalid capability ${JSON.stringify(wrong)}`)
      capabilities = [...capabilities, ...textsOf(member.value)]
    } else if (key === "policy") {
      const legacy = typeof member.value === "string" ? LEGACY[member.value] : undefined
      if (legacy === undefined)
        return Result.fail(`path ${JSON.stringify(path)}: invalid policy ${JSON.stringify(member.value)}`)
      capabilities = [...capabilities, ...legacy]
    } else if (key === "allowed_parameters") allowed = parametersOf(member.value)
    else if (key === "denied_parameters") denied = parametersOf(member.value)
    else if (key === "required_parameters") required = textsOf(member.value).map((name) => name.toLowerCase())
    else if (!IGNORED.has(key))
      return Result.fail(`path ${JSON.stringify(path)}: invalid key ${JSON.stringify(key)} on line ${member.line}`)
  }
  return Result.succeed({ path: path.replace(/^\//, ""), capabilities, allowed, denied, required })
}

/** `path "x" {…}` blocks, also in the JSON form where one `path` member holds them all. */
const blocksOf = (entry: HclEntry): ReadonlyArray<readonly [string, ReadonlyArray<HclEntry>]> =>
  entry.keys[1] !== undefined
    ? [[entry.keys[1], entriesOf(entry.value)]]
    : entriesOf(entry.value).map((inner) => [inner.keys[0] ?? "", entriesOf(inner.value)] as const)

/** The rules of a policy; the failure is what Vault prints after `failed to parse policy: `. */
export const parsePolicy = (text: string): Result.Result<ReadonlyArray<PolicyRule>, string> => {
  const document = parseHcl(text)
  if (Result.isFailure(document)) return Result.fail(document.failure)
  const rules: Array<PolicyRule> = []
  for (const entry of document.success) {
    if (entry.keys[0] === "name") continue
    if (entry.keys[0] !== "path")
      return Result.fail(`invalid key ${JSON.stringify(entry.keys[0] ?? "")} on line ${entry.line}`)
    for (const [path, members] of blocksOf(entry)) {
      const rule = ruleOf(path, members)
      if (Result.isFailure(rule)) return Result.fail(rule.failure)
      rules.push(rule.success)
    }
  }
  return Result.succeed(rules)
}

const grant = (path: string, ...capabilities: ReadonlyArray<string>): string =>
  `path "${path}" {\n    capabilities = [${capabilities.map((capability) => `"${capability}"`).join(", ")}]\n}\n`

/** The rights of the `default` policy: what a token may do about itself, its leases, its cubbyhole and wrapping. */
export const defaultPolicy = (olderLeasePaths: boolean): string =>
  [
    grant("auth/token/lookup-self", "read"),
    grant("auth/token/renew-self", "update"),
    grant("auth/token/revoke-self", "update"),
    grant("sys/capabilities-self", "update"),
    grant("sys/internal/ui/resultant-acl", "read"),
    ...(olderLeasePaths ? [grant("sys/renew", "update")] : []),
    grant("sys/leases/renew", "update"),
    grant("sys/leases/lookup", "update"),
    grant("cubbyhole/*", "create", "read", "update", "delete", "list"),
    grant("sys/wrapping/wrap", "update"),
    grant("sys/wrapping/lookup", "update"),
    grant("sys/wrapping/unwrap", "update"),
    grant("sys/tools/hash", "update"),
    grant("sys/tools/hash/*", "update"),
    grant("sys/control-group/request", "update"),
  ].join("\n")
