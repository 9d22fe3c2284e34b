/**
 * SHA-256 for the clients' signer, over node:crypto. The clients bring one that hands the key to node:crypto as bytes, and
 * Node 24 learns from two errors, thrown and caught, that bytes are no key object: three quarters of the time of an HMAC,
 * of which a signature takes up to six.
 */
import { createHash, createHmac, createSecretKey, type Hash, type Hmac } from "node:crypto"
import type { SourceData } from "@smithy/types"

const bytesOf = (data: SourceData): string | Uint8Array => {
  if (typeof data === "string") return data
  return ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array(data)
}

/** A digest, or with a secret an HMAC (RFC 2104); the shape is the clients' `Checksum`. */
export class Sha256 {
  readonly digestLength = 32
  readonly #make: () => Hash | Hmac
  #state: Hash | Hmac

  constructor(secret?: SourceData) {
    if (secret === undefined) this.#make = () => createHash("sha256")
    else {
      const bytes = bytesOf(secret)
      const key = typeof bytes === "string" ? createSecretKey(bytes, "utf8") : createSecretKey(bytes)
      this.#make = () => createHmac("sha256", key)
    }
    this.#state = this.#make()
  }

  /** Takes more of the data; a text counts as UTF-8. */
  update(data: SourceData): void {
    this.#state.update(bytesOf(data))
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#state.digest())
  }

  reset(): void {
    this.#state = this.#make()
  }
}
