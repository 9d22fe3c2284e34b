/** Stand-ins for the policies that AWS manages (`arn:aws:iam::aws:policy/NAME`): the same intent in few lines. */
import { type PolicyDocument, policyOf } from "./PolicyDocument.ts"

const READS = ["*:Describe*", "*:Get*", "*:List*", "*:BatchGet*", "*:Query", "*:Scan", "*:Lookup*", "*:Head*"]

const allowing = (actions: ReadonlyArray<string>): PolicyDocument => policyOf("Allow", actions)

/** Everything but who may do what. */
const powerUser: PolicyDocument = [
  {
    effect: "Allow",
    actions: { not: true, patterns: ["iam:*", "organizations:*", "account:*"] },
    resources: { not: false, patterns: ["*"] },
    conditions: [],
  },
]

const documents: ReadonlyMap<string, PolicyDocument> = new Map([
  ["AdministratorAccess", allowing(["*"])],
  ["PowerUserAccess", powerUser],
  ["ReadOnlyAccess", allowing(READS)],
  ["job-function/ViewOnlyAccess", allowing(["*:Describe*", "*:List*"])],
  ["SecurityAudit", allowing(["*:Describe*", "*:List*", "iam:Get*", "s3:GetBucket*"])],
  ["IAMFullAccess", allowing(["iam:*"])],
  ["IAMReadOnlyAccess", allowing(["iam:Get*", "iam:List*"])],
  ["AmazonS3FullAccess", allowing(["s3:*"])],
  ["AmazonS3ReadOnlyAccess", allowing(["s3:Get*", "s3:List*", "s3:Describe*"])],
  ["AmazonEC2FullAccess", allowing(["ec2:*"])],
  ["AmazonEC2ReadOnlyAccess", allowing(["ec2:Describe*", "ec2:Get*"])],
  ["AmazonDynamoDBFullAccess", allowing(["dynamodb:*"])],
  [
    "AmazonDynamoDBReadOnlyAccess",
    allowing([
      "dynamodb:BatchGetItem",
      "dynamodb:Describe*",
      "dynamodb:GetItem",
      "dynamodb:List*",
      "dynamodb:Query",
      "dynamodb:Scan",
    ]),
  ],
])

const PREFIX = "arn:aws:iam::aws:policy/"

/** The document behind a managed policy's ARN; `undefined` when the sandbox has none of that name. */
export const managedPolicy = (arn: string): PolicyDocument | undefined =>
  arn.startsWith(PREFIX) ? documents.get(arn.slice(PREFIX.length)) : undefined
