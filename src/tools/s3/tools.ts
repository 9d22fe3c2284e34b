/** The S3 toolset: buckets and objects. Names, arguments and members are public API. */
import { Effect, Schema } from "effect"
import { late } from "../../core/Late.ts"
import { count, cursor, place, text } from "../AwsFields.ts"
import { guarded } from "../Guarded.ts"
import { BucketInfo } from "./shapes.ts"

// Loaded at the first call: a server that is only asked for its list starts without them.
const handlers = late(() => import("./handlers.ts"))
const reading = late(() => import("./getObject.ts"))
const info = late(() => import("./bucketInfo.ts"))

const reads = { readOnly: true, destructive: false, idempotent: true, openWorld: true }
const bucket = Schema.String
const key = Schema.String

const told = Schema.Struct({
  bucket: Schema.String,
  key: Schema.String,
  version_id: Schema.optionalKey(Schema.String),
  etag: Schema.optionalKey(Schema.String),
  message: Schema.String,
})

export const s3Tools = [
  guarded({
    name: "s3_list_buckets",
    title: "List S3 buckets",
    description: "Lists the account's S3 buckets with their creation dates.",
    toolset: "s3",
    annotations: reads,
    input: Schema.Struct({
      prefix: Schema.optionalKey(Schema.String),
      limit: Schema.optionalKey(count(1, 1000, "default 100")),
      cursor,
      ...place,
    }),
    output: Schema.Struct({
      buckets: Schema.Array(
        Schema.Struct({ name: Schema.String, creation_date: Schema.String, region: Schema.optionalKey(Schema.String) }),
      ),
      next_cursor: Schema.optionalKey(Schema.String),
    }),
    handler: (input) => Effect.flatMap(handlers, (load) => load.listBuckets(input)),
  }),
  guarded({
    name: "s3_list_objects",
    title: "List S3 objects",
    description:
      "Lists objects of a bucket by key. With delimiter / it shows one folder level and the prefixes below it.",
    toolset: "s3",
    annotations: reads,
    input: Schema.Struct({
      bucket,
      prefix: Schema.optionalKey(Schema.String),
      max_keys: Schema.optionalKey(count(1, 1000, "default 100")),
      delimiter: Schema.optionalKey(Schema.String),
      cursor,
      ...place,
    }),
    output: Schema.Struct({
      objects: Schema.Array(Schema.Struct({ key: Schema.String, size: Schema.Finite, last_modified: Schema.String })),
      prefixes: Schema.optionalKey(Schema.Array(Schema.String)),
      is_truncated: Schema.Boolean,
      next_cursor: Schema.optionalKey(Schema.String),
    }),
    handler: (input) => Effect.flatMap(handlers, (load) => load.listObjects(input)),
  }),
  guarded({
    name: "s3_get_object",
    title: "Get S3 object",
    description:
      "Downloads an object's content, at most 32 KiB at a time; next_range fetches the rest. Text as text, anything else as base64.",
    toolset: "s3",
    annotations: reads,
    input: Schema.Struct({
      bucket,
      key,
      version_id: Schema.optionalKey(Schema.String),
      range: Schema.optionalKey(text("bytes, e.g. 0-1023")),
      encoding: Schema.optionalKey(Schema.Literals(["auto", "text", "base64"])),
      ...place,
    }),
    output: Schema.Struct({
      bucket: Schema.String,
      key: Schema.String,
      content: Schema.String,
      content_type: Schema.optionalKey(Schema.String),
      size: Schema.Finite.annotate({ description: "bytes of the whole object" }),
      encoding: Schema.Literals(["text", "base64"]),
      range: Schema.optionalKey(Schema.String),
      next_range: Schema.optionalKey(Schema.String),
      version_id: Schema.optionalKey(Schema.String),
    }),
    handler: (input) => Effect.flatMap(reading, (load) => load.getObject(input)),
  }),
  guarded({
    name: "s3_put_object",
    title: "Put S3 object",
    description:
      "Uploads content to an object and replaces what is there; if_none_match * refuses to replace, if_match replaces only that etag.",
    toolset: "s3",
    annotations: { readOnly: false, destructive: true, idempotent: true, openWorld: true },
    input: Schema.Struct({
      bucket,
      key,
      content: Schema.String,
      content_type: Schema.optionalKey(Schema.String),
      encoding: Schema.optionalKey(Schema.Literals(["text", "base64"]).annotate({ description: "of content" })),
      metadata: Schema.optionalKey(Schema.Record(Schema.String, Schema.String)),
      if_match: Schema.optionalKey(text("etag")),
      if_none_match: Schema.optionalKey(text("*")),
      ...place,
    }),
    output: told,
    handler: (input) => Effect.flatMap(handlers, (load) => load.putObject(input)),
  }),
  guarded({
    name: "s3_delete_object",
    title: "Delete S3 object",
    description:
      "Deletes an object, or one version for good. In a versioned bucket, without version_id, older versions stay.",
    toolset: "s3",
    annotations: { readOnly: false, destructive: true, idempotent: true, openWorld: true },
    input: Schema.Struct({ bucket, key, version_id: Schema.optionalKey(Schema.String), ...place }),
    output: told,
    handler: (input) => Effect.flatMap(handlers, (load) => load.deleteObject(input)),
  }),
  guarded({
    name: "s3_get_bucket_info",
    title: "Get S3 bucket info",
    description:
      "Shows a bucket's region, versioning, encryption, public access block, policy status, tags, lifecycle and logging. What may not be read says so alone.",
    toolset: "s3",
    annotations: reads,
    input: Schema.Struct({ bucket, ...place }),
    output: BucketInfo,
    handler: (input) => Effect.flatMap(info, (load) => load.bucketInfo(input)),
  }),
] as const
