/** The AWS secrets engine of Vault 1.14.9: one instance per mount, with its own configuration and roles. */
import { askWith, configRoutes, emptySettings } from "./AwsConfig.ts"
import { credentialRoutes } from "./AwsCredentials.ts"
import { type AwsRole, roleRoutes } from "./AwsRoles.ts"
import { staticRoutes } from "./AwsStatic.ts"
import type { AwsUpstream } from "./AwsUpstream.ts"
import type { Backend } from "./Backend.ts"

/** A new engine that asks AWS through `upstream`. */
export const awsEngine = (upstream: AwsUpstream): Backend => {
  const settings = emptySettings()
  const roles = new Map<string, AwsRole>()
  const ask = askWith(upstream, settings)
  return {
    routes: [
      ...configRoutes(settings, ask),
      ...roleRoutes(roles),
      ...credentialRoutes(roles, settings, ask),
      ...staticRoutes(ask),
    ],
  }
}
