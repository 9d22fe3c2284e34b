import { assert, describe, it } from "@effect/vitest"
import { emptyState, randomHex, randomText } from "../../../src/sandbox/vault/State.ts"

describe("the state of a Vault", () => {
  it("is new each time, unsealed, with a key long enough to unseal by", () => {
    const [one, two] = [emptyState(5), emptyState(5)]
    assert.isFalse(one.server.sealed)
    assert.notStrictEqual(one.server.clusterId, two.server.clusterId)
    assert.strictEqual(Buffer.from(one.server.unsealKey, "base64").length, 32)
    assert.match(one.server.clusterName, /^vault-cluster-[0-9a-f]{8}$/)
  })

  it("random texts have their length and alphabet and do not repeat", () => {
    const texts = new Set(Array.from({ length: 200 }, () => randomText(24)))
    assert.strictEqual(texts.size, 200)
    for (const text of texts) assert.match(text, /^[A-Za-z0-9]{24}$/)
    assert.match(randomHex(), /^[0-9a-f]{8}$/)
  })
})
