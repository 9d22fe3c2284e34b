import { assert, describe, it } from "@effect/vitest"
import { emptyRegion, regionFromSeed } from "../../../src/sandbox/aws/Ec2Seed.ts"
import { seeded } from "../../../src/sandbox/Seed.ts"

describe("Ec2Seed", () => {
  it("gives every region a default network of its own, the same at every start", () => {
    const one = emptyRegion("123456789012", "eu-north-1")
    assert.deepStrictEqual(one, emptyRegion("123456789012", "eu-north-1"))
    assert.notDeepEqual([...one.vpcs.keys()], [...emptyRegion("210987654321", "eu-north-1").vpcs.keys()])
    assert.notDeepEqual([...one.vpcs.keys()], [...emptyRegion("123456789012", "eu-west-3").vpcs.keys()])
    for (const subnet of one.subnets.values()) assert.isTrue(one.vpcs.has(subnet.vpcId))
  })

  it("brings every instance of the seed to life where it belongs, under ids of EC2's form", () => {
    for (const seed of seeded.regions) {
      const state = regionFromSeed(seed, 0)
      assert.strictEqual(state.instances.size, seed.instances.length, seed.region)
      for (const [id, instance] of state.instances) {
        assert.match(id, /^i-[0-9a-f]{17}$/)
        assert.isTrue(
          instance.groups.length > 0 && instance.groups.every(({ vpcId }) => vpcId === instance.subnet.vpcId),
        )
        assert.isTrue(instance.subnet.zone.startsWith(seed.region))
      }
    }
  })

  it("leaves out an instance whose subnet is not there", () => {
    const [region] = seeded.regions
    if (region === undefined) return assert.fail("no region")
    const instances = region.instances.map((instance) => ({ ...instance, subnetId: "subnet-00000000" }))
    assert.strictEqual(regionFromSeed({ ...region, instances }, 0).instances.size, 0)
  })
})
