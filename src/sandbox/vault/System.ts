/** The system backend at `sys/`, the catalogue of what can be mounted, and the mounts a new Vault begins with. */
import { Effect, Result } from "effect"
import { approle } from "./Approle.ts"
import { awsEngine } from "./AwsEngine.ts"
import { awsLogin } from "./AwsLogin.ts"
import { type Backend, route } from "./Backend.ts"
import { cert } from "./CertLogin.ts"
import type { Deps } from "./Deps.ts"
import { goText } from "./Duration.ts"
import { jwt } from "./JwtLogin.ts"
import { kubernetes } from "./Kubernetes.ts"
import { cubbyhole, kv1 } from "./Kv1.ts"
import { kv2 } from "./Kv2.ts"
import { ldap } from "./Ldap.ts"
import { leaseRoutes } from "./LeaseRoutes.ts"
import { type Catalogue, mountRoutes } from "./MountRoutes.ts"
import { addMount } from "./Mounts.ts"
import { namespaceRoutes } from "./Namespaces.ts"
import { defaultPolicy, parsePolicy } from "./Policies.ts"
import { policyRoutes } from "./PolicyRoutes.ts"
import type { Quotas } from "./Quotas.ts"
import { tokenBackend } from "./TokenRoutes.ts"
import { userpass } from "./Userpass.ts"
import { wrappingRoutes } from "./Wrapping.ts"

const catalogueOf =
  (deps: Deps): Catalogue =>
  (login, type, options) => {
    switch (`${login ? "auth" : "secret"} ${type}`) {
      case "auth approle":
        return approle(deps.state)
      case "auth aws":
        return awsLogin(deps.state, deps.upstream)
      case "auth cert":
        return cert(deps.state)
      case "auth jwt":
        return jwt(deps.state)
      case "auth kubernetes":
        return kubernetes(deps.state)
      case "auth ldap":
        return ldap(deps.state)
      case "auth userpass":
        return userpass(deps.state)
      case "secret aws":
        return awsEngine(deps.upstream, deps.state.server.edition)
      case "secret kv":
        return goText(options["version"]) === "2" ? kv2() : kv1()
      case "secret kv-v2":
        return kv2()
      default:
        return undefined
    }
  }

const systemBackend = (deps: Deps, quotas: Quotas): Backend => ({
  open: route("(?:internal/ui/mounts(?:/.*)?|wrapping/lookup)"),
  sudo: route("(?:auth/.+|seal|(?:leases/)?revoke-prefix/.+|(?:leases/)?revoke-force/.+|leases/lookup/.+|quotas/.+)"),
  routes: [
    ...leaseRoutes(deps),
    ...mountRoutes(deps, catalogueOf(deps)),
    ...policyRoutes(deps),
    ...wrappingRoutes(deps),
    ...namespaceRoutes(deps, (child) => furnish(child, quotas)),
    ...quotas.routes,
    {
      path: route("seal"),
      on: {
        update: () =>
          Effect.sync(() => {
            deps.state.server.sealed = true
            return undefined
          }),
      },
    },
  ],
})

/** Gives an empty namespace what every one begins with: the built-in mounts and the default policy. */
export const furnish = (deps: Deps, quotas: Quotas): void => {
  const { state } = deps
  const text = defaultPolicy(state.server.edition.olderLeasePaths)
  const rules = parsePolicy(text)
  state.policies.set("default", { text, rules: Result.isSuccess(rules) ? rules.success : [] })
  const builtin = { builtin: true, options: null }
  addMount(state, {
    ...builtin,
    path: "sys/",
    type: "system",
    description: "system endpoints used for control, policy and debugging",
    sealWrap: true,
    config: { passthrough_request_headers: ["Accept"] },
    backend: systemBackend(deps, quotas),
  })
  addMount(state, {
    ...builtin,
    path: "auth/token/",
    type: "token",
    description: "token based credentials",
    backend: tokenBackend(deps),
  })
  addMount(state, {
    ...builtin,
    path: "cubbyhole/",
    type: "cubbyhole",
    description: "per-token private secret storage",
    local: true,
    backend: cubbyhole(),
  })
  addMount(state, {
    ...builtin,
    path: "identity/",
    type: "identity",
    description: "identity store",
    config: { passthrough_request_headers: ["Authorization"] },
    // Entities exist only as ids on login tokens; nobody here manages them.
    backend: { routes: [] },
  })
}

/**
 * Adds what a development server (`vault server -dev`) has beside that: a key-value engine of version 2 at `secret/`,
 * which the recordings show as well.
 */
export const furnishForDevelopment = ({ state }: Deps): void => {
  addMount(state, {
    path: "secret/",
    type: "kv",
    description: "key/value secret storage",
    options: { version: "2" },
    backend: kv2(),
  })
}
