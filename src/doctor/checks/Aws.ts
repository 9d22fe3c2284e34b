/** The checks of AWS as this machine reaches it: `aws`, before anything is leased, and `identity`, with what was. Pure. */
import type { AwsError } from "../../aws/AwsError.ts"
import type { AppConfigShape } from "../../config/AppConfig.ts"
import type { Cause } from "../Cause.ts"
import { type Check, fail, ok, skipped } from "../Check.ts"
import type { Answered, Silent } from "../Outside.ts"
import type { Leasing } from "./Credentials.ts"
import { notLeased } from "./Credentials.ts"

type Settings = Pick<AppConfigShape, "awsEndpoint" | "region">

const ENDPOINT = "VAULT_AWS_MCP_AWS_ENDPOINT_URL"
const REGION = "VAULT_AWS_MCP_AWS_REGION"

/** Domains of AWS's partitions by how their regions begin; STS of an isolated partition is not asked beforehand. */
const PARTITIONS: ReadonlyArray<readonly [region: RegExp, domain: string]> = [
  [/^cn-/, "amazonaws.com.cn"],
  [/^eusc-/, "amazonaws.eu"],
  [/^us-iso|^eu-iso/, ""],
  [/^/, "amazonaws.com"],
]

/** Where AWS is asked whether it is there: the operator's endpoint, else STS of the region. */
export const placeOf = ({ awsEndpoint, region }: Settings): URL | undefined => {
  if (awsEndpoint !== undefined) return new URL(awsEndpoint)
  const domain = PARTITIONS.find(([regions]) => regions.test(region))?.[1] ?? ""
  return domain === "" ? undefined : new URL(`https://sts.${region}.${domain}`)
}

/** What Node's codes mean. */
const CODES: Readonly<Record<string, string>> = {
  ECONNREFUSED: "the connection was refused",
  ENOTFOUND: "the host name is not known",
  EAI_AGAIN: "the host name could not be looked up",
  timeout: "no answer within 5 s",
}

/** Trouble that a signed call would meet as well; anything else may be a dislike of the plain question. */
const SURE =
  /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT|timeout|.*CERT.*|ERR_TLS_.*|ERR_SSL_.*|UNABLE_TO_.*)$/

/** Whether AWS can be reached from here. */
export const awsCheck = (place: URL, heard: Answered | Silent, { awsEndpoint, region }: Settings): Check => {
  const at = awsEndpoint ?? place.host
  if (heard._tag === "answered") return ok("aws", `${at} answers`)
  if (!SURE.test(heard.code)) return skipped("aws", `${at} does not answer a plain question (${heard.code})`)
  const why = CODES[heard.code] ?? `connecting failed with ${heard.code}`
  if (awsEndpoint !== undefined) {
    const fix = `start what ${ENDPOINT} names, correct it, or unset it to use AWS itself`
    return fail("aws", "aws_unreachable", `the AWS endpoint ${at} cannot be reached: ${why}`, fix)
  }
  if (heard.code === "ENOTFOUND") {
    return fail(
      "aws",
      "aws_region_unknown",
      `${at} is not known: ${region} is no region of AWS, or names of AWS are not found from here`,
      `set ${REGION} to a region such as us-east-1; if ${region} is right, mend DNS on this machine`,
    )
  }
  const fix = /CERT|TLS|SSL/.test(heard.code)
    ? "something in between ends the TLS: let AWS's hosts through, or give its authority in NODE_EXTRA_CA_CERTS"
    : `let this machine reach ${place.host} on port 443, or set ${ENDPOINT} to a VPC endpoint`
  return fail("aws", "aws_unreachable", `AWS at ${at} cannot be reached: ${why}`, fix)
}

/** Regions that every account has from the start; each later one has to be switched on (AWS General Reference). */
const ALWAYS_ON =
  /^(?:us-(?:east|west)-[12]|ca-central-1|sa-east-1|eu-(?:west-[123]|central-1|north-1)|ap-(?:northeast-[123]|southeast-[12]|south-1)|cn-.*|us-gov-.*)$/

const SKEWED = /Signature expired|not yet current|RequestExpired|TimeTooSkewed|RequestInTheFuture/i

/** AWS does not take the credentials that Vault has just got from it. */
const refused = (message: string, { awsEndpoint, region }: Settings): Check => {
  const bad = (cause: Cause, fix: string) => fail("identity", cause, message, fix)
  if (SKEWED.test(message)) return bad("clock_skew", "set this machine's clock: timedatectl set-ntp true")
  if (awsEndpoint !== undefined) {
    const fix = `let ${ENDPOINT} and sts_endpoint of Vault's engine (vault read aws/config/root) mean the same AWS, or unset both`
    return bad("credentials_refused", fix)
  }
  if (!ALWAYS_ON.test(region)) {
    const fix = `switch ${region} on in the account (aws account enable-region --region-name ${region}), or set ${REGION} to one that is on`
    return bad("aws_region_disabled", fix)
  }
  return bad(
    "credentials_refused",
    "run doctor again; if it goes on, see which AWS Vault's engine asks (its sts_endpoint)",
  )
}

/** AWS was asked who we are, and did not tell. */
export const unknownTo = (error: AwsError, settings: Settings, leasing: Leasing): Check => {
  const { message, reason } = error
  switch (reason._tag) {
    case "CredentialsRefused":
      return refused(message, settings)
    case "NoLease":
      return notLeased(error, leasing)
    case "Unreachable":
    case "OutcomeUnknown":
      return fail("identity", "aws_unreachable", message, `check the network, ${REGION} and ${ENDPOINT}`)
    case "Throttled":
      return fail("identity", "throttled", message, "wait some seconds, then run doctor again")
    case "AccessDenied":
      return fail("identity", "aws_denied", message, "allow sts:GetCallerIdentity, in the policy of a VPC endpoint too")
    case "Service":
      return /^(?:SignatureDoesNotMatch|InvalidSignature|RequestTimeTooSkewed|RequestInTheFuture)/.test(reason.code)
        ? refused(message, settings)
        : fail(
            "identity",
            "unexpected",
            message,
            `see what ${reason.code} of AWS means; its request id is ${reason.requestId ?? "not told"}`,
          )
    default:
      return fail("identity", "unexpected", message, `correct ${REGION} or ${ENDPOINT} as the words above say`)
  }
}
