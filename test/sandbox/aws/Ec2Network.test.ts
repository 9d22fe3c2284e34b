import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { ec2Call, see } from "../../kit/AwsCalls.ts"
import { ec2AtNoon } from "../../kit/Ec2AtNoon.ts"

const list = (action: string, name?: string, value = "") =>
  ec2Call({ Action: action, ...(name === undefined ? {} : { "Filter.1.Name": name, "Filter.1.Value.1": value }) })

describe("Ec2Network", () => {
  it.effect("tells VPCs with their ranges and tags, by any filter", () =>
    Effect.gen(function* () {
      const ec2 = yield* ec2AtNoon
      const all = yield* see(ec2, list("DescribeVpcs"))
      assert.deepStrictEqual(all.all("isDefault"), ["true", "false"])
      const app = yield* see(ec2, list("DescribeVpcs", "tag:Name", "app"))
      assert.deepStrictEqual(app.all("vpcId"), all.all("vpcId").slice(1))
      assert.deepStrictEqual([...new Set(app.all("cidrBlock"))], ["10.20.0.0/16"])
      assert.deepStrictEqual((yield* see(ec2, list("DescribeVpcs", "is-default", "true"))).all("value"), [])
      assert.deepStrictEqual((yield* see(ec2, list("DescribeVpcs", "cidr", "10.2*"))).all("vpcId"), app.all("vpcId"))
    }),
  )

  it.effect("tells subnets with their zones and what is free in them", () =>
    Effect.gen(function* () {
      const ec2 = yield* ec2AtNoon
      const defaults = yield* see(ec2, list("DescribeSubnets", "default-for-az", "true"))
      assert.deepStrictEqual(defaults.all("availabilityZone"), ["us-east-1a", "us-east-1b", "us-east-1c"])
      assert.deepStrictEqual(defaults.all("availabilityZoneId"), ["use1-az1", "use1-az2", "use1-az3"])
      // A terminated instance holds no address: all 4096 - 5 are free.
      assert.deepStrictEqual(defaults.all("availableIpAddressCount"), ["4091", "4091", "4091"])
      const front = yield* see(ec2, list("DescribeSubnets", "tag:Name", "app-public-a"))
      assert.deepStrictEqual(front.all("availableIpAddressCount"), ["248"])
      assert.deepStrictEqual(front.all("mapPublicIpOnLaunch"), ["true"])
    }),
  )
})
