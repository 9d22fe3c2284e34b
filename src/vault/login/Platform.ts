/** AWS identities that a platform gives: of the instance by its metadata service, of a container by its endpoint. */
import { Effect, Redacted } from "effect"
import type { HttpClient } from "effect/http"
import type { VaultToken } from "../VaultModel.ts"
import { askMetadata, MetadataFault, readKeys } from "./Metadata.ts"
import type { Watch } from "./Watch.ts"

/** Seconds that the metadata session is asked for: it serves two requests. */
const SESSION = "60"

/** The keys of the instance's role, by version 2 of the metadata service and no other. */
export const instanceKeys = Effect.fnUntraced(function* (
  client: HttpClient.HttpClient,
  endpoint: string,
  watch: Watch,
) {
  const at = (path: string) => new URL(`${endpoint}/latest/${path}`)
  const session = yield* askMetadata(client, {
    method: "PUT",
    url: at("api/token"),
    headers: { "x-aws-ec2-metadata-token-ttl-seconds": SESSION },
  }).pipe(
    Effect.mapError(
      ({ status, why }) => new MetadataFault({ status, why: status === 0 ? `${why} ${NO_ANSWER}` : why }),
    ),
  )
  if (!isHeader(session)) return yield* new MetadataFault({ why: "answered without a session token", status: 200 })
  yield* watch(session)
  const get = (path: string) =>
    askMetadata(client, { method: "GET", url: at(path), secret: ["x-aws-ec2-metadata-token", session] })
  const roles = yield* get("meta-data/iam/security-credentials/").pipe(
    Effect.mapError((fault) => (fault.status === 404 ? new MetadataFault({ why: NO_ROLE, status: 404 }) : fault)),
  )
  const role = Redacted.value(roles)
  if (!/^[\w+=,.@-]{1,128}$/.test(role)) return yield* new MetadataFault({ why: NO_ROLE, status: 200 })
  return yield* Effect.flatMap(get(`meta-data/iam/security-credentials/${encodeURIComponent(role)}`), readKeys)
})

const NO_ANSWER =
  "(is this an EC2 instance with its metadata service on? From within a container the service's hop limit must be 2)"
const NO_ROLE = "has no role for this instance: attach an instance profile"

/** The keys of a container's role, from where the platform says they are. */
export const containerKeys = Effect.fnUntraced(function* (
  client: HttpClient.HttpClient,
  address: string,
  authorization: VaultToken | undefined,
) {
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (url === undefined || !isContainerAddress(url))
    return yield* new MetadataFault({ why: STRANGE_ADDRESS, status: 0 })
  if (authorization !== undefined && !isHeader(authorization))
    return yield* new MetadataFault({ why: "cannot be asked: its authorization token is no header", status: 0 })
  const secret = authorization && (["authorization", authorization] as const)
  return yield* Effect.flatMap(askMetadata(client, { method: "GET", url, secret }), readKeys)
})

const STRANGE_ADDRESS =
  "has an address that is not asked for keys: it takes https, or http to loopback, 169.254.170.2, 169.254.170.23 or [fd00:ec2::23]"

/** The addresses that the official clients ask, too. Over plain http nothing leaves this machine or its host. */
export const isContainerAddress = (url: URL): boolean => {
  if (url.username !== "" || url.password !== "") return false
  if (url.protocol === "https:") return true
  return (
    url.protocol === "http:" &&
    (/^127\.\d+\.\d+\.\d+$/.test(url.hostname) ||
      ["localhost", "[::1]", "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"].includes(url.hostname))
  )
}

const isHeader = (value: VaultToken): boolean => /^[\x21-\x7e][\x20-\x7e]{0,16383}$/.test(Redacted.value(value))
