/** What a request is about, in one line of text: what a fault's `about` is looked for in. */
import { paramsOf, serviceOf } from "../aws/Protocol.ts"
import type { Half } from "../Faults.ts"
import type { WireRequest } from "../Wire.ts"

/** `AssumeRole` of a form, `GetItem` of a JSON target; empty where the path says what is asked. */
const operationOf = (request: WireRequest): string =>
  request.headers["x-amz-target"]?.split(".").at(-1) ?? paramsOf(request).get("Action") ?? ""

/** `GET /v1/aws/creds/deploy?ttl=900s` at Vault, `sts POST / AssumeRole` or `s3 GET /bucket/key` at AWS. */
export const targetOf = (half: Half, request: WireRequest): string => {
  const asked = `${request.method} ${request.path}${request.query === "" ? "" : `?${request.query}`}`
  return half === "vault" ? asked : `${serviceOf(request)} ${asked} ${operationOf(request)}`.trimEnd()
}
