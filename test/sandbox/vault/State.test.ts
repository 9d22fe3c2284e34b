import { assert, describe, it } from "@effect/vitest"
import { emptyState, randomHex, randomText } from "../../../src/sandbox/vault/State.ts"

describe("the state of a Vault", () => {
  it("is new each time, unsealed, with a key long enough to unseal by", () => {
    const [one, two] = [emptyState(5), emptyState(5)]
    assert.isFalse(one.sealed)
    assert.notStrictEqual(one.clusterId, two.clusterId)
    assert.strictEqual(Buffer.from(one.unsealKey, "base64").length, 32)
    assert.match(one.clusterName, /^vault-cluster-[0-9a-f]{8}$/)
  })

  it("random texts have their length and alphabet and do not repeat", () => {
    const texts = new Set(Array.from({ length: 200 }, () => randomText(24)))
    assert.strictEqual(texts.size, 200)
    for (const text of texts) assert.match(text, /^[A-Za-z0-9]{24}$/)
    assert.match(randomHex(), /^[0-9a-f]{8}$/)
  })
})
