/**
 * The sandbox's Vault half as an HttpClient on the test's clock: without a socket, and with an AWS that gives out
 * sessions and counts. Answers come in the same instant. Knows the truth about every key that was given out.
 */
import { Clock, DateTime, Effect, Stream } from "effect"
import { HttpClient, type HttpClientRequest, HttpClientResponse } from "effect/http"
import type { AwsUpstream } from "../../src/sandbox/vault/AwsUpstream.ts"
import { makeVaultHalf } from "../../src/sandbox/vault/Server.ts"
import type { WireRequest, WireResponse } from "../../src/sandbox/Wire.ts"
import { ask, fakeAws, ROOT } from "./VaultCalls.ts"

/** A request as Vault got it: `GET aws/creds/deploy`. `at`: milliseconds since the beginning. */
export interface Asked {
  readonly at: number
  readonly what: string
}

/** When Vault's lease of a key and AWS's session end. Milliseconds of the world's clock. */
export interface Issued {
  readonly lease: string
  readonly leaseEnds: number
  readonly sessionEnds: number
}

export interface InstantVaultOptions {
  /** The engine's maximum, as an operator tunes it: `30s`. */
  readonly mountMax?: string
  /** The longest session of the role `deploy`. */
  readonly roleMax?: string
  /** How long an IAM user's lease is granted, and to what age it can be renewed. */
  readonly userLease?: { readonly lease: string; readonly lease_max: string }
  /** The longest life of a token that is renewed. */
  readonly tokenMax?: string
  /** What Vault answers instead of the half; `undefined`: what the half says. */
  readonly instead?: (request: WireRequest) => WireResponse | undefined
}

/** What the agents' token may do; the rest is in Vault's `default` policy. */
const POLICY = `path "aws/creds/*" { capabilities = ["read"] }
path "sys/leases/revoke" { capabilities = ["update"] }`

/** AWS tells ends in whole seconds; secrets long enough to be watched for. */
const asAws = (xml: string): string =>
  xml
    .replace(/(<Expiration>[^<]*)\.\d+Z/, "$1Z")
    .replace("<SecretAccessKey>", "<SecretAccessKey>secret-canary-of-")
    .replace("<SessionToken>", "<SessionToken>session-canary-of-")

const textOf = (xml: string, name: string): string => new RegExp(`<${name}>([^<]*)<`).exec(xml)?.[1] ?? ""

interface LeasedAnswer {
  readonly lease_id?: string
  readonly lease_duration?: number
  readonly data?: { readonly access_key?: string; readonly ttl?: number } | null
}

/** An answer of Vault's, as far as it is about a lease. */
const readAnswer = (body: Uint8Array | string): LeasedAnswer => JSON.parse(Buffer.from(body).toString("utf8"))

const wireOf = (request: HttpClientRequest.HttpClientRequest, url: URL): WireRequest => ({
  method: request.method,
  path: url.pathname,
  query: url.search.slice(1),
  headers: request.headers,
  body: request.body._tag === "Uint8Array" ? request.body.body : new Uint8Array(),
})

/** A web response is read by promises, of which the test's clock knows nothing; this one is there at once. */
const answerOf = (request: HttpClientRequest.HttpClientRequest, wire: WireResponse) => {
  if ("closed" in wire) throw new Error("the half closed the connection")
  const bytes = Buffer.from(wire.body)
  const none = wire.status === 204 || bytes.length === 0
  const web = new Response(none ? null : bytes, { status: wire.status, headers: wire.headers })
  const stream = { value: none ? Stream.empty : Stream.succeed(new Uint8Array(bytes)) }
  // The web response with another stream.
  return Object.create(HttpClientResponse.fromWeb(request, web), { stream }) as HttpClientResponse.HttpClientResponse
}

/** Starts the half with an AWS engine, the roles `deploy` (assumed_role) and `user` (iam_user), and the policy `agent`. */
export const makeInstantVault = Effect.fnUntraced(function* (options: InstantVaultOptions) {
  const world = yield* Clock.clockWith(Effect.succeed)
  const start = world.currentTimeMillisUnsafe()
  const aws = fakeAws()
  const asked: Array<Asked> = []
  const issued = new Map<string, Issued>()
  const sessionEnds = new Map<string, number>()
  const upstream: AwsUpstream = {
    call: (query) =>
      Effect.map(aws.upstream.call(query), (said) => {
        const xml = asAws(said)
        const end = textOf(xml, "Expiration")
        if (end !== "") sessionEnds.set(textOf(xml, "AccessKeyId"), DateTime.toEpochMillis(DateTime.makeUnsafe(end)))
        return xml
      }),
  }
  const half = yield* makeVaultHalf({ rootToken: ROOT, upstream })
  const post = (path: string, body: object) => ask(half, "POST", path, { body })
  yield* post("sys/mounts/aws", { type: "aws" })
  yield* post("aws/config/root", { access_key: "AKIAROOT", secret_key: "root-secret", region: "eu-west-1" })
  yield* post("aws/config/lease", options.userLease ?? { lease: "1h", lease_max: "768h" })
  yield* post("aws/roles/deploy", {
    credential_type: "assumed_role",
    role_arns: "arn:aws:iam::123456789012:role/Deploy",
    max_sts_ttl: options.roleMax ?? "12h",
  })
  yield* post("aws/roles/user", {
    credential_type: "iam_user",
    policy_arns: ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
  })
  yield* post("sys/policies/acl/agent", { policy: POLICY })
  if (options.mountMax !== undefined) yield* post("sys/mounts/aws/tune", { max_lease_ttl: options.mountMax })
  if (options.tokenMax !== undefined) yield* post("sys/auth/token/tune", { max_lease_ttl: options.tokenMax })

  /** Keeps what an answer promises about its key, or a renewal about that of its lease. */
  const remember = (response: WireResponse, at: number): void => {
    if ("closed" in response || response.status !== 200) return
    const { data, lease_duration: seconds = 0, lease_id: lease = "" } = readAnswer(response.body)
    const leaseEnds = seconds === 0 ? Infinity : at + seconds * 1000
    const key = data?.access_key
    if (key === undefined) {
      for (const [of, one] of issued) if (lease !== "" && one.lease === lease) issued.set(of, { ...one, leaseEnds })
      return
    }
    const told = data?.ttl === undefined ? Infinity : at + data.ttl * 1000
    issued.set(key, { lease, leaseEnds, sessionEnds: sessionEnds.get(key) ?? told })
    sessionEnds.delete(key)
  }

  const client = HttpClient.make((request, url) =>
    Effect.gen(function* () {
      const wire = wireOf(request, url)
      const at = world.currentTimeMillisUnsafe()
      asked.push({ at: at - start, what: `${wire.method} ${wire.path.replace("/v1/", "")}` })
      // The half keeps the world's time, whatever the machine of the caller thinks.
      const real = Effect.provideService(half.handler(wire), Clock.Clock, world)
      const response = options.instead?.(wire) ?? (yield* real)
      remember(response, at)
      return answerOf(request, response)
    }),
  )
  return { half, aws, client, asked, issued }
})
