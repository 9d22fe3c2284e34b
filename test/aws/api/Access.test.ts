import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { NormalizedSchema } from "@smithy/core/schema"
import { accessOf, idempotent } from "../../../src/aws/api/Access.ts"
import { isSecret } from "../../../src/aws/api/Secrets.ts"
import { membersOf } from "../../../src/aws/api/ServiceModel.ts"
import { everyOperation, operationOf } from "./Samples.ts"

/** Paths of members in an output that hold credentials. */
const secretsIn = (schema: NormalizedSchema, path: string, seen = new Set<unknown>()): ReadonlyArray<string> => {
  if (schema.isListSchema() || schema.isMapSchema()) return secretsIn(schema.getValueSchema(), `${path}[]`, seen)
  if (seen.has(schema.getSchema())) return []
  seen.add(schema.getSchema())
  return [...membersOf(schema)].flatMap(([name, member]) =>
    isSecret(name, member) ? [`${path}.${name}`] : secretsIn(member, `${path}.${name}`, seen),
  )
}

describe("Access", () => {
  it.effect("no operation that changes things is taken for a read: the verbs of REST agree with the names", () =>
    Effect.gen(function* () {
      const byVerb = new Set(["GET", "HEAD"])
      const disagree = (yield* everyOperation)
        .filter(({ http, name, service }) => {
          const rest = service === "s3" || service === "lambda"
          return rest && http !== undefined && byVerb.has(http.method) !== (accessOf(service, name) !== "write")
        })
        .map(({ name, service }) => `${service}:${name}`)
      // The one POST that reads: SQL over one object.
      assert.deepStrictEqual(disagree, ["s3:SelectObjectContent"])
    }),
  )

  it.effect("reads that answer credentials are sensitive, whatever AWS adds", () =>
    Effect.gen(function* () {
      const plain = (yield* everyOperation)
        .filter(({ name, service }) => accessOf(service, name) === "read")
        .flatMap(({ name, output, service }) => secretsIn(output, `${service}:${name}`))
      assert.deepStrictEqual(plain, [
        // Not secrets but the marks of one that was: AWS leaves the value out of lists.
        "ec2:DescribeBundleTasks.BundleTasks[].Storage.S3.UploadPolicySignature",
        "ec2:DescribeVerifiedAccessTrustProviders.VerifiedAccessTrustProviders[].OidcOptions.ClientSecret",
        "iam:ListVirtualMFADevices.VirtualMFADevices[].Base32StringSeed",
        "iam:ListVirtualMFADevices.VirtualMFADevices[].QRCodePNG",
      ])
    }),
  )

  it("names that begin like a read are not all reads", () => {
    assert.strictEqual(accessOf("ec2", "DescribeInstances"), "read")
    assert.strictEqual(accessOf("ec2", "CancelExportTask"), "write")
    assert.strictEqual(accessOf("sts", "GetFederationToken"), "write")
    assert.strictEqual(accessOf("dynamodb", "ExecuteStatement"), "write")
    assert.strictEqual(accessOf("kms", "Decrypt"), "write")
    assert.strictEqual(accessOf("secrets-manager", "GetSecretValue"), "sensitive-read")
    assert.strictEqual(accessOf("s3", "CreateSession"), "sensitive-read")
    assert.strictEqual(accessOf("s3", "SomethingNew"), "write")
    assert.strictEqual(accessOf("s3", "constructor"), "write")
  })

  it.effect("only reads, and writes with a token of their own, may be repeated", () =>
    Effect.gen(function* () {
      assert.isTrue(idempotent(yield* operationOf("s3", "GetObject")))
      assert.isTrue(idempotent(yield* operationOf("ec2", "RunInstances")))
      assert.isFalse(idempotent(yield* operationOf("sqs", "SendMessage")))
      assert.isFalse(idempotent(yield* operationOf("lambda", "Invoke")))
    }),
  )
})
