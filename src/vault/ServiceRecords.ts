/**
 * DNS service records of Vault (`_http._tcp.vault.example.com`), as VAULT_SRV_LOOKUP has them looked up for an address
 * without a port. This finds a node; it is no high availability. A name without records stays what it is.
 */
import { Resolver } from "node:dns"
import { Context, Effect, Layer } from "effect"

/** One record of a service. */
export interface ServiceRecord {
  readonly target: string
  readonly port: number
  readonly priority: number
  readonly weight: number
}

/** How long DNS may take; a request is waiting. */
const LOOKUP_LIMIT = "2 seconds"

export class ServiceRecords extends Context.Service<
  ServiceRecords,
  {
    /** The records of service `http` over `tcp` for a host; none when there are none, or DNS does not tell. */
    readonly lookup: (host: string) => Effect.Effect<ReadonlyArray<ServiceRecord>>
  }
>()("vault-aws-mcp/vault/ServiceRecords") {
  static readonly layer = Layer.succeed(ServiceRecords, {
    lookup: (host) =>
      Effect.callback<ReadonlyArray<ServiceRecord>>((resume) => {
        const resolver = new Resolver({ tries: 2, timeout: 1000 })
        resolver.resolveSrv(`_http._tcp.${host}`, (error, records) =>
          resume(
            Effect.succeed(error === null ? records.map(({ name, ...record }) => ({ ...record, target: name })) : []),
          ),
        )
        return Effect.sync(() => resolver.cancel())
      }).pipe(Effect.timeoutOrElse({ duration: LOOKUP_LIMIT, orElse: () => Effect.succeed([]) })),
  })
}

/** The node to ask: the record of the lowest priority and, among equals, the greatest weight. `url` when there is none. */
export const atRecord = (url: URL, records: ReadonlyArray<ServiceRecord>): URL => {
  const [first] = [...records].sort((one, other) => one.priority - other.priority || other.weight - one.weight)
  if (first === undefined || !(first.port >= 1 && first.port <= 65_535)) return url
  // DNS writes names with a dot at the end. What is no host name leaves the URL as it was.
  const name = first.target.replace(/\.$/, "").toLowerCase()
  const placed = new URL(url)
  placed.hostname = name
  placed.port = String(first.port)
  return placed.hostname === name ? placed : url
}
