/**
 * The proof of an AWS identity that Vault passes on to STS: a signed GetCallerIdentity which is never sent from here.
 * Whoever holds it can only find out, for fifteen minutes, whose it is; with a server id no other Vault takes it.
 */
import { createHash, createHmac, type Hash, type Hmac } from "node:crypto"
import type { Checksum, SourceData } from "@smithy/types"
import { DateTime, Effect, Redacted } from "effect"
import { late } from "../../core/Late.ts"
import type { AwsKeys } from "./Metadata.ts"

const loadSigner = late(() => import("@smithy/signature-v4"))

const BODY = "Action=GetCallerIdentity&Version=2011-06-15"

/** Where and how to sign. */
export interface Signing {
  readonly region: string
  readonly stsEndpoint: string
  readonly serverId: string | undefined
}

/** Node's SHA-256 in the shape that the signer takes; with a secret it is an HMAC. */
class Sha256 implements Checksum {
  readonly #secret: SourceData | undefined
  #hash: Hash | Hmac
  constructor(secret?: SourceData) {
    this.#secret = secret
    this.#hash = this.#begin()
  }
  #begin(): Hash | Hmac {
    if (this.#secret === undefined) return createHash("sha256")
    return createHmac("sha256", bytesOf(this.#secret))
  }
  update(chunk: Uint8Array): void {
    this.#hash.update(chunk)
  }
  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest())
  }
  reset(): void {
    this.#hash = this.#begin()
  }
}

const bytesOf = (data: SourceData): Buffer => {
  if (typeof data === "string") return Buffer.from(data, "utf8")
  return ArrayBuffer.isView(data)
    ? Buffer.from(data.buffer, data.byteOffset, data.byteLength)
    : Buffer.from(new Uint8Array(data))
}

const base64 = (text: string): string => Buffer.from(text, "utf8").toString("base64")

/** The members of an `aws/login` body that prove the identity. */
export const proofOf = Effect.fnUntraced(function* (keys: AwsKeys, { region, serverId, stsEndpoint }: Signing) {
  const { clearCredentialCache, SignatureV4 } = yield* loadSigner
  const url = new URL(`${stsEndpoint}/`)
  const signer = new SignatureV4({
    service: "sts",
    region,
    sha256: Sha256,
    applyChecksum: false,
    credentials: {
      accessKeyId: keys.accessKeyId,
      secretAccessKey: Redacted.value(keys.secretAccessKey),
      ...(keys.sessionToken && { sessionToken: Redacted.value(keys.sessionToken) }),
    },
  })
  const request = {
    method: "POST",
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    query: {},
    headers: {
      host: url.host,
      "content-type": "application/x-www-form-urlencoded; charset=utf-8",
      ...(serverId !== undefined && { "x-vault-aws-iam-server-id": serverId }),
    },
    body: BODY,
  }
  const signingDate = DateTime.formatIso(yield* DateTime.now)
  const signed = yield* Effect.promise(() => signer.sign(request, { signingDate }))
  // The signer keeps derived keys, under names that hold the session token.
  clearCredentialCache()
  return {
    iam_http_request_method: request.method,
    iam_request_url: base64(url.href),
    iam_request_body: base64(BODY),
    iam_request_headers: base64(JSON.stringify(signed.headers)),
  }
})
