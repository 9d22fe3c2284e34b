import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { AwsService } from "../../../src/sandbox/aws/AwsCall.ts"
import { type CallOptions, ec2Call, NOON, refused, see } from "../../kit/AwsCalls.ts"
import { ec2AtNoon } from "../../kit/Ec2AtNoon.ts"

const first = (ec2: AwsService, action: string, element: string) =>
  Effect.map(see(ec2, ec2Call({ Action: action })), ({ all }) => all(element)[0] ?? "")

const run = (fields: Readonly<Record<string, string>>, options: CallOptions = {}) =>
  ec2Call({ Action: "RunInstances", MinCount: "1", MaxCount: "1", ...fields }, options)

describe("Ec2Launch", () => {
  it.effect("launches into the default network, tagged, and runs after a while", () =>
    Effect.gen(function* () {
      const ec2 = yield* ec2AtNoon
      const ImageId = yield* first(ec2, "DescribeImages", "imageId")
      const launched = yield* see(
        ec2,
        run({
          ImageId,
          MaxCount: "2",
          InstanceType: "t3.nano",
          "TagSpecification.1.ResourceType": "instance",
          "TagSpecification.1.Tag.1.Key": "Name",
          "TagSpecification.1.Tag.1.Value": "fresh",
        }),
      )
      const ids = launched.all("instanceId")
      assert.strictEqual(new Set(ids).size, 2)
      for (const id of ids) assert.match(id, /^i-[0-9a-f]{17}$/)
      assert.strictEqual(new Set(launched.all("privateIpAddress")).size, 2)
      assert.strictEqual(launched.all("reservationId").length, 1)
      assert.deepStrictEqual(
        launched.all("groupName").filter((name) => name !== ""),
        ["default", "default"],
      )
      const later = ec2Call(
        { Action: "DescribeInstances", "Filter.1.Name": "tag:Name", "Filter.1.Value.1": "fresh" },
        { now: NOON + 1500 },
      )
      const running = yield* see(ec2, later)
      assert.strictEqual(running.text.match(/<name>running<\/name>/g)?.length, 2)
    }),
  )

  it.effect("launches once for one client token", () =>
    Effect.gen(function* () {
      const ec2 = yield* ec2AtNoon
      const ImageId = yield* first(ec2, "DescribeImages", "imageId")
      const one = yield* see(ec2, run({ ImageId, ClientToken: "t" }))
      const two = yield* see(ec2, run({ ImageId, ClientToken: "t" }))
      assert.deepStrictEqual(two.all("instanceId"), one.all("instanceId"))
      const other = yield* see(ec2, run({ ImageId, ClientToken: "u" }))
      assert.notDeepEqual(other.all("instanceId"), one.all("instanceId"))
    }),
  )

  it.effect("refuses what cannot be launched, and a dry run launches nothing", () =>
    Effect.gen(function* () {
      const ec2 = yield* ec2AtNoon
      const ImageId = yield* first(ec2, "DescribeImages", "imageId")
      const code = (fields: Readonly<Record<string, string>>, options: CallOptions = {}) =>
        Effect.map(refused(ec2, run(fields, options)), (refusal) => refusal.code)
      assert.strictEqual(yield* code({}), "MissingParameter")
      assert.strictEqual(yield* code({ ImageId: "linux" }), "InvalidAMIID.Malformed")
      assert.strictEqual(yield* code({ ImageId: "ami-00000000" }), "InvalidAMIID.NotFound")
      assert.strictEqual(yield* code({ ImageId, MinCount: "3", MaxCount: "2" }), "InvalidParameterValue")
      assert.strictEqual(yield* code({ ImageId, SubnetId: "subnet-00000000" }), "InvalidSubnetID.NotFound")
      const web = yield* see(
        ec2,
        ec2Call({ Action: "DescribeSecurityGroups", "Filter.1.Name": "group-name", "Filter.1.Value.1": "web" }),
      )
      const SecurityGroupId = web.all("groupId")[0] ?? ""
      assert.strictEqual(yield* code({ ImageId, "SecurityGroupId.1": SecurityGroupId }), "InvalidParameter")
      assert.strictEqual(yield* code({ ImageId }, { denied: ["ec2:RunInstances"] }), "AccessDenied")
      assert.strictEqual(yield* code({ ImageId, DryRun: "true" }), "DryRunOperation")
      assert.strictEqual((yield* see(ec2, ec2Call({ Action: "DescribeInstances" }))).all("instanceId").length, 7)
    }),
  )
})
