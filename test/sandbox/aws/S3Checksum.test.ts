import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { type ChecksumAlgorithm, checksumOf, verifyBody } from "../../../src/sandbox/aws/S3Checksum.ts"

const body = Buffer.from("123456789")

/** Check values of the CRC catalogue for `123456789`, and digests by coreutils. */
const known: Readonly<Record<ChecksumAlgorithm, string>> = {
  crc32: "cbf43926",
  crc32c: "e3069283",
  crc64nvme: "ae8b14860a799888",
  sha1: "f7c3bc1d808e04732adf679965ccc34ca7ae3441",
  sha256: "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225",
}

describe("S3Checksum", () => {
  it("computes every algorithm as its definition says", () => {
    for (const algorithm of ["crc32", "crc32c", "crc64nvme", "sha1", "sha256"] as const)
      assert.strictEqual(
        Buffer.from(checksumOf(algorithm, body).value, "base64").toString("hex"),
        known[algorithm],
        algorithm,
      )
  })

  it.effect("keeps the checksum that was sent, and makes a CRC-32 where none was", () =>
    Effect.gen(function* () {
      const sha256 = checksumOf("sha256", body)
      assert.deepStrictEqual(yield* verifyBody({ "x-amz-checksum-sha256": sha256.value }, body), sha256)
      assert.deepStrictEqual(yield* verifyBody({}, body), checksumOf("crc32", body))
    }),
  )

  it.effect("refuses a body that does not sum up to what was sent", () =>
    Effect.gen(function* () {
      const wrong = checksumOf("crc32", Buffer.from("other")).value
      for (const headers of [{ "x-amz-checksum-crc32": wrong }, { "content-md5": "AAAAAAAAAAAAAAAAAAAAAA==" }])
        assert.strictEqual((yield* Effect.flip(verifyBody(headers, body))).code, "BadDigest")
    }),
  )
})
