import { assert, describe, it } from "@effect/vitest"
import { emptyRegion } from "../../../src/sandbox/aws/Ec2Seed.ts"
import { ec2Arn, newId, seedId } from "../../../src/sandbox/aws/Ec2State.ts"

describe("Ec2State", () => {
  it("makes ids of EC2's form: repeatable from a label, fresh otherwise", () => {
    for (const id of [seedId("i", "web"), newId("i")]) assert.match(id, /^i-[0-9a-f]{17}$/)
    assert.strictEqual(seedId("i", "web"), seedId("i", "web"))
    assert.notStrictEqual(seedId("i", "web"), seedId("i", "web2"))
    assert.notStrictEqual(seedId("vpc", "web").slice(4), seedId("i", "web").slice(2))
    assert.strictEqual(new Set(Array.from({ length: 100 }, () => newId("i"))).size, 100)
  })

  it("names a resource as IAM does", () => {
    const state = emptyRegion("123456789012", "eu-west-1")
    const arn = ec2Arn(state, "instance", "i-00000000")
    assert.strictEqual(arn, "arn:aws:ec2:eu-west-1:123456789012:instance/i-00000000")
  })
})
