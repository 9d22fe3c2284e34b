/** The general AWS toolset: any operation of any service, and who and where we are. Names are public API. */
import { Effect, Schema } from "effect"
import { late } from "../../core/Late.ts"
import { count, cursor, place, text } from "../AwsFields.ts"
import { guarded } from "../Guarded.ts"

// Loaded at the first call: a server that is only asked for its list starts without them.
const handlers = late(() => import("./handlers.ts"))

const reads = { readOnly: true, destructive: false, idempotent: true, openWorld: true }

const Access = Schema.Literals(["read", "write", "sensitive-read"])

export const awsTools = [
  guarded({
    name: "aws_call",
    title: "Call any AWS operation",
    description:
      "Calls any operation of an AWS service (DynamoDB, Lambda, SQS, SNS, IAM, Logs, SSM, KMS …). Parameters are checked against AWS's model before anything is sent. Find operations with aws_find_operation; secret values are withheld.",
    toolset: "aws",
    annotations: { readOnly: false, destructive: true, idempotent: false, openWorld: true },
    input: Schema.Struct({
      service: text("e.g. dynamodb"),
      operation: text("e.g. ListTables or list-tables"),
      parameters: Schema.optionalKey(
        Schema.Record(Schema.String, Schema.Unknown).annotate({
          description: "AWS's own names; blobs as base64 or {text}",
        }),
      ),
      query: Schema.optionalKey(text("JMESPath over the result")),
      max_items: Schema.optionalKey(count(1, 10_000, "default 100")),
      cursor,
      dry_run: Schema.optionalKey(Schema.Boolean),
      ...place,
    }),
    output: Schema.Struct({
      service: Schema.String,
      operation: Schema.String,
      result: Schema.Json,
      next_cursor: Schema.optionalKey(Schema.String),
      warnings: Schema.optionalKey(Schema.Array(Schema.String)),
      note: Schema.optionalKey(Schema.String),
    }),
    handler: (input) => Effect.flatMap(handlers, (load) => load.awsCall(input)),
  }),
  guarded({
    name: "aws_get_caller_identity",
    title: "Get AWS caller identity",
    description: "Shows which AWS account and identity the leased credentials are.",
    toolset: "aws",
    annotations: reads,
    input: Schema.Struct(place),
    output: Schema.Struct({ user_id: Schema.String, account: Schema.String, arn: Schema.String }),
    handler: (input) => Effect.flatMap(handlers, (load) => load.getCallerIdentity(input)),
  }),
  guarded({
    name: "aws_list_regions",
    title: "List AWS regions",
    description: "Lists the account's AWS regions, whether they are opted in, and where a service is offered.",
    toolset: "aws",
    annotations: reads,
    input: Schema.Struct({
      service: Schema.optionalKey(text("only where it is offered")),
      opted_in: Schema.optionalKey(Schema.Boolean),
      ...place,
    }),
    output: Schema.Struct({
      regions: Schema.Array(
        Schema.Struct({ name: Schema.String, endpoint: Schema.String, opt_in_status: Schema.String }),
      ),
      note: Schema.optionalKey(Schema.String),
    }),
    handler: (input) => Effect.flatMap(handlers, (load) => load.listRegions(input)),
  }),
  guarded({
    name: "aws_find_operation",
    title: "Find AWS operation",
    description:
      "Searches AWS operations by words (query), or describes one (service and operation) with its input as JSON Schema for aws_call. Sends nothing to AWS.",
    toolset: "aws",
    annotations: { ...reads, openWorld: false },
    input: Schema.Struct({
      query: Schema.optionalKey(Schema.String),
      operation: Schema.optionalKey(Schema.String),
      service: Schema.optionalKey(Schema.String),
      limit: Schema.optionalKey(count(1, 50, "default 10")),
      ...place,
    }),
    output: Schema.Struct({
      operations: Schema.optionalKey(
        Schema.Array(
          Schema.Struct({ service: Schema.String, operation: Schema.String, summary: Schema.String, access: Access }),
        ),
      ),
      service: Schema.optionalKey(Schema.String),
      operation: Schema.optionalKey(Schema.String),
      summary: Schema.optionalKey(Schema.String),
      access: Schema.optionalKey(Access),
      input_schema: Schema.optionalKey(Schema.Json),
      note: Schema.optionalKey(Schema.String),
    }),
    handler: (input) => Effect.flatMap(handlers, (load) => load.findOperation(input)),
  }),
] as const
