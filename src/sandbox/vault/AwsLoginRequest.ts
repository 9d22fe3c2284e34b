/** The signed `GetCallerIdentity` that an AWS login consists of: out of the parameters, and who the answer says it was. */
import { Option, Result, Schema } from "effect"
import type { SignedRequest } from "./AwsForward.ts"
import { goText } from "./Duration.ts"
import { type Params, recordOf } from "./Fields.ts"
import type { Json, JsonRecord } from "./Protocol.ts"
import { elementText } from "./Xml.ts"

/** The header that binds a signed request to one Vault, where its server asks for that. */
const SERVER_ID = "x-vault-aws-iam-server-id"

/** Headers of AWS that a request may carry; others could change what it means. */
const ALLOWED = new Set([
  "x-amz-algorithm",
  "x-amz-content-sha256",
  "x-amz-credential",
  "x-amz-date",
  "x-amz-security-token",
  "x-amz-signature",
  "x-amz-signedheaders",
  "x-amz-user-agent",
])

const decodeJson = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Record(Schema.String, Schema.Json)))
const fromBase64 = (text: string): string => Buffer.from(text, "base64").toString("utf8")

/** An object, its JSON, or that in base64; values are texts or lists of texts. */
const headersOf = (raw: Json | undefined): Readonly<Record<string, string>> => {
  const text = typeof raw === "string" ? raw : ""
  const decoded: JsonRecord =
    recordOf(raw) ?? Option.getOrElse(decodeJson(text.startsWith("{") ? text : fromBase64(text)), () => ({}))
  const entries = Object.entries(decoded).map(
    ([name, value]) =>
      [name.toLowerCase(), Array.isArray(value) ? value.map(goText).join(",") : goText(value)] as const,
  )
  return Object.fromEntries(entries)
}

/** Whether it can stand in the head of a request; a line break in it would begin another header. */
const isHeader = (name: string, value: string): boolean =>
  /^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name) && /^[\t\x20-\x7e\x80-\xff]*$/.test(value)

const isCallerIdentity = (body: string): boolean => {
  const pairs = [...new URLSearchParams(body)]
  return (
    pairs.filter(([name, value]) => name === "Action" && value === "GetCallerIdentity").length === 1 &&
    pairs.every(([name, value]) => name === "Version" || (name === "Action" && value === "GetCallerIdentity"))
  )
}

/** The signed request in the parameters, or what Vault says about them. */
export const signedRequestOf = (params: Params): Result.Result<SignedRequest, string> => {
  for (const name of ["iam_http_request_method", "iam_request_url", "iam_request_body"])
    if (params.text(name) === "") return Result.fail(`missing ${name}`)
  if (params.text("iam_http_request_method") !== "POST")
    return Result.fail("invalid iam_http_request_method; currently only 'POST' is supported")
  const url = fromBase64(params.text("iam_request_url"))
  if (!URL.canParse(url)) return Result.fail("error parsing iam_request_url")
  const { host, pathname, search, searchParams } = new URL(url)
  if (searchParams.has("Action")) return Result.fail("error parsing iam_request_url")
  const body = fromBase64(params.text("iam_request_body"))
  if (!isCallerIdentity(body)) return Result.fail("iam request body is invalid")
  const headers = headersOf(params.raw("iam_request_headers"))
  if (Object.keys(headers).length === 0) return Result.fail("missing iam_request_headers")
  const foreign = Object.entries(headers).find(
    ([name, value]) => !isHeader(name, value) || (name.startsWith("x-amz-") && !ALLOWED.has(name)),
  )
  if (foreign !== undefined) return Result.fail(`invalid request header: ${foreign[0]}`)
  return Result.succeed({ host: headers["host"] ?? host, target: pathname + search, headers, body })
}

/** What is wrong with the header that binds the request to this server; `undefined`: nothing. */
export const serverIdProblem = (headers: SignedRequest["headers"], wanted: string): string | undefined => {
  const given = headers[SERVER_ID] ?? ""
  if (given === "") return 'missing header "X-Vault-AWS-IAM-Server-ID"'
  if (given !== wanted) return `expected ${JSON.stringify(wanted)} but got ${JSON.stringify(given)}`
  const authorization = headers["authorization"]
  if (authorization === undefined) return "missing Authorization header"
  const signed = /SignedHeaders=([^,]+)/.exec(authorization)?.[1] ?? ""
  return signed.split(";").includes(SERVER_ID) ? undefined : "vault header wasn't signed"
}

/** Who signed. The canonical ARN is that of the user, or of the role without its path. */
export interface Caller {
  readonly arn: string
  readonly canonicalArn: string
  readonly account: string
  readonly kind: "user" | "role"
  /** The user's or role's name. */
  readonly name: string
  /** `AIDA…` or `AROA…`, without the session. */
  readonly uniqueId: string
}

const ARN = /^arn:(aws[\w-]*):(?:iam|sts)::(\d+):(user|role|assumed-role)\/(.+)$/

/** Who the answer to GetCallerIdentity names; the failure says what is wrong with it. */
export const callerOf = (xml: string): Result.Result<Caller, string> => {
  const arn = elementText(xml, "Arn")
  const userId = elementText(xml, "UserId")
  if (arn === undefined || userId === undefined)
    return Result.fail("error making upstream request: error parsing STS response")
  const [, partition, account, type, rest] = ARN.exec(arn) ?? []
  if (partition === undefined || account === undefined || rest === undefined)
    return Result.fail(`error parsing arn ${JSON.stringify(arn)}: unrecognized arn`)
  const parts = rest.split("/")
  const name = (type === "assumed-role" ? parts[0] : parts.at(-1)) ?? ""
  const kind = type === "user" ? "user" : "role"
  const canonicalArn = `arn:${partition}:iam::${account}:${kind}/${name}`
  return Result.succeed({ arn, canonicalArn, account, kind, name, uniqueId: userId.split(":")[0] ?? "" })
}
