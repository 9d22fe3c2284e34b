/** `status`: the settings in force, Vault's health, and the token that would be used. Leases nothing. */
import { Duration, Effect } from "effect"
import type { AppConfigShape } from "../../config/AppConfig.ts"
import { TokenSource } from "../../config/TokenSource.ts"
import { showSpan } from "../../core/Span.ts"
import { Vault } from "../../vault/Vault.ts"
import type { CommonArgs } from "../CommonArgs.ts"
import { print, table } from "../Output.ts"
import { withWorld } from "../Session.ts"
import { AppConfig } from "../../config/AppConfig.ts"

const shownSettings = (config: AppConfigShape) => ({
  vault_addr: config.vault.address,
  vault_namespace: config.vault.namespace ?? null,
  vault_aws_mount_path: config.vault.mount,
  vault_aws_role: config.vault.role,
  aws_region: config.region,
  aws_endpoint_url: config.awsEndpoint ?? null,
  lease_ttl: showSpan(config.leaseTtl),
  lease_auto_renew: config.autoRenew,
  access: config.access,
  toolsets: config.toolsets.join(","),
  accounts: Object.keys(config.accounts),
})

const tokenLine = Effect.gen(function* () {
  const vault = yield* Vault
  const token = yield* (yield* TokenSource).token
  if (token === undefined)
    return { state: "none", detail: "no token; run `vault login` or set VAULT_AWS_MCP_VAULT_TOKEN" }
  return yield* vault.lookupSelf(token).pipe(
    Effect.map((info) => ({
      state: "alive",
      detail: `${info.type}, ${Duration.isFinite(info.ttl) ? `${showSpan(info.ttl)} left` : "does not expire"}, policies ${info.policies.join(", ")}`,
    })),
    Effect.catch((error) => Effect.succeed({ state: "not usable", detail: error.message })),
  )
})

interface Line {
  readonly state: string
  readonly detail: string
}

const look = Effect.gen(function* () {
  const config = yield* AppConfig
  const vault = yield* Vault
  const health = yield* vault.health.pipe(
    Effect.map(({ state, version }): Line => ({ state, detail: `version ${version ?? "unknown"}` })),
    Effect.catch((error) => Effect.succeed({ state: "no answer", detail: error.message })),
  )
  // Without a Vault there is nothing to ask about the token.
  const token = health.state === "no answer" ? { state: "unknown", detail: "Vault does not answer" } : yield* tokenLine
  return { settings: shownSettings(config), vault: health, token }
})

/** Prints what is known without leasing. */
export const showStatus = Effect.fnUntraced(function* (common: CommonArgs, json: boolean) {
  const found = yield* withWorld(common, (_config, world) =>
    Effect.flatMap(world, (context) => Effect.provide(look, context)),
  )
  if (json) return yield* print(JSON.stringify(found))
  const rows = Object.entries(found.settings).map(([name, value]) => [name, value === null ? "–" : String(value)])
  yield* print(
    table([
      ...rows,
      ["vault", `${found.vault.state}, ${found.vault.detail}`],
      ["token", `${found.token.state}, ${found.token.detail}`],
    ]),
  )
})
