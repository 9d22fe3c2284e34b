/** The AWS secrets engine: one instance per mount, with its own configuration and roles. */
import { askWith, configRoutes, emptySettings } from "./AwsConfig.ts"
import { credentialRoutes } from "./AwsCredentials.ts"
import { type AwsRole, roleRoutes } from "./AwsRoles.ts"
import { staticRoutes } from "./AwsStatic.ts"
import type { AwsUpstream } from "./AwsUpstream.ts"
import type { Backend } from "./Backend.ts"
import type { Edition } from "./Edition.ts"

/** A new engine of an edition that asks AWS through `upstream`. */
export const awsEngine = (upstream: AwsUpstream, edition: Edition): Backend => {
  const settings = emptySettings()
  const roles = new Map<string, AwsRole>()
  const ask = askWith(upstream, settings)
  return {
    routes: [
      ...configRoutes(settings, ask),
      ...roleRoutes(roles, edition),
      ...credentialRoutes({ roles, settings, ask, edition }),
      ...(edition.awsStaticRoles ? staticRoutes(ask) : []),
    ],
  }
}
