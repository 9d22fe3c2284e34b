import { assert, describe, it } from "@effect/vitest"
import { createHash, createHmac } from "node:crypto"
import { SignatureV4 } from "@smithy/signature-v4"
import type { SourceData } from "@smithy/types"
import { Effect, Schema } from "effect"
import { authorizationOf, sameSignature, sha256Hex, signatureOf, signRequest } from "../../src/sandbox/SigV4.ts"
import { wireRequest } from "../kit/SignedAws.ts"

const EMPTY = sha256Hex("")

const bytesOf = (data: SourceData): Uint8Array | string => {
  if (typeof data === "string") return data
  return ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array(data)
}

/** The hash that the official signer takes its algorithm from. */
class Sha256 {
  readonly #hash
  constructor(secret?: SourceData) {
    this.#hash = secret === undefined ? createHash("sha256") : createHmac("sha256", bytesOf(secret))
  }
  update(data: SourceData): void {
    this.#hash.update(bytesOf(data))
  }
  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest())
  }
  reset(): void {}
}

const key = { accessKeyId: "AKIDEXAMPLE", secretKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" }

const official = (service: string) =>
  new SignatureV4({
    service,
    region: "eu-west-1",
    credentials: { accessKeyId: key.accessKeyId, secretAccessKey: key.secretKey },
    sha256: Sha256,
    uriEscapePath: service !== "s3",
    applyChecksum: service === "s3",
  })

const signingDate = new Date("2026-03-04T05:06:07Z")

/** Encodes as the official clients do before they send. */
const encode = (text: string) =>
  encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )

describe("AWS's published examples", () => {
  const s3Scope = { date: "20130524", region: "us-east-1", service: "s3" }
  const s3Secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"

  it("an S3 GET with a range has the signature of the S3 guide", () => {
    const headers = {
      host: "examplebucket.s3.amazonaws.com",
      range: "bytes=0-9",
      "x-amz-content-sha256": EMPTY,
      "x-amz-date": "20130524T000000Z",
    }
    const request = wireRequest({ method: "GET", path: "/test.txt", headers })
    const signedHeaders = Object.keys(headers)
    const signature = signatureOf(
      request,
      s3Secret,
      { amzDate: "20130524T000000Z", scope: s3Scope, signedHeaders },
      EMPTY,
    )
    assert.strictEqual(signature, "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")
  })

  it("a presigned S3 address has the signature of the S3 guide", () => {
    const query =
      "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
    const request = wireRequest({
      method: "GET",
      path: "/test.txt",
      query,
      headers: { host: "examplebucket.s3.amazonaws.com" },
    })
    const read = authorizationOf(request)
    assert.isDefined(read)
    assert.isTrue(read.presigned)
    assert.strictEqual(read.expiresIn, 86400)
    assert.strictEqual(signatureOf(request, s3Secret, read, "UNSIGNED-PAYLOAD"), read.signature)
  })

  it("an IAM ListUsers call has the signature of the General Reference", () => {
    const request = wireRequest({
      method: "GET",
      query: "Action=ListUsers&Version=2010-05-08",
      headers: {
        "content-type": "application/x-www-form-urlencoded; charset=utf-8",
        host: "iam.amazonaws.com",
        "x-amz-date": "20150830T123600Z",
        authorization:
          "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
      },
    })
    const read = authorizationOf(request)
    assert.isDefined(read)
    assert.deepStrictEqual(read.scope, { date: "20150830", region: "us-east-1", service: "iam" })
    assert.strictEqual(signatureOf(request, "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", read, EMPTY), read.signature)
  })
})

describe("what the official client signed", () => {
  for (const service of ["s3", "dynamodb", "lambda"]) {
    it.effect.prop(
      `is found good for ${service}, whatever path, query, header and body it has`,
      {
        segments: Schema.Array(Schema.String),
        params: Schema.Array(Schema.Tuple([Schema.String, Schema.String])),
        header: Schema.String,
        body: Schema.String,
      },
      ({ segments, params, header, body }) =>
        Effect.gen(function* () {
          // A slash within a segment: S3 takes `%2F` for the slash it means, the official signer signs it as it is.
          const path = `/${segments.map((segment) => encode(segment.replaceAll("/", "+"))).join("/")}`
          // The official signer keeps its query in a plain object and so loses the name `__proto__`.
          const query = Object.fromEntries(
            params
              .map(([name, value]) => [name.toWellFormed(), value.toWellFormed()] as const)
              .filter(([name]) => name !== "__proto__"),
          )
          const visible = header.replace(/[^\x20-\x7e]/g, "")
          const headers = { host: "127.0.0.1:4566", "x-note": visible }
          const signed = yield* Effect.promise(() =>
            official(service).sign(
              { method: "PUT", protocol: "http:", hostname: "127.0.0.1", path, query, headers, body },
              { signingDate },
            ),
          )
          const sentQuery = Object.entries(query)
            .map(([name, value]) => `${encode(name)}=${encode(value)}`)
            .join("&")
          const sent = Object.fromEntries(
            Object.entries(signed.headers).map(([name, value]) => [name.toLowerCase(), value]),
          )
          const request = wireRequest({
            method: "PUT",
            path,
            query: sentQuery,
            headers: sent,
            body: Buffer.from(body),
          })
          const read = authorizationOf(request)
          assert.isDefined(read)
          assert.strictEqual(read.accessKeyId, key.accessKeyId)
          assert.strictEqual(signatureOf(request, key.secretKey, read, sha256Hex(body)), read.signature)
          const other = { ...request, method: "POST" }
          assert.notStrictEqual(signatureOf(other, key.secretKey, read, sha256Hex(body)), read.signature)
        }),
      { arbitrary: { runs: 300, size: 40 } },
    )
  }

  it.effect("is found good in a presigned query with a session token", () =>
    Effect.gen(function* () {
      const signer = new SignatureV4({
        service: "s3",
        region: "us-east-1",
        credentials: { accessKeyId: "ASIA", secretAccessKey: key.secretKey, sessionToken: "to/ken+=" },
        sha256: Sha256,
        uriEscapePath: false,
        applyChecksum: false,
      })
      const signed = yield* Effect.promise(() =>
        signer.presign(
          {
            method: "GET",
            protocol: "http:",
            hostname: "127.0.0.1",
            path: "/b/a%20b",
            headers: { host: "127.0.0.1", "x-amz-content-sha256": "UNSIGNED-PAYLOAD" },
          },
          { signingDate, expiresIn: 60, unhoistableHeaders: new Set(["x-amz-content-sha256"]) },
        ),
      )
      const query = Object.entries(signed.query ?? {})
        .map(([name, value]) => `${encode(name)}=${encode(String(value))}`)
        .join("&")
      const request = wireRequest({ method: "GET", path: "/b/a%20b", query, headers: signed.headers })
      const read = authorizationOf(request)
      assert.isDefined(read)
      assert.strictEqual(read.expiresIn, 60)
      assert.strictEqual(signatureOf(request, key.secretKey, read, "UNSIGNED-PAYLOAD"), read.signature)
    }),
  )
})

describe("signRequest", () => {
  const request = wireRequest({
    headers: { host: "127.0.0.1:1", "content-type": "application/x-www-form-urlencoded; charset=utf-8" },
    body: Buffer.from("Action=GetCallerIdentity"),
  })
  const scope = { date: "20260304", region: "us-east-1", service: "sts" }

  it("signs all headers it is given and the date, and can be read back", () => {
    const headers = signRequest(request, key, scope, "20260304T050607Z")
    const read = authorizationOf({ ...request, headers })
    assert.isDefined(read)
    assert.deepStrictEqual(read.signedHeaders, ["content-type", "host", "x-amz-date"])
    assert.strictEqual(read.amzDate, "20260304T050607Z")
    const again = signatureOf({ ...request, headers }, key.secretKey, read, sha256Hex(request.body))
    assert.strictEqual(read.signature, again)
  })

  it("signs the session token of temporary credentials", () => {
    const headers = signRequest(request, { ...key, sessionToken: "t" }, scope, "20260304T050607Z")
    assert.strictEqual(headers["x-amz-security-token"], "t")
    assert.include(headers["authorization"] ?? "", "x-amz-date;x-amz-security-token")
  })
})

it("an authorization that is not a SigV4 one is no signature", () => {
  for (const authorization of ["Basic YTpi", "AWS AKIA:abc", "AWS4-HMAC-SHA256 Credential=a/b, Signature=c", ""]) {
    assert.isUndefined(authorizationOf(wireRequest({ headers: { authorization } })), authorization)
  }
  const foreignEnd = "AWS4-HMAC-SHA256 Credential=a/20260304/r/s/other, SignedHeaders=host, Signature=" + "0".repeat(64)
  assert.isUndefined(authorizationOf(wireRequest({ headers: { authorization: foreignEnd } })))
})

it("two signatures are the same only when every character is", () => {
  assert.isTrue(sameSignature("abc", "abc"))
  assert.isFalse(sameSignature("abc", "abd"))
  assert.isFalse(sameSignature("abc", "abcd"))
})
