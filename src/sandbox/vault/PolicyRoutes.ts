/** `sys/policies/acl`, its older form `sys/policy`, and what a token may do (`sys/capabilities*`). */
import { Effect, Result } from "effect"
import { aclOf, capabilitiesOn } from "./Acl.ts"
import { type Call, type Handler, type Route, route } from "./Backend.ts"
import type { Deps } from "./Deps.ts"
import { bad, deadToken, type Json } from "./Protocol.ts"
import { parsePolicy } from "./Policies.ts"
import type { Token } from "./State.ts"
import { tokenByAccessor, tokenWithin } from "./Tokens.ts"

/** Base64 text that holds no replacement characters once decoded, as the command line may send. */
const policyText = (text: string): string => {
  const decoded = Buffer.from(text, "base64").toString("utf8")
  const isBase64 = text.length > 0 && Buffer.from(decoded, "utf8").toString("base64") === text
  return isBase64 ? decoded : text
}

/** The policy endpoints of the system backend. */
export const policyRoutes = ({ state }: Deps): ReadonlyArray<Route> => {
  const names = (): ReadonlyArray<string> => [...state.policies.keys(), "root"].sort()

  const read =
    (member: string): Handler =>
    (call) => {
      const name = call.params.text("name").toLowerCase()
      const policy = name === "root" ? { text: "" } : state.policies.get(name)
      return Effect.succeed(policy === undefined ? undefined : { data: { name, [member]: policy.text } })
    }

  const write: Handler = Effect.fnUntraced(function* (call) {
    const name = call.params.text("name").toLowerCase()
    const text = policyText(call.params.text("policy") || call.params.text("rules"))
    if (text === "") return yield* bad("'policy' parameter not supplied or empty")
    if (name === "root") return yield* bad('cannot update "root" policy')
    const rules = parsePolicy(text)
    if (Result.isFailure(rules)) return yield* bad(`failed to parse policy: ${rules.failure}`)
    state.policies.set(name, { text, rules: rules.success })
    return undefined
  })

  const remove: Handler = Effect.fnUntraced(function* (call) {
    const name = call.params.text("name").toLowerCase()
    if (name === "root" || name === "default") return yield* bad(`cannot delete "${name}" policy`)
    state.policies.delete(name)
    return undefined
  })

  const capabilities = (find: (call: Call) => Token | undefined): Handler =>
    Effect.fnUntraced(function* (call) {
      const token = find(call)
      if (token === undefined) return yield* deadToken()
      const paths = call.params.list("paths") ?? call.params.list("path") ?? []
      if (paths.length === 0) return yield* bad("paths must be supplied")
      const acl = aclOf(state, token)
      const data: Record<string, Json> = {}
      for (const path of [...paths].sort()) data[path] = capabilitiesOn(acl, path.replace(/^\//, ""))
      const only = paths.length === 1 ? data[paths[0] ?? ""] : undefined
      return { data: only === undefined ? data : { ...data, capabilities: only } }
    })

  const fields = { name: "text", policy: "text", rules: "text" } as const
  const paths = { path: "list", paths: "list", token: "text", accessor: "text" } as const
  const byToken = (call: Call): Token | undefined => tokenWithin(state, call.params.text("token"), call.now)
  const byAccessor = (call: Call): Token | undefined => tokenByAccessor(state, call.params.text("accessor"))
  return [
    { path: route("policies/acl/?"), on: { list: () => Effect.succeed({ data: { keys: names() } }) } },
    { path: route("policies/acl/(?<name>.+)"), fields, on: { read: read("policy"), update: write, delete: remove } },
    {
      path: route("policy/?"),
      on: {
        read: () => Effect.succeed({ data: { keys: names(), policies: names() } }),
        list: () => Effect.succeed({ data: { keys: names(), policies: names() } }),
      },
    },
    { path: route("policy/(?<name>.+)"), fields, on: { read: read("rules"), update: write, delete: remove } },
    { path: route("capabilities-self"), fields: paths, on: { update: capabilities((call) => call.token) } },
    { path: route("capabilities"), fields: paths, on: { update: capabilities(byToken) } },
    { path: route("capabilities-accessor"), fields: paths, on: { update: capabilities(byAccessor) } },
  ]
}
