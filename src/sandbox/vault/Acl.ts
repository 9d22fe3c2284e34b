/**
 * What a token may do. Rules of all its policies for one path are joined (deny wins); among the paths that match, an
 * exact one decides, then the most specific pattern by Vault's order: the later first wildcard, no trailing `*`, fewer
 * `+`, the longer text. (Documented under "Policies › Priority matching".)
 */
import { goText } from "./Duration.ts"
import { starMatches } from "./Glob.ts"
import type { HclValue } from "./Hcl.ts"
import type { Operation } from "./Backend.ts"
import type { Json, JsonRecord } from "./Protocol.ts"
import type { ParameterRules, PolicyRule } from "./Policies.ts"
import { isWithin, type Token, type VaultState } from "./State.ts"

/**
 * The rights of a token: everything, or rules. The rules are of the token's own namespace; `prefix` leads from there to
 * the one that is asked.
 */
export type Acl =
  | { readonly root: true }
  | { readonly root: false; readonly prefix: string; readonly rules: ReadonlyArray<PolicyRule> }

/** The rights a token has in a namespace by its policies as they are now. Missing policies and other namespaces give none. */
export const aclOf = (state: VaultState, token: Pick<Token, "home" | "policies">): Acl => {
  if (token.policies.includes("root")) return { root: true }
  const { home } = token
  const rules = isWithin(state, home) ? token.policies.flatMap((name) => home.policies.get(name)?.rules ?? []) : []
  return { root: false, prefix: state.namespace.path.slice(home.namespace.path.length), rules }
}

const isPattern = (path: string): boolean => path.endsWith("*") || path.split("/").includes("+")

const matches = (pattern: string, path: string): boolean => {
  const open = pattern.endsWith("*")
  const wanted = (open ? pattern.slice(0, -1) : pattern).split("/")
  const given = path.split("/")
  if (open ? given.length < wanted.length : given.length !== wanted.length) return false
  return wanted.every((segment, index) => {
    const have = given[index] ?? ""
    if (segment === "+") return true
    return open && index === wanted.length - 1 ? have.startsWith(segment) : segment === have
  })
}

/** Where the first `+` segment or the trailing `*` stands. */
const firstWildcard = (pattern: string): number => {
  const at = pattern.search(/(?<=^|\/)\+(?=$|\/|\*)|\*$/)
  return at < 0 ? pattern.length : at
}

const plusses = (pattern: string): number => pattern.split("/").filter((segment) => segment.startsWith("+")).length

/** Positive when `a` is the more specific pattern. */
const specificity = (a: string, b: string): number =>
  firstWildcard(a) - firstWildcard(b) ||
  Number(b.endsWith("*")) - Number(a.endsWith("*")) ||
  plusses(b) - plusses(a) ||
  a.length - b.length ||
  (a < b ? -1 : 1)

/** The rules that decide about a path: all those written for the most specific matching one. */
const deciding = (rules: ReadonlyArray<PolicyRule>, path: string): ReadonlyArray<PolicyRule> => {
  // A list asks for `p/`; a rule for `p` counts as well.
  for (const exact of path.endsWith("/") ? [path, path.slice(0, -1)] : [path]) {
    const hits = rules.filter((rule) => !isPattern(rule.path) && rule.path === exact)
    if (hits.length > 0) return hits
  }
  const patterns = rules.filter((rule) => isPattern(rule.path) && matches(rule.path, path))
  const best = patterns.reduce<string | undefined>(
    (last, rule) => (last === undefined || specificity(rule.path, last) > 0 ? rule.path : last),
    undefined,
  )
  return patterns.filter((rule) => rule.path === best)
}

/** Capabilities on a path, sorted; `["root"]` for root, `["deny"]` where there is none. */
export const capabilitiesOn = (acl: Acl, path: string): ReadonlyArray<string> => {
  if (acl.root) return ["root"]
  const all = new Set(deciding(acl.rules, acl.prefix + path).flatMap((rule) => rule.capabilities))
  return all.size === 0 || all.has("deny") ? ["deny"] : [...all].sort()
}

const sameValue = (rule: HclValue, value: Json | undefined): boolean => {
  if (typeof rule === "object") {
    if (!Array.isArray(rule) || !Array.isArray(value)) return false
    return rule.length === value.length && rule.every((item, index) => sameValue(item, value[index]))
  }
  const text = goText(value)
  return typeof rule === "string" ? starMatches(rule, text) : String(rule) === text
}

const inList = (list: ReadonlyArray<HclValue>, value: Json): boolean =>
  list.length === 0 || list.some((rule) => sameValue(rule, value))

/** Rules from several policies for one path are joined name by name; a name that is free anywhere is free. */
const joined = (all: ReadonlyArray<ParameterRules | undefined>): ParameterRules => {
  const out: Record<string, ReadonlyArray<HclValue>> = {}
  for (const rules of all)
    for (const [name, values] of Object.entries(rules ?? {})) {
      const before = out[name]
      out[name] =
        before === undefined ? values : before.length === 0 || values.length === 0 ? [] : [...before, ...values]
    }
  return out
}

const parametersAllowed = (rules: ReadonlyArray<PolicyRule>, sent: JsonRecord): boolean => {
  const names = Object.entries(sent).map(([name, value]) => [name.toLowerCase(), value] as const)
  const present = new Set(names.map(([name]) => name))
  if (!rules.flatMap((rule) => rule.required).every((name) => present.has(name))) return false
  if (names.length === 0) return true
  const denied = joined(rules.map((rule) => rule.denied))
  if (denied["*"] !== undefined) return false
  if (names.some(([name, value]) => denied[name] !== undefined && inList(denied[name], value))) return false
  const allowed = joined(rules.map((rule) => rule.allowed))
  if (Object.keys(allowed).length === 0) return true
  return names.every(([name, value]) => {
    const list = allowed[name] ?? allowed["*"]
    return list !== undefined && (allowed[name] === undefined || inList(list, value))
  })
}

/** Whether a request is allowed. `sent` are its parameters, `sudo` says that the path asks for that capability too. */
export const allows = (
  acl: Acl,
  request: { readonly operation: Operation; readonly path: string; readonly sent: JsonRecord; readonly sudo: boolean },
): boolean => {
  if (acl.root) return true
  const capabilities = capabilitiesOn(acl, request.path)
  if (!capabilities.includes(request.operation) || (request.sudo && !capabilities.includes("sudo"))) return false
  if (request.operation === "list" || request.operation === "delete") return true
  return parametersAllowed(deciding(acl.rules, acl.prefix + request.path), request.sent)
}

/** Whether a token has any right at or below a mount: what decides that it may see the mount. */
export const seesMount = (acl: Acl, path: string): boolean => {
  if (acl.root) return true
  const mount = acl.prefix + path
  return acl.rules.some((rule) => {
    if (rule.capabilities.length === 0 || rule.capabilities.includes("deny")) return false
    const fixed = rule.path.slice(0, firstWildcard(rule.path))
    return fixed.startsWith(mount) || (isPattern(rule.path) && mount.startsWith(fixed)) || rule.path === mount
  })
}
