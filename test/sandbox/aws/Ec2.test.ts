import {
  CreateTagsCommand,
  DescribeInstancesCommand,
  DescribeRegionsCommand,
  DescribeSecurityGroupsCommand,
  EC2Client,
  paginateDescribeInstances,
  RunInstancesCommand,
  StartInstancesCommand,
  StopInstancesCommand,
} from "@aws-sdk/client-ec2"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { makeEc2 } from "../../../src/sandbox/aws/Ec2.ts"
import { empty } from "../../../src/sandbox/Seed.ts"
import { awsCall, ec2Call, refused, see } from "../../kit/AwsCalls.ts"
import { awsSandbox, pagesOf, send } from "../../kit/AwsSandbox.ts"
import { ec2AtNoon } from "../../kit/Ec2AtNoon.ts"

const client = Effect.gen(function* () {
  const options = yield* awsSandbox
  return yield* Effect.acquireRelease(
    Effect.sync(() => new EC2Client({ ...options, maxAttempts: 1 })),
    (ec2) => Effect.sync(() => ec2.destroy()),
  )
})

const filter = (Name: string, ...Values: ReadonlyArray<string>) => ({ Filters: [{ Name, Values: [...Values] }] })

describe("EC2 with the official client", () => {
  it.live("filters and pages instances", () =>
    Effect.gen(function* () {
      const ec2 = yield* client
      const web = yield* send(() => ec2.send(new DescribeInstancesCommand(filter("tag:Name", "web-*"))))
      const instances = web.Reservations?.flatMap(({ Instances }) => Instances ?? []) ?? []
      assert.deepStrictEqual(
        instances.map((one) => [one.State?.Name, one.InstanceType, one.PublicIpAddress]),
        [
          ["running", "t3.medium", "198.51.100.11"],
          ["running", "t3.medium", "198.51.100.12"],
        ],
      )
      assert.deepStrictEqual(instances[0]?.LaunchTime, new Date("2026-03-02T08:00:00.000Z"))
      const pages = yield* pagesOf(paginateDescribeInstances({ client: ec2, pageSize: 5 }, {}))
      assert.deepStrictEqual(
        pages.map(({ Reservations }) => Reservations?.length),
        [5, 2],
      )
    }),
  )

  it.live("starts and stops, tells a dry run, and refuses what does not fit", () =>
    Effect.gen(function* () {
      const ec2 = yield* client
      const found = yield* send(() => ec2.send(new DescribeInstancesCommand(filter("tag:Name", "bastion"))))
      const id = found.Reservations?.[0]?.Instances?.[0]?.InstanceId ?? ""
      const InstanceIds = [id]
      const dry = yield* Effect.flip(send(() => ec2.send(new StartInstancesCommand({ InstanceIds, DryRun: true }))))
      assert.deepInclude(dry, { name: "DryRunOperation", status: 412 })
      const started = yield* send(() => ec2.send(new StartInstancesCommand({ InstanceIds })))
      assert.deepStrictEqual(started.StartingInstances, [
        { InstanceId: id, PreviousState: { Code: 80, Name: "stopped" }, CurrentState: { Code: 0, Name: "pending" } },
      ])
      const batch = yield* send(() => ec2.send(new DescribeInstancesCommand(filter("tag:Name", "batch-7"))))
      const slow = { InstanceIds: [batch.Reservations?.[0]?.Instances?.[0]?.InstanceId ?? ""] }
      const busy = yield* Effect.flip(send(() => ec2.send(new StartInstancesCommand(slow))))
      assert.deepInclude(busy, { name: "IncorrectInstanceState", status: 400 })
      const still = yield* send(() => ec2.send(new StopInstancesCommand(slow)))
      assert.strictEqual(still.StoppingInstances?.[0]?.CurrentState?.Name, "stopping")
    }),
  )

  it.live("tells groups and regions, launches and tags", () =>
    Effect.gen(function* () {
      const ec2 = yield* client
      const open = filter("ip-permission.cidr", "0.0.0.0/0")
      const groups = yield* send(() => ec2.send(new DescribeSecurityGroupsCommand(open)))
      const ssh = groups.SecurityGroups?.find(({ GroupName }) => GroupName === "bastion")
      assert.deepInclude(ssh?.IpPermissions?.[0], { IpProtocol: "tcp", FromPort: 22, ToPort: 22 })
      const on = yield* send(() => ec2.send(new DescribeRegionsCommand({})))
      assert.strictEqual(on.Regions?.length, 19)
      const any = yield* send(() => ec2.send(new DescribeInstancesCommand({})))
      const ImageId = any.Reservations?.[0]?.Instances?.[0]?.ImageId
      const run = new RunInstancesCommand({ ImageId, MinCount: 1, MaxCount: 2, InstanceType: "t3.nano" })
      const launched = yield* send(() => ec2.send(run))
      const ids = launched.Instances?.map(({ InstanceId }) => InstanceId ?? "") ?? []
      assert.strictEqual(ids.length, 2)
      const Tags = [{ Key: "Name", Value: "fresh" }]
      yield* send(() => ec2.send(new CreateTagsCommand({ Resources: ids, Tags })))
      const tagged = yield* send(() => ec2.send(new DescribeInstancesCommand(filter("tag:Name", "fresh"))))
      assert.deepStrictEqual(
        tagged.Reservations?.flatMap(({ Instances }) => Instances?.map(({ InstanceId }) => InstanceId)),
        ids,
      )
    }),
  )
})

describe("EC2 by its protocol", () => {
  it.effect("refuses actions that it does not have", () =>
    Effect.gen(function* () {
      const ec2 = yield* ec2AtNoon
      for (const action of ["DescribeNothing", "toString"])
        assert.deepInclude(yield* refused(ec2, ec2Call({ Action: action })), { status: 400, code: "InvalidAction" })
      assert.strictEqual((yield* refused(ec2, ec2Call({}))).code, "MissingAction")
    }),
  )

  it.effect("keeps accounts and regions apart, each with a default network", () =>
    Effect.gen(function* () {
      const ec2 = yield* ec2AtNoon
      const count = (options: { readonly region?: string; readonly account?: string }) =>
        Effect.map(see(ec2, ec2Call({ Action: "DescribeInstances" }, options)), ({ all }) => all("instanceId").length)
      assert.strictEqual(yield* count({}), 7)
      assert.strictEqual(yield* count({ region: "eu-west-1" }), 2)
      assert.strictEqual(yield* count({ region: "us-west-2" }), 0)
      assert.strictEqual(yield* count({ account: "210987654321" }), 1)
      const bare = yield* makeEc2(empty.regions)
      const vpcs = yield* see(bare, ec2Call({ Action: "DescribeVpcs" }))
      assert.deepStrictEqual(vpcs.all("isDefault"), ["true"])
    }),
  )

  it.effect("knows no key in a region that was not switched on", () =>
    Effect.gen(function* () {
      const ec2 = yield* ec2AtNoon
      const call = ec2Call({ Action: "DescribeVpcs" }, { region: "me-south-1" })
      assert.deepInclude(yield* refused(ec2, call), { status: 401, code: "AuthFailure" })
    }),
  )

  it.effect("takes the same request as a query", () =>
    Effect.gen(function* () {
      const ec2 = yield* ec2AtNoon
      const answer = yield* see(ec2, awsCall("ec2", { target: "/?Action=DescribeVpcs&Version=2016-11-15" }))
      assert.deepStrictEqual(answer.all("requestId"), ["REQUEST1"])
      assert.strictEqual(answer.all("isDefault").length, 2)
    }),
  )
})
