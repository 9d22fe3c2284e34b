import { assert, describe, it } from "@effect/vitest"
import { seededRegions } from "../../src/sandbox/SeedInstances.ts"

const instances = seededRegions.flatMap((region) => region.instances.map((instance) => ({ region, instance })))

describe("SeedInstances", () => {
  it("shows instances in several states, regions and accounts", () => {
    const states = new Set(instances.map(({ instance }) => instance.state))
    assert.deepStrictEqual([...states].sort(), ["running", "stopped", "stopping", "terminated"])
    assert.deepStrictEqual(
      seededRegions.map(({ account, region, instances: { length } }) => `${account} ${region} ${length}`),
      ["123456789012 us-east-1 7", "123456789012 eu-west-1 2", "210987654321 us-east-1 1"],
    )
  })

  it("gives every instance a name, an environment, a team, and an address of its own", () => {
    for (const { instance } of instances)
      assert.deepStrictEqual(Object.keys(instance.tags).sort(), ["Name", "env", "team"])
    const addresses = instances.map(
      ({ region, instance }) => `${region.account} ${region.region} ${instance.privateIp}`,
    )
    assert.strictEqual(new Set(addresses).size, addresses.length)
  })

  it("uses public addresses that nobody can be behind", () => {
    for (const { instance } of instances)
      if (instance.publicIp !== undefined) assert.match(instance.publicIp, /^(198\.51\.100|203\.0\.113)\.\d+$/)
  })

  it("has a group that is open to the world by SSH", () => {
    const open = seededRegions
      .flatMap(({ groups }) => groups)
      .filter(({ ingress }) =>
        ingress.some(({ ports, ranges }) => ports?.[0] === 22 && ranges?.some(({ cidr }) => cidr === "0.0.0.0/0")),
      )
    assert.deepStrictEqual(
      open.map(({ name }) => name),
      ["bastion"],
    )
  })
})
