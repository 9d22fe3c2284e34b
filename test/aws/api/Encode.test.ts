import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { CollectedBody, CollectedEvents } from "../../../src/aws/api/Body.ts"
import { encode, encodeVerbatim } from "../../../src/aws/api/Encode.ts"
import type { ServiceId } from "../../../src/aws/api/ServiceModel.ts"
import { operationOf } from "./Samples.ts"

const shown = (service: ServiceId, name: string, output: unknown) =>
  Effect.map(operationOf(service, name), (operation) => encode(operation.output, output))

describe("Encode", () => {
  it.effect("writes dates in RFC 3339 and leaves out what the model does not know", () =>
    Effect.gen(function* () {
      const output = {
        $metadata: { requestId: "r" },
        Buckets: [{ Name: "b", CreationDate: new Date("2026-01-31T12:00:00Z"), Surprise: 1 }],
        Prefix: undefined,
      }
      assert.deepStrictEqual(yield* shown("s3", "ListBuckets", output), {
        Buckets: [{ Name: "b", CreationDate: "2026-01-31T12:00:00.000Z" }],
      })
    }),
  )

  it.effect("shows bytes as text only when that loses and hides nothing", () =>
    Effect.gen(function* () {
      const payload = (bytes: Uint8Array) => shown("lambda", "Invoke", { Payload: bytes })
      assert.deepStrictEqual(yield* payload(Buffer.from('{"ok":"é"}\r\n')), { Payload: { text: '{"ok":"é"}\r\n' } })
      assert.deepStrictEqual(yield* payload(Buffer.from([0xff, 0x01])), { Payload: { base64: "/wE=" } })
      // A right-to-left override would make the text read as another.
      assert.deepStrictEqual(yield* payload(Buffer.from("a\u202eb")), { Payload: { base64: "YeKArmI=" } })
    }),
  )

  it.effect("says how much of a body is shown, and does not stumble over half a character at its end", () =>
    Effect.gen(function* () {
      const half = Buffer.from("aé").subarray(0, 2)
      assert.deepStrictEqual(yield* shown("s3", "GetObject", { Body: new CollectedBody(half, true, 900) }), {
        Body: { text: "a", truncated: true, total_bytes: 900 },
      })
      assert.deepStrictEqual(yield* shown("s3", "GetObject", { Body: new CollectedBody(half, false, 2) }), {
        Body: { base64: "YcM=" },
      })
    }),
  )

  it.effect("shows events of a stream in order", () =>
    Effect.gen(function* () {
      const events = [{ Records: { Payload: Buffer.from("1,2") } }, { End: {} }]
      assert.deepStrictEqual(
        yield* shown("s3", "SelectObjectContent", { Payload: new CollectedEvents(events, true) }),
        { Payload: { events: [{ Records: { Payload: { text: "1,2" } } }, { End: {} }], truncated: true } },
      )
    }),
  )

  it.effect.each([
    ["secrets-manager", "GetSecretValue", { Name: "n", SecretString: "hunter2" }],
    ["secrets-manager", "GetSecretValue", { SecretBinary: Buffer.from("hunter2") }],
    ["secrets-manager", "GetRandomPassword", { RandomPassword: "hunter2" }],
    ["ssm", "GetParameter", { Parameter: { Name: "n", Type: "SecureString", Value: "hunter2" } }],
    ["ssm", "StartSession", { SessionId: "s", TokenValue: "hunter2" }],
    [
      "sts",
      "AssumeRole",
      { Credentials: { AccessKeyId: "ASIA", SecretAccessKey: "hunter2", SessionToken: "hunter2" } },
    ],
    ["sts", "GetWebIdentityToken", { WebIdentityToken: "hunter2" }],
    ["s3", "CreateSession", { Credentials: { SessionToken: "hunter2" } }],
    ["iam", "CreateAccessKey", { AccessKey: { SecretAccessKey: "hunter2" } }],
    ["iam", "CreateServiceSpecificCredential", { ServiceSpecificCredential: { ServicePassword: "hunter2" } }],
    ["kms", "Decrypt", { Plaintext: Buffer.from("hunter2") }],
    ["kms", "GenerateDataKeyPair", { PrivateKeyPlaintext: Buffer.from("hunter2") }],
    ["ec2", "CreateKeyPair", { KeyMaterial: "hunter2" }],
    ["ec2", "GetPasswordData", { PasswordData: "hunter2" }],
    [
      "ec2",
      "DescribeVpnConnections",
      { VpnConnections: [{ Options: { TunnelOptions: [{ PreSharedKey: "hunter2" }] } }] },
    ],
    ["lambda", "GetFunctionConfiguration", { Environment: { Variables: { DB_PASSWORD: "hunter2" } } }],
    ["lambda", "GetFunction", { Code: { Location: "https://b.s3.amazonaws.com/x?X-Amz-Signature=hunter2" } }],
  ] satisfies ReadonlyArray<[ServiceId, string, object]>)("withholds the secret of %s %s", ([service, name, output]) =>
    Effect.gen(function* () {
      const text = JSON.stringify(yield* shown(service, name, output))
      assert.include(text, "<redacted>")
      assert.notInclude(text, "hunter2")
      assert.notInclude(text, Buffer.from("hunter2").toString("base64"))
    }),
  )

  it.effect("shows what only looks like a secret", () =>
    Effect.gen(function* () {
      const parameter = { Parameter: { Name: "n", Type: "String", Value: "eu-west-1" } }
      assert.deepStrictEqual(yield* shown("ssm", "GetParameter", parameter), parameter)
      const page = { NextToken: "abc", SecretList: [{ Name: "db-password", ARN: "arn:aws:secretsmanager:x" }] }
      assert.deepStrictEqual(yield* shown("secrets-manager", "ListSecrets", page), page)
      const variables = { Environment: { Variables: { STAGE: "prod" } } }
      assert.deepStrictEqual(yield* shown("lambda", "GetFunctionConfiguration", variables), variables)
    }),
  )

  it.effect("takes unseen characters out of texts and keys, but not out of what goes back to AWS", () =>
    Effect.gen(function* () {
      const { output } = yield* operationOf("dynamodb", "GetItem")
      const item = { Item: { "a\u200b": { S: "x\u202ey" } } }
      assert.deepStrictEqual(encode(output, item), { Item: { a: { S: "xy" } } })
      assert.deepStrictEqual(encodeVerbatim(output, item), item)
    }),
  )

  it.effect("names a member of a union that this version does not know", () =>
    Effect.gen(function* () {
      const output = { Item: { id: { $unknown: ["VECTOR", [1, 2]] } } }
      assert.deepStrictEqual(yield* shown("dynamodb", "GetItem", output), { Item: { id: { $unknown: "VECTOR" } } })
    }),
  )

  it.effect.prop(
    "whatever AWS answers can be written as JSON",
    { output: Schema.Json },
    ({ output }) =>
      Effect.gen(function* () {
        for (const name of ["GetItem", "DescribeTable", "Scan"]) {
          const json = yield* shown("dynamodb", name, output)
          assert.deepStrictEqual(JSON.parse(JSON.stringify(json)), json)
        }
      }),
    { arbitrary: { runs: 500, size: 100 } },
  )
})
