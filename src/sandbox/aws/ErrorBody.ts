/** Writes a refusal as the error answer of the protocol it was asked in. Shapes were measured on real clients' wires. */
import type { WireRequest, WireResponse } from "../Wire.ts"
import type { AwsRefusal } from "./AwsCall.ts"
import type { Protocol } from "./Protocol.ts"
import { element, leaf, xmlDocument } from "./XmlElement.ts"

/** What an error body tells beside the refusal itself. */
interface ErrorContext {
  readonly protocol: Protocol
  readonly service: string
  readonly request: WireRequest
  readonly requestId: string
  /** S3's second id. */
  readonly hostId: string
}

const XML = { "content-type": "text/xml;charset=UTF-8" }

/** The XML namespace of a query-protocol service; made up for those the sandbox does not have. */
export const queryNamespace = (service: string): string =>
  service === "iam"
    ? "https://iam.amazonaws.com/doc/2010-05-08/"
    : service === "sts"
      ? "https://sts.amazonaws.com/doc/2011-06-15/"
      : `https://${service}.amazonaws.com/doc/`

/** Errors that AWS's common front door gives, not the service behind it. */
const frontDoor = new Set([
  "UnrecognizedClientException",
  "InvalidSignatureException",
  "MissingAuthenticationTokenException",
  "IncompleteSignatureException",
  "ExpiredTokenException",
  "AccessDeniedException",
  "UnknownOperationException",
  "SerializationException",
  "ValidationException",
])

/** `__type` of a JSON error: DynamoDB writes a namespace before the code, others the code alone. */
const jsonType = (service: string, code: string): string => {
  if (service !== "dynamodb") return code
  return `${frontDoor.has(code) ? "com.amazon.coral.service" : "com.amazonaws.dynamodb.v20120810"}#${code}`
}

const jsonAnswer = (refusal: AwsRefusal, context: ErrorContext): WireResponse => {
  const rest = context.protocol === "rest-json"
  const asked = context.request.headers["content-type"] ?? ""
  const contentType = asked.startsWith("application/x-amz-json-") ? asked : "application/x-amz-json-1.0"
  return {
    status: refusal.status,
    headers: {
      "content-type": rest ? "application/json" : contentType,
      "x-amzn-errortype": refusal.code,
      // SQS moved from the query protocol: its clients still read the old code, and who is to blame, from here.
      ...(context.service === "sqs" ? { "x-amzn-query-error": `${refusal.code};Sender` } : {}),
    },
    body: JSON.stringify({
      ...(rest ? {} : { __type: jsonType(context.service, refusal.code) }),
      message: refusal.message,
    }),
  }
}

/** The answer to a refused request. */
export const errorAnswer = (refusal: AwsRefusal, context: ErrorContext): WireResponse => {
  const { status, code, message } = refusal
  const codeAndMessage = leaf("Code", code) + leaf("Message", message)
  switch (context.protocol) {
    case "s3": {
      const fields = Object.entries(refusal.fields ?? {}).map(([name, value]) => leaf(name, value))
      const ids = leaf("RequestId", context.requestId) + leaf("HostId", context.hostId)
      const body = `<?xml version="1.0" encoding="UTF-8"?>\n${element("Error", codeAndMessage, ...fields, ids)}`
      return { status, headers: { "content-type": "application/xml" }, body }
    }
    case "ec2": {
      const errors = element("Errors", element("Error", codeAndMessage))
      const body = `<?xml version="1.0" encoding="UTF-8"?>\n${element("Response", errors, leaf("RequestID", context.requestId))}`
      return { status, headers: XML, body }
    }
    case "query": {
      const error = element("Error", leaf("Type", status < 500 ? "Sender" : "Receiver"), codeAndMessage)
      const namespace = queryNamespace(context.service)
      return {
        status,
        headers: XML,
        body: xmlDocument("ErrorResponse", namespace, error, leaf("RequestId", context.requestId)),
      }
    }
    case "json":
    case "rest-json":
      return jsonAnswer(refusal, context)
  }
}
