/**
 * Namespaces, where the edition has them: which one a request means, and `sys/namespaces`. A namespace is a Vault within
 * the Vault: its own mounts and policies, tokens bound to it. A token may act in its own namespace and those below.
 */
import { Effect } from "effect"
import { type Call, type Handler, type Route, route } from "./Backend.ts"
import type { Deps } from "./Deps.ts"
import { bad, type JsonRecord, Refusal, type Reply } from "./Protocol.ts"
import { childState, isWithin, type VaultState } from "./State.ts"

/** Without slashes at its ends, and one at the end unless it is empty. */
const canonical = (path: string): string => {
  const bare = path.replace(/^\/+|\/+$/g, "")
  return bare === "" ? "" : `${bare}/`
}

/**
 * The namespace of a request and the path in it. The header stands before the path, and what of the path names a
 * namespace counts as well; a header that names none is refused.
 */
export const resolveNamespace = (
  views: ReadonlyMap<string, VaultState>,
  root: VaultState,
  header: string,
  path: string,
): Effect.Effect<{ readonly state: VaultState; readonly path: string }, Refusal> => {
  if (root.server.edition.namespaceIdLength === undefined) return Effect.succeed({ state: root, path })
  const before = canonical(header)
  const whole = before + path
  const state = [...views.values()]
    .filter((view) => whole.startsWith(view.namespace.path))
    .reduce((best, view) => (view.namespace.path.length > best.namespace.path.length ? view : best), root)
  if (!state.namespace.path.startsWith(before)) return new Refusal({ status: 404, errors: ["namespace not found"] })
  return Effect.succeed({ state, path: whole.slice(state.namespace.path.length) })
}

const ROOT_ONLY = /^sys\/(?:audit|config|health|init|quotas|rekey|seal|unseal)(?:\/|$)/

/** What only the root namespace may be asked. */
export const isRootOnly = (state: VaultState, path: string): boolean =>
  state.namespace.path !== "" && ROOT_ONLY.test(path)

const OF_THE_TOKEN = new Set(["auth/token/lookup-self", "auth/token/renew-self", "auth/token/revoke-self"])

/** Whether a path means nothing outside of the namespace of the token it is asked with. */
export const isOfTheToken = (path: string): boolean => OF_THE_TOKEN.has(path)

/** `sys/namespaces` of one namespace. `furnish` gives a new one what every namespace begins with. */
export const namespaceRoutes = (deps: Deps, furnish: (child: Deps) => void): ReadonlyArray<Route> => {
  const { state, views } = deps
  const { namespaceIdLength, namespaceMembers } = state.server.edition
  if (namespaceIdLength === undefined) return []
  const childPath = (call: Call): Effect.Effect<string, Refusal> => {
    const name = canonical(call.params.text("path"))
    return /^[^/]+\/$/.test(name) ? Effect.succeed(state.namespace.path + name) : bad("name must not contain /")
  }
  const shown = ({ namespace }: VaultState): JsonRecord => ({
    custom_metadata: namespace.metadata,
    id: namespace.id,
    path: namespace.path,
    ...namespaceMembers(namespace.uuid),
  })

  const write: Handler = Effect.fnUntraced(function* (call) {
    const path = yield* childPath(call)
    const name = path.slice(state.namespace.path.length)
    const taken = [...state.mounts.keys()].find((mount) => mount.startsWith(name) || name.startsWith(mount))
    if (taken !== undefined) return yield* bad(`new namespace conflicts with existing mount: ${taken}`)
    const view = views.get(path) ?? childState(state, path, namespaceIdLength)
    if (!views.has(path)) furnish({ ...deps, state: view })
    views.set(path, view)
    view.namespace.metadata = call.params.map("custom_metadata") ?? view.namespace.metadata
    return { data: shown(view) }
  })

  const read: Handler = Effect.fnUntraced(function* (call) {
    const view = views.get(yield* childPath(call))
    return view === undefined ? undefined : { data: shown(view) }
  })

  const remove: Handler = Effect.fnUntraced(function* (call) {
    const view = views.get(yield* childPath(call))
    if (view === undefined) return undefined
    if ([...views.values()].some((other) => other !== view && isWithin(other, view)))
      return yield* bad(`cannot delete namespace (${JSON.stringify(view.namespace.path)}) containing child namespaces`)
    for (const token of deps.state.tokens.values()) if (token.home === view) yield* deps.leases.endToken(token.id)
    for (const lease of deps.leases.below(view, "")) yield* deps.leases.queue(lease)
    views.delete(view.namespace.path)
    return undefined
  })

  const list: Handler = () => {
    const children = [...views.values()]
      .map((view) => ({ name: view.namespace.path.slice(state.namespace.path.length), view }))
      .filter(({ name, view }) => isWithin(view, state) && /^[^/]+\/$/.test(name))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
    if (children.length === 0) return Effect.succeed(undefined)
    const reply: Reply = {
      data: {
        key_info: Object.fromEntries(children.map(({ name, view }) => [name, shown(view)])),
        keys: children.map(({ name }) => name),
      },
    }
    return Effect.succeed(reply)
  }

  return [
    { path: route("namespaces/?"), on: { list } },
    {
      path: route("namespaces/(?<path>.+)"),
      fields: { custom_metadata: "map" },
      on: { read, update: write, delete: remove },
    },
  ]
}
