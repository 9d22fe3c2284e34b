/** The shape of a bucket's settings, apart from the code that asks for them: the contract is read at every start. */
import { Schema } from "effect"
import { Tags } from "../AwsFields.ts"

/** A member is absent when its question failed; then `errors` says why. */
export const BucketInfo = Schema.Struct({
  bucket: Schema.String,
  region: Schema.optionalKey(Schema.String),
  versioning: Schema.optionalKey(Schema.String.annotate({ description: "Enabled, Suspended or Disabled" })),
  encryption: Schema.optionalKey(Schema.String.annotate({ description: "algorithm, or none" })),
  public_access_block: Schema.optionalKey(
    Schema.Struct({
      block_public_acls: Schema.Boolean,
      ignore_public_acls: Schema.Boolean,
      block_public_policy: Schema.Boolean,
      restrict_public_buckets: Schema.Boolean,
    }),
  ),
  policy_status: Schema.optionalKey(Schema.Literals(["public", "not public", "no policy"])),
  tags: Schema.optionalKey(Tags),
  lifecycle: Schema.optionalKey(Schema.Array(Schema.Struct({ id: Schema.String, status: Schema.String }))),
  logging: Schema.optionalKey(Schema.String.annotate({ description: "target bucket, or off" })),
  errors: Schema.optionalKey(Schema.Record(Schema.String, Schema.String)),
})
