/** The EC2 tools against two independent implementations of EC2. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import type { ToolWorld } from "../kit/ToolWorld.ts"
import { inBothWorlds, unique } from "../kit/Worlds.ts"

interface Instance {
  readonly instance_id: string
  readonly state: string
  readonly name?: string
}

interface Power {
  readonly instance_id: string
  readonly previous_state: string
  readonly current_state: string
  readonly message?: string
}

interface Instances {
  readonly instances: ReadonlyArray<Instance>
  readonly next_cursor?: string
}

/** Instances of our own, found again by a tag. */
const launch = Effect.fnUntraced(function* (world: ToolWorld, count: number) {
  const batch = unique("batch")
  const vpcs = yield* world.good<{ vpcs: ReadonlyArray<{ id: string }> }>("ec2_list_vpcs")
  const subnets = yield* world.good<{ result: { Subnets: ReadonlyArray<{ SubnetId: string }> } }>("aws_call", {
    service: "ec2",
    operation: "DescribeSubnets",
    parameters: { Filters: [{ Name: "vpc-id", Values: [vpcs.vpcs[0]?.id ?? ""] }] },
  })
  const images = yield* world.good<{ result: { Images: ReadonlyArray<{ ImageId: string }> } }>("aws_call", {
    service: "ec2",
    operation: "DescribeImages",
    max_items: 1,
  })
  yield* world.good("aws_call", {
    service: "ec2",
    operation: "RunInstances",
    parameters: {
      ImageId: images.result.Images[0]?.ImageId ?? "",
      InstanceType: "t3.micro",
      MinCount: count,
      MaxCount: count,
      SubnetId: subnets.result.Subnets[0]?.SubnetId ?? "",
      TagSpecifications: [
        {
          ResourceType: "instance",
          Tags: [
            { Key: "batch", Value: batch },
            { Key: "Name", Value: "unit" },
          ],
        },
      ],
    },
  })
  return batch
})

const settled = (world: ToolWorld, batch: string, state: string) =>
  world
    .good<Instances>("ec2_list_instances", { tags: { batch } })
    .pipe(
      Effect.delay("200 millis"),
      Effect.repeat({ until: ({ instances }) => instances.every((one) => one.state === state), times: 40 }),
    )

inBothWorlds((test, of) => {
  test("instances are found by tag, by filter in both spellings, by state and by id, and in detail", (world) =>
    Effect.gen(function* () {
      const batch = yield* launch(world, 1)
      yield* settled(world, batch, "running")
      const byTag = yield* world.good<Instances>("ec2_list_instances", { tags: { batch }, states: ["running"] })
      const id = byTag.instances[0]?.instance_id ?? ""
      assert.match(id, /^i-[0-9a-f]{17}$/)
      assert.strictEqual(byTag.instances[0]?.name, "unit")
      const filter = `tag:batch`
      const ours = yield* world.good<Instances>("ec2_list_instances", { filters: [{ name: filter, values: [batch] }] })
      const theirs = yield* world.good<Instances>("ec2_list_instances", {
        filters: [{ Name: filter, Values: [batch] }],
      })
      const byId = yield* world.good<Instances>("ec2_list_instances", { instance_ids: [id] })
      for (const found of [ours, theirs, byId]) assert.strictEqual(found.instances[0]?.instance_id, id)
      assert.deepEqual(
        (yield* world.good<Instances>("ec2_list_instances", { tags: { batch }, states: ["stopped"] })).instances,
        [],
      )
      const { instance } = yield* world.good<{ instance: Record<string, unknown> }>("ec2_get_instance", {
        instance_id: id,
      })
      assert.deepInclude(instance, { instance_id: id, instance_type: "t3.micro" })
      for (const member of ["ami_id", "launch_time", "vpc_id", "subnet_id", "private_ip", "security_groups", "tags"])
        assert.property(instance, member)
      assert.match(instance["launch_time"] as string, /^\d{4}-\d\d-\d\dT/)
    }))

  test("a dry run changes nothing; stopping and starting waits until it is done and tells how far it is", (world) =>
    Effect.gen(function* () {
      const batch = yield* launch(world, 1)
      const { instances } = yield* settled(world, batch, "running")
      const instance_id = instances[0]?.instance_id ?? ""
      const dry = yield* world.good<Power>("ec2_stop_instance", { instance_id, dry_run: true })
      assert.deepInclude(dry, { previous_state: "running", current_state: "running" })
      assert.match(dry.message ?? "", /Nothing was changed/)
      const stopped = yield* world.good<Power>("ec2_stop_instance", { instance_id, wait: true })
      assert.deepInclude(stopped, { instance_id, previous_state: "running", current_state: "stopped" })
      const again = yield* world.good<Power>("ec2_stop_instance", { instance_id })
      assert.match(again.current_state, /^stop/)
      world.told.length = 0
      const started = yield* world.good<Power>("ec2_start_instance", { instance_id, wait: true })
      assert.strictEqual(started.current_state, "running")
      if (of === "sandbox") assert.include(world.told.join(), `${instance_id} is running`)
    }))

  test("lists go on page by page", (world) =>
    Effect.gen(function* () {
      const batch = yield* launch(world, 7)
      const seen = new Set<string>()
      let cursor: string | undefined
      do {
        const page: Instances = yield* world.good<Instances>("ec2_list_instances", {
          tags: { batch },
          limit: 5,
          ...(cursor === undefined ? {} : { cursor }),
        })
        for (const one of page.instances) seen.add(one.instance_id)
        cursor = page.next_cursor
      } while (cursor !== undefined)
      assert.strictEqual(seen.size, 7)
    }))

  test("security groups show their rules, VPCs their blocks", (world) =>
    Effect.gen(function* () {
      const { vpcs } = yield* world.good<{ vpcs: ReadonlyArray<Record<string, unknown>> }>("ec2_list_vpcs")
      assert.hasAnyKeys(vpcs[0], ["id", "cidr_block", "state", "is_default", "tags"])
      const vpc_id = vpcs[0]?.["id"] as string
      const name = unique("group")
      const made = yield* world
        .good<{ result: { GroupId: string } }>("aws_call", {
          service: "ec2",
          operation: "create_security_group",
          parameters: { GroupName: name, Description: "a test's own", VpcId: vpc_id },
        })
        .pipe(Effect.catchDefect(() => Effect.succeed({ result: { GroupId: "" } }))) // the sandbox has no such operation
      const { security_groups } = yield* world.good<{ security_groups: ReadonlyArray<Record<string, unknown>> }>(
        "ec2_list_security_groups",
        made.result.GroupId === "" ? { vpc_id } : { group_ids: [made.result.GroupId] },
      )
      assert.isNotEmpty(security_groups)
      const [group] = security_groups
      for (const member of ["id", "name", "description", "vpc_id", "inbound", "outbound"])
        assert.property(group, member)
      assert.include(JSON.stringify(group?.["outbound"]), "0.0.0.0/0")
    }))

  test("an instance that is not there is an error that says where to look", (world) =>
    Effect.gen(function* () {
      const missing = yield* world.bad("ec2_get_instance", { instance_id: "i-0123456789abcdef0" })
      assert.match(missing, /code=InvalidInstanceID\.NotFound/)
      assert.match(yield* world.bad("ec2_start_instance", { instance_id: "i-0123456789abcdef0" }), /InvalidInstanceID/)
      const both = yield* world.bad("ec2_stop_instance", { instance_id: "i-1", force: true, hibernate: true })
      assert.match(both, /nothing was sent/)
    }))
})
