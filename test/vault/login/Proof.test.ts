/** The signed GetCallerIdentity, checked by the sandbox's own verifier, which shares no code with the signer. */
import { assert, describe, it } from "@effect/vitest"
import { getSigningKey } from "@smithy/signature-v4"
import type { SourceData } from "@smithy/types"
import { Effect, Redacted } from "effect"
import { TestClock } from "effect/testing"
import { createHmac, type Hmac } from "node:crypto"
import { authorizationOf, sha256Hex, signatureOf } from "../../../src/sandbox/SigV4.ts"
import type { WireRequest } from "../../../src/sandbox/Wire.ts"
import { proofOf, type Signing } from "../../../src/vault/login/Proof.ts"
import { keyIn, makeSignedAws, type SigningKey, textOf } from "../../kit/SignedAws.ts"

const KEYS = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretKey: "canary/secret+of=AWS", sessionToken: "canary-session" }
const SIGNING: Signing = {
  region: "us-east-1",
  stsEndpoint: "https://sts.us-east-1.amazonaws.com",
  serverId: undefined,
}

const prove = (key: SigningKey, signing: Partial<Signing> = {}) =>
  proofOf(
    {
      accessKeyId: key.accessKeyId,
      secretAccessKey: Redacted.make(key.secretKey),
      sessionToken: key.sessionToken === undefined ? undefined : Redacted.make(key.sessionToken),
    },
    { ...SIGNING, ...signing },
  )
type Proof = Effect.Success<ReturnType<typeof prove>>

const clear = (base64: string) => Buffer.from(base64, "base64").toString("utf8")

/** The request as Vault makes it from the proof. */
const asVaultSendsIt = (proof: Proof): { readonly url: URL; readonly request: WireRequest } => {
  const url = new URL(clear(proof.iam_request_url))
  const headers = JSON.parse(clear(proof.iam_request_headers)) as Record<string, string>
  const body = Buffer.from(clear(proof.iam_request_body))
  return { url, request: { method: proof.iam_http_request_method, path: url.pathname, query: "", headers, body } }
}

describe("the proof", () => {
  it.effect("is a GetCallerIdentity of the endpoint, signed as AWS checks it", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.UTC(2026, 5, 1, 12, 30, 5, 900))
      const { request, url } = asVaultSendsIt(yield* prove(KEYS))
      assert.strictEqual(url.href, "https://sts.us-east-1.amazonaws.com/")
      assert.strictEqual(request.method, "POST")
      assert.strictEqual(Buffer.from(request.body).toString(), "Action=GetCallerIdentity&Version=2011-06-15")
      assert.strictEqual(request.headers["host"], "sts.us-east-1.amazonaws.com")
      const signed = authorizationOf(request)
      assert.strictEqual(signed?.accessKeyId, KEYS.accessKeyId)
      assert.strictEqual(signed?.amzDate, "20260601T123005Z")
      assert.deepStrictEqual(signed?.scope, { date: "20260601", region: "us-east-1", service: "sts" })
      assert.deepStrictEqual(signed?.signedHeaders, ["content-type", "host", "x-amz-date", "x-amz-security-token"])
      assert.strictEqual(
        signed && signatureOf(request, KEYS.secretKey, signed, sha256Hex(request.body)),
        signed?.signature,
      )
    }),
  )

  it.effect("signs the server id, so that no other Vault can use it", () =>
    Effect.gen(function* () {
      const { request } = asVaultSendsIt(yield* prove(KEYS, { serverId: "vault.example.com" }))
      const signed = authorizationOf(request)
      assert.strictEqual(request.headers["x-vault-aws-iam-server-id"], "vault.example.com")
      assert.include(signed?.signedHeaders.join(), "x-vault-aws-iam-server-id")
      const forged = { ...request, headers: { ...request.headers, "x-vault-aws-iam-server-id": "evil.example.com" } }
      const signature = (it: WireRequest) => signed && signatureOf(it, KEYS.secretKey, signed, sha256Hex(it.body))
      assert.strictEqual(signature(request), signed?.signature)
      assert.notStrictEqual(signature(forged), signed?.signature)
    }),
  )

  it.effect("has no x-amz-* header that Vault does not let through", () =>
    Effect.gen(function* () {
      const { request } = asVaultSendsIt(yield* prove(KEYS))
      const amazons = Object.keys(request.headers).filter((name) => name.startsWith("x-amz-"))
      assert.deepStrictEqual(amazons.sort(), ["x-amz-date", "x-amz-security-token"])
    }),
  )

  it.effect("goes where the endpoint says, with its port, and is signed for the region", () =>
    Effect.gen(function* () {
      const { sessionToken: _, ...key } = KEYS
      const signing = { region: "eu-west-1", stsEndpoint: "http://127.0.0.1:4566/sts" }
      const { request, url } = asVaultSendsIt(yield* prove(key, signing))
      assert.strictEqual(url.href, "http://127.0.0.1:4566/sts/")
      assert.strictEqual(request.headers["host"], "127.0.0.1:4566")
      assert.notProperty(request.headers, "x-amz-security-token")
      const signed = authorizationOf(request)
      assert.strictEqual(signed?.scope.region, "eu-west-1")
      assert.strictEqual(
        signed && signatureOf(request, KEYS.secretKey, signed, sha256Hex(request.body)),
        signed?.signature,
      )
    }),
  )

  it.effect("tells AWS whose it is, for a user and for a session, and for a quarter of an hour", () =>
    Effect.gen(function* () {
      const aws = yield* makeSignedAws()
      const RoleArn = "arn:aws:iam::123456789012:role/mcp-agent-role"
      const session = keyIn(yield* aws.form("sts", "AssumeRole", { RoleArn, RoleSessionName: "pod" }))
      const { request } = asVaultSendsIt(yield* prove(session, { serverId: "vault.example.com" }))
      const answer = yield* aws.send(request)
      assert.strictEqual(textOf(answer, "Arn"), "arn:aws:sts::123456789012:assumed-role/mcp-agent-role/pod")
      yield* TestClock.adjust("16 minutes")
      assert.strictEqual((yield* aws.send(request)).status, 403)
    }),
  )

  it.effect("leaves nothing behind in the signer", () =>
    Effect.gen(function* () {
      yield* prove(KEYS)
      // A key that the signer still had would cost one hash, that of its name; a new one costs five.
      let hashes = 0
      class Counting {
        readonly #hash: Hmac
        constructor(secret: SourceData = "") {
          hashes++
          this.#hash = createHmac("sha256", typeof secret === "string" ? secret : Buffer.from(secret as Uint8Array))
        }
        update(chunk: Uint8Array): void {
          this.#hash.update(chunk)
        }
        reset(): void {}
        digest(): Promise<Uint8Array> {
          return Promise.resolve(this.#hash.digest())
        }
      }
      const { secretKey: secretAccessKey, ...key } = KEYS
      const derive = Effect.promise(() =>
        getSigningKey(Counting, { ...key, secretAccessKey }, "19700101", "us-east-1", "sts"),
      )
      yield* derive
      assert.strictEqual(hashes, 5)
      yield* derive
      assert.strictEqual(hashes, 6)
    }),
  )
})
