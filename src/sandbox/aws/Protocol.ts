/** Which of AWS's wire protocols a request speaks. All services share one port, so the signature's scope decides. */
import { authorizationOf } from "../SigV4.ts"
import { formPairs, queryPairs, type WireRequest } from "../Wire.ts"

/**
 * `s3`: paths and XML · `ec2`: form in, EC2's own XML out · `query`: form in, XML out (STS, IAM, SNS, …) ·
 * `json`: `X-Amz-Target` and JSON (DynamoDB, SQS, Logs, …) · `rest-json`: paths and JSON (Lambda).
 */
export type Protocol = "s3" | "ec2" | "query" | "json" | "rest-json"

const known: ReadonlyMap<string, Protocol> = new Map([
  ["s3", "s3"],
  ["s3express", "s3"],
  ["ec2", "ec2"],
  ["sts", "query"],
  ["iam", "query"],
  ["dynamodb", "json"],
  ["lambda", "rest-json"],
])

/** The protocol of a service; for one that the sandbox does not know, what the request looks like. */
export const protocolOf = (service: string, request: WireRequest): Protocol => {
  const protocol = known.get(service)
  if (protocol !== undefined) return protocol
  if (request.headers["x-amz-target"] !== undefined) return "json"
  return request.path === "/" ? "query" : "rest-json"
}

const isForm = (request: WireRequest): boolean =>
  (request.headers["content-type"] ?? "").startsWith("application/x-www-form-urlencoded")

/** The fields of a query-protocol request: its form and, for a GET, its query. Later ones win. */
export const paramsOf = (request: WireRequest): ReadonlyMap<string, string> =>
  new Map([...queryPairs(request.query), ...(isForm(request) ? formPairs(request.body) : [])])

/** API versions by which an unsigned form still says whom it means. */
const versions: ReadonlyMap<string, string> = new Map([
  ["2011-06-15", "sts"],
  ["2010-05-08", "iam"],
  ["2016-11-15", "ec2"],
])

const targets: ReadonlyArray<readonly [string, string]> = [
  ["DynamoDB_", "dynamodb"],
  ["AmazonSQS.", "sqs"],
  ["Logs_", "logs"],
  ["TrentService.", "kms"],
  ["secretsmanager.", "secretsmanager"],
  ["AmazonSSM.", "ssm"],
]

/** The service an unsigned request most likely means, so that it is refused in words its client can read. */
const guessService = (request: WireRequest): string => {
  const target = request.headers["x-amz-target"]
  if (target !== undefined) return targets.find(([prefix]) => target.startsWith(prefix))?.[1] ?? "json"
  if (request.path.startsWith("/2015-03-31/")) return "lambda"
  const params = paramsOf(request)
  return params.has("Action") ? (versions.get(params.get("Version") ?? "") ?? "sts") : "s3"
}

/** The service a request is for: the one its signature names, or the one it most likely means. */
export const serviceOf = (request: WireRequest): string =>
  authorizationOf(request)?.scope.service ?? guessService(request)
