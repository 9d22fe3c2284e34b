import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { ec2Call, refused, see } from "../../kit/AwsCalls.ts"
import { ec2AtNoon } from "../../kit/Ec2AtNoon.ts"

const describeInstances = (fields: Readonly<Record<string, string>> = {}) =>
  ec2Call({ Action: "DescribeInstances", ...fields })

describe("Ec2Call", () => {
  it.effect("pages through a list by tokens that belong to it", () =>
    Effect.gen(function* () {
      const ec2 = yield* ec2AtNoon
      const first = yield* see(ec2, describeInstances({ MaxResults: "5" }))
      const token = first.all("nextToken")[0] ?? ""
      const rest = yield* see(ec2, describeInstances({ MaxResults: "5", NextToken: token }))
      assert.strictEqual(new Set([...first.all("instanceId"), ...rest.all("instanceId")]).size, 7)
      assert.deepStrictEqual(rest.all("nextToken"), [])
      for (const call of [
        describeInstances({ NextToken: "made-up" }),
        ec2Call({ Action: "DescribeVpcs", NextToken: token }),
        describeInstances({ MaxResults: "4" }),
        describeInstances({ MaxResults: "1001" }),
      ])
        assert.strictEqual((yield* refused(ec2, call)).code, "InvalidParameterValue")
    }),
  )

  it.effect("does not page what was asked for by id", () =>
    Effect.gen(function* () {
      const ec2 = yield* ec2AtNoon
      const [id = ""] = (yield* see(ec2, describeInstances())).all("instanceId")
      assert.deepStrictEqual((yield* see(ec2, describeInstances({ "InstanceId.1": id }))).all("instanceId"), [id])
      const both = yield* refused(ec2, describeInstances({ "InstanceId.1": id, MaxResults: "5" }))
      assert.strictEqual(both.code, "InvalidParameterCombination")
    }),
  )

  it.effect("tells a malformed id from an unknown one, by each kind's own codes", () =>
    Effect.gen(function* () {
      const ec2 = yield* ec2AtNoon
      const code = (action: string, parameter: string, id: string) =>
        Effect.map(refused(ec2, ec2Call({ Action: action, [parameter]: id })), (refusal) => refusal.code)
      const unknown = "0".repeat(17)
      assert.strictEqual(yield* code("DescribeInstances", "InstanceId.1", "web-1"), "InvalidInstanceID.Malformed")
      assert.strictEqual(yield* code("DescribeInstances", "InstanceId.1", `i-${unknown}`), "InvalidInstanceID.NotFound")
      assert.strictEqual(yield* code("DescribeVpcs", "VpcId.1", "vpc-1"), "InvalidVpcID.Malformed")
      assert.strictEqual(yield* code("DescribeVpcs", "VpcId.1", "vpc-00000000"), "InvalidVpcID.NotFound")
      assert.strictEqual(yield* code("DescribeSubnets", "SubnetId.1", `subnet-${unknown}`), "InvalidSubnetID.NotFound")
      assert.strictEqual(yield* code("DescribeSecurityGroups", "GroupId.1", `sg-${unknown}`), "InvalidGroup.NotFound")
      assert.strictEqual(yield* code("DescribeSecurityGroups", "GroupId.1", "web"), "InvalidGroupId.Malformed")
      assert.strictEqual(yield* code("DescribeVolumes", "VolumeId.1", `vol-${unknown}`), "InvalidVolume.NotFound")
      const two = { "InstanceId.1": `i-${unknown}`, "InstanceId.2": "i-00000000" }
      assert.include((yield* refused(ec2, describeInstances(two))).message, `'i-${unknown}, i-00000000' do not exist`)
    }),
  )

  it.effect("ends a dry run of a list after the permission was asked", () =>
    Effect.gen(function* () {
      const ec2 = yield* ec2AtNoon
      const asked: Array<string> = []
      const dry = ec2Call({ Action: "DescribeVpcs", DryRun: "true" }, { asked })
      assert.deepInclude(yield* refused(ec2, dry), { status: 412, code: "DryRunOperation" })
      assert.deepStrictEqual(asked, ["ec2:DescribeVpcs *"])
      const denied = ec2Call({ Action: "DescribeVpcs", DryRun: "true" }, { denied: ["ec2:DescribeVpcs"] })
      assert.strictEqual((yield* refused(ec2, denied)).status, 403)
    }),
  )
})
