/** The sandbox's Vault half without a socket and without AWS: requests by hand, and a fake that answers as STS and IAM. */
import { Clock, DateTime, Effect } from "effect"
import type { Dialect } from "../../src/sandbox/Dialect.ts"
import { type AwsQuery, AwsRefused, type AwsUpstream } from "../../src/sandbox/vault/AwsUpstream.ts"
import { makeVaultHalf, type VaultHalf } from "../../src/sandbox/vault/Server.ts"
import type { TlsPeer, WireResponse } from "../../src/sandbox/Wire.ts"

/** The root token of every half made here. */
export const ROOT = "hvs.root-of-the-test"

/** An answer with its body parsed; `json` is undefined when there was none. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  // A test looks into answers freely; a wrong guess fails the assertion.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly json: any
  readonly closed: boolean
}

const answerOf = (response: WireResponse): Answer => {
  if ("closed" in response) return { status: 0, headers: {}, json: undefined, closed: true }
  const text = Buffer.from(response.body).toString("utf8")
  return {
    status: response.status,
    headers: response.headers,
    json: text.startsWith("{") ? JSON.parse(text) : text,
    closed: false,
  }
}

/** What a request carries beside its path. Without `token` the root token is sent; `null` sends none. */
export interface Sent {
  readonly token?: string | null
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** The TLS connection it pretends to come over. */
  readonly tls?: TlsPeer
}

/** Sends one request; `target` begins after `/v1/` and may have a query. */
export const ask = (half: VaultHalf, method: string, target: string, sent: Sent = {}): Effect.Effect<Answer> => {
  const at = target.indexOf("?")
  const token = sent.token === undefined ? ROOT : sent.token
  return Effect.map(
    half.handler({
      method,
      path: `/v1/${at < 0 ? target : target.slice(0, at)}`,
      query: at < 0 ? "" : target.slice(at + 1),
      headers: { ...(token === null ? {} : { "x-vault-token": token }), ...sent.headers },
      body: sent.body === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(sent.body)),
      ...(sent.tls === undefined ? {} : { tls: sent.tls }),
    }),
    answerOf,
  )
}

/** A fake AWS: its users with their keys, the calls it got, and the actions it refuses by name. */
export interface FakeAws {
  readonly upstream: AwsUpstream
  readonly users: Map<string, ReadonlyArray<string>>
  readonly calls: Array<AwsQuery>
  readonly refusals: Map<string, AwsRefused>
}

/** A refusal as the Go SDK prints it. */
export const refusal = (status: number, code: string, message: string): AwsRefused =>
  new AwsRefused({ code, text: `${code}: ${message}\n\tstatus code: ${status}, request id: r1` })

/** Starts the fake without users. */
export const fakeAws = (): FakeAws => {
  const users = new Map<string, ReadonlyArray<string>>()
  const calls: Array<AwsQuery> = []
  const refusals = new Map<string, AwsRefused>()
  let made = 0

  const session = (query: AwsQuery, now: number): string => {
    const end = DateTime.formatIso(DateTime.makeUnsafe(now + Number(query.params["DurationSeconds"]) * 1000))
    const arn = `${(query.params["RoleArn"] ?? "").replace(":iam:", ":sts:").replace(":role/", ":assumed-role/")}/${query.params["RoleSessionName"]}`
    made++
    return `<Credentials><AccessKeyId>ASIA${made}</AccessKeyId><SecretAccessKey>s&amp;${made}</SecretAccessKey><SessionToken>t${made}</SessionToken><Expiration>${end}</Expiration></Credentials><AssumedRoleUser><Arn>${arn}</Arn></AssumedRoleUser>`
  }

  const answer = (query: AwsQuery, now: number): string | AwsRefused => {
    const user = query.params["UserName"] ?? ""
    const keys = users.get(user)
    if (query.service === "sts") return session(query, now)
    if (query.action === "CreateUser") {
      users.set(user, [])
      return `<UserName>${user}</UserName>`
    }
    if (query.action === "GetUser" && user === "") return "<UserName>vault</UserName>"
    if (keys === undefined && user !== "vault")
      return refusal(404, "NoSuchEntity", `The user with name ${user} cannot be found.`)
    switch (query.action) {
      case "GetUser":
        return `<UserId>AIDA-${user}</UserId><UserName>${user}</UserName>`
      case "CreateAccessKey": {
        made++
        users.set(user, [...(keys ?? []), `AKIA${made}`])
        return `<AccessKeyId>AKIA${made}</AccessKeyId><SecretAccessKey>secret${made}</SecretAccessKey>`
      }
      case "ListAccessKeys":
        return `<AccessKeyMetadata>${(keys ?? []).map((key) => `<member><AccessKeyId>${key}</AccessKeyId><CreateDate>2026-01-01</CreateDate></member>`).join("")}</AccessKeyMetadata>`
      case "DeleteAccessKey":
        users.set(
          user,
          (keys ?? []).filter((key) => key !== query.params["AccessKeyId"]),
        )
        return ""
      case "DeleteUser":
        users.delete(user)
        return ""
      default:
        return ""
    }
  }

  const call = Effect.fnUntraced(function* (query: AwsQuery) {
    calls.push(query)
    const refused = refusals.get(query.action)
    if (refused !== undefined) return yield* refused
    const said = answer(query, yield* Clock.currentTimeMillis)
    return typeof said === "string" ? said : yield* said
  })
  return { upstream: { call }, users, calls, refusals }
}

/** A new half on a fake AWS. */
export const newHalf = Effect.fnUntraced(function* (dialect: Dialect = "1.14") {
  const aws = fakeAws()
  const half = yield* makeVaultHalf({ rootToken: ROOT, upstream: aws.upstream, dialect })
  return { aws, half }
})

/** The same with an AWS engine at `aws/` and three roles: `deploy` (assumed_role), `user` (iam_user), `fed`. */
export const awsHalf = Effect.fnUntraced(function* (dialect: Dialect = "1.14") {
  const { aws, half } = yield* newHalf(dialect)
  const post = (path: string, body: unknown) => ask(half, "POST", path, { body })
  yield* post("sys/mounts/aws", { type: "aws" })
  yield* post("aws/config/root", { access_key: "AKIAROOT", secret_key: "root-secret", region: "eu-west-1" })
  yield* post("aws/config/lease", { lease: "1h", lease_max: "24h" })
  yield* post("aws/roles/deploy", {
    credential_type: "assumed_role",
    role_arns: "arn:aws:iam::123456789012:role/Deploy",
  })
  yield* post("aws/roles/user", {
    credential_type: "iam_user",
    policy_arns: ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
  })
  yield* post("aws/roles/fed", { credential_type: "federation_token", policy_document: '{ "Statement": [] }' })
  return { aws, half }
})

/** A policy written by root, and a token that has it. */
export const tokenWith = Effect.fnUntraced(function* (half: VaultHalf, policy: string, more: object = {}) {
  yield* ask(half, "PUT", "sys/policies/acl/test", { body: { policy } })
  const made = yield* ask(half, "POST", "auth/token/create", { body: { policies: ["test"], ttl: "1h", ...more } })
  return String(made.json.auth.client_token)
})
