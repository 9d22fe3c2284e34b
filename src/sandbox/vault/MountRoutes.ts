/** `sys/mounts`, `sys/auth`, their tuning, and the view of mounts that a token has (`sys/internal/ui/mounts`). */
import { Effect, Result } from "effect"
import { aclOf, seesMount } from "./Acl.ts"
import { type Backend, type Call, type Handler, nothing, type Route, route } from "./Backend.ts"
import type { Deps } from "./Deps.ts"
import { Params, checkFields, type Fields, recordOf } from "./Fields.ts"
import { addMount, findMount, mountInfo, mountsInfo } from "./Mounts.ts"
import { absent, bad, deadToken, type JsonRecord, Refusal } from "./Protocol.ts"
import { type Mount, SYSTEM_TTL } from "./State.ts"

/** Builds what stands behind a mount; `undefined`: no such engine or login method. */
export type Catalogue = (login: boolean, type: string, options: JsonRecord) => Backend | undefined

const TUNE: Fields = {
  default_lease_ttl: "duration",
  max_lease_ttl: "duration",
  description: "text",
  listing_visibility: "text",
  token_type: "text",
  force_no_cache: "flag",
  audit_non_hmac_request_keys: "list",
  audit_non_hmac_response_keys: "list",
  passthrough_request_headers: "list",
  allowed_response_headers: "list",
  options: "any",
  plugin_version: "text",
  user_lockout_config: "any",
}

const MOUNT: Fields = {
  type: "text",
  description: "text",
  config: "any",
  options: "any",
  local: "flag",
  seal_wrap: "flag",
  external_entropy_access: "flag",
  plugin_name: "text",
  plugin_version: "text",
}

/** The parts of a configuration that are only shown. */
const shownConfig = (params: Params): JsonRecord =>
  Object.fromEntries(
    ["listing_visibility", "token_type", "passthrough_request_headers", "allowed_response_headers"].flatMap((name) => {
      const value = params.raw(name)
      return value === undefined || value === "" ? [] : [[name, value]]
    }),
  )

const mountPath = (call: Call, login: boolean): string =>
  `${login ? "auth/" : ""}${call.params.text("path").replace(/^\/+|\/+$/g, "")}/`

const enable = (deps: Deps, catalogue: Catalogue, login: boolean): Handler =>
  Effect.fnUntraced(function* (call) {
    const path = mountPath(call, login)
    const shown = login ? path.slice("auth/".length) : path
    const type = call.params.text("type")
    const given = recordOf(call.params.raw("options")) ?? {}
    const options = type === "kv-v2" ? { ...given, version: "2" } : given
    const backend = catalogue(login, type, options)
    if (type === "") return yield* bad("missing type, or it is not a string")
    if (backend === undefined) return yield* bad(`plugin not found in the catalog: ${type}`)
    const taken = [...deps.state.mounts.keys()].find((other) => other.startsWith(path) || path.startsWith(other))
    if (taken !== undefined)
      return yield* bad(`path is already in use at ${login ? taken.slice("auth/".length) : taken}`)
    if (!login && path.startsWith("auth/")) return yield* bad(`backend cannot be mounted at ${shown}`)
    const config = checkFields(TUNE, recordOf(call.params.raw("config")) ?? {})
    if (Result.isFailure(config)) return yield* bad(config.failure)
    const tuned = config.success.params
    addMount(deps.state, {
      path,
      type: type === "kv-v2" ? "kv" : type,
      backend,
      options,
      description: call.params.text("description"),
      local: call.params.flag("local", false),
      sealWrap: call.params.flag("seal_wrap", false),
      config: shownConfig(tuned),
      defaultTtl: tuned.number("default_lease_ttl"),
      maxTtl: tuned.number("max_lease_ttl"),
    })
    return undefined
  })

const disable = (deps: Deps, login: boolean): Handler =>
  Effect.fnUntraced(function* (call) {
    const path = mountPath(call, login)
    const mount = deps.state.mounts.get(path)
    if (mount === undefined) return undefined
    if (mount.builtin) return yield* bad(`cannot unmount ${JSON.stringify(path)}`)
    for (const lease of deps.leases.below(deps.state, path)) yield* deps.leases.queue(lease)
    for (const token of deps.state.tokens.values())
      if (login && token.home === deps.state && token.path.startsWith(path)) yield* deps.leases.endToken(token.id)
    deps.state.mounts.delete(path)
    return undefined
  })

const tune = (mount: Mount, params: Params): void => {
  if (params.has("default_lease_ttl")) mount.defaultTtl = params.number("default_lease_ttl")
  if (params.has("max_lease_ttl")) mount.maxTtl = params.number("max_lease_ttl")
  if (params.has("description")) mount.description = params.text("description")
  mount.config = { ...mount.config, ...shownConfig(params) }
}

const tuning = (mount: Mount): JsonRecord => ({
  default_lease_ttl: mount.defaultTtl || SYSTEM_TTL,
  description: mount.description,
  force_no_cache: false,
  max_lease_ttl: mount.maxTtl || SYSTEM_TTL,
  ...mount.config,
  ...(mount.options === null || Object.keys(mount.options).length === 0 ? {} : { options: mount.options }),
})

const visibleMounts = (deps: Deps, call: Call): Iterable<Mount> => {
  const all = deps.state.mounts.values()
  if (call.token === undefined) return [...all].filter((mount) => mount.config["listing_visibility"] === "unauth")
  const acl = aclOf(deps.state, call.token)
  return [...all].filter((mount) => seesMount(acl, mount.path))
}

const hidden = (path: string): Refusal =>
  new Refusal({
    status: 403,
    errors: [
      `preflight capability check returned 403, please ensure client's policies grant access to path "${path.replace(/\/*$/, "")}/"`,
    ],
  })

/** The mount endpoints of the system backend. */
export const mountRoutes = (deps: Deps, catalogue: Catalogue): ReadonlyArray<Route> => {
  const oneMount =
    (login: boolean, show: (mount: Mount) => JsonRecord): Handler =>
    (call) => {
      const mount = deps.state.mounts.get(mountPath(call, login))
      if (mount !== undefined) return Effect.succeed({ data: show(mount) })
      return login
        ? bad(`No auth engine at ${mountPath(call, login).slice("auth/".length)}`)
        : bad("No secret engine mount at " + mountPath(call, login))
    }
  const tuneOne =
    (login: boolean): Handler =>
    (call) => {
      const mount = deps.state.mounts.get(mountPath(call, login))
      if (mount === undefined) return absent()
      tune(mount, call.params)
      return nothing
    }
  const tables = (login: boolean): ReadonlyArray<Route> => {
    const name = login ? "auth" : "mounts"
    const all: Handler = () => Effect.succeed({ data: mountsInfo(deps.state.mounts.values(), login) })
    return [
      { path: route(`${name}/?`), on: { read: all } },
      {
        path: route(`${name}/(?<path>.+?)/tune`),
        fields: TUNE,
        on: { read: oneMount(login, tuning), update: tuneOne(login) },
      },
      {
        path: route(`${name}/(?<path>.+)`),
        fields: MOUNT,
        on: { read: oneMount(login, mountInfo), update: enable(deps, catalogue, login), delete: disable(deps, login) },
      },
    ]
  }
  const view: Handler = (call) => {
    const mounts = [...visibleMounts(deps, call)]
    return Effect.succeed({ data: { auth: mountsInfo(mounts, true), secret: mountsInfo(mounts, false) } })
  }
  const viewOne: Handler = Effect.fnUntraced(function* (call) {
    if (call.token === undefined) return yield* deadToken()
    const path = call.params.text("path")
    const mount = findMount(deps.state, path)
    if (mount === undefined || !seesMount(aclOf(deps.state, call.token), mount.path)) return yield* hidden(path)
    return { data: { ...mountInfo(mount), path: mount.path } }
  })
  return [
    ...tables(false),
    ...tables(true),
    { path: route("internal/ui/mounts/?"), on: { read: view } },
    { path: route("internal/ui/mounts/(?<path>.+)"), on: { read: viewOne } },
  ]
}
