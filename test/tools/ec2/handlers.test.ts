import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { ec2Tools } from "../../../src/tools/ec2/tools.ts"
import { done, failed, says, scriptedAws } from "../../kit/ScriptedAws.ts"

const instance = (id: string, state: string) => ({ InstanceId: id, InstanceType: "t3.micro", State: { Name: state } })

describe("EC2 lists", () => {
  it.effect("states, VPC and tags become filters beside those of the caller, on the caller's own lease", () =>
    Effect.gen(function* () {
      const aws = scriptedAws(() => ({
        Reservations: [
          { Instances: [instance("i-1", "running"), instance("i-2", "stopped")] },
          { Instances: [instance("i-3", "running")] },
        ],
        NextToken: "more",
      }))
      const result = done(
        yield* aws.call(ec2Tools, "ec2_list_instances", {
          filters: [{ Name: "instance-type", Values: ["t3.micro", "t3.small"] }],
          states: ["running", "stopped"],
          vpc_id: "vpc-1",
          tags: { env: "prod" },
          limit: 7,
          cursor: "last",
          region: "eu-west-1",
        }),
      )
      assert.deepEqual(result["instances"], [
        { instance_id: "i-1", instance_type: "t3.micro", state: "running" },
        { instance_id: "i-2", instance_type: "t3.micro", state: "stopped" },
        { instance_id: "i-3", instance_type: "t3.micro", state: "running" },
      ])
      assert.strictEqual(result["next_cursor"], "more")
      const [call] = aws.sent
      assert.deepInclude(call, { principal: "agent-7", region: "eu-west-1", operation: "DescribeInstances" })
      assert.deepEqual(call?.input, {
        Filters: [
          { Name: "instance-type", Values: ["t3.micro", "t3.small"] },
          { Name: "instance-state-name", Values: ["running", "stopped"] },
          { Name: "vpc-id", Values: ["vpc-1"] },
          { Name: "tag:env", Values: ["prod"] },
        ],
        MaxResults: 7,
        NextToken: "last",
      })
    }),
  )

  it.effect("ids are sent alone: EC2 refuses a page size beside them", () =>
    Effect.gen(function* () {
      const aws = scriptedAws(() => ({}))
      assert.deepEqual(
        done(yield* aws.call(ec2Tools, "ec2_list_instances", { instance_ids: ["i-1"], limit: 5, cursor: "x" })),
        { instances: [] },
      )
      assert.deepEqual(
        done(yield* aws.call(ec2Tools, "ec2_list_security_groups", { group_ids: ["sg-1"], vpc_id: "vpc-1" })),
        { security_groups: [] },
      )
      assert.deepEqual(
        aws.sent.map(({ input }) => input),
        [{ InstanceIds: ["i-1"] }, { Filters: [{ Name: "vpc-id", Values: ["vpc-1"] }], GroupIds: ["sg-1"] }],
      )
    }),
  )

  it.effect("without arguments nothing is filtered and the pages have a bound", () =>
    Effect.gen(function* () {
      const aws = scriptedAws(() => ({}))
      for (const name of ["ec2_list_instances", "ec2_list_security_groups", "ec2_list_vpcs"]) {
        assert.notProperty(done(yield* aws.call(ec2Tools, name)), "next_cursor")
      }
      for (const { input } of aws.sent) {
        assert.deepEqual(Object.keys(input), ["MaxResults"])
        assert.isAtMost(Number(input["MaxResults"]), 100)
      }
    }),
  )

  it.effect("a page size that EC2 would refuse is refused before anything is sent", () =>
    Effect.gen(function* () {
      const aws = scriptedAws(() => ({}))
      for (const limit of [4, 1001, 5.5]) {
        const outcome = yield* aws.call(ec2Tools, "ec2_list_vpcs", { limit })
        assert.match(failed(outcome).text, /- limit: expected a whole number from 5 to 1000/)
      }
      assert.deepEqual(aws.sent, [])
    }),
  )
})

describe("ec2_get_instance", () => {
  it.effect("an instance that is not there is said to be missing, with where to look", () =>
    Effect.gen(function* () {
      const aws = scriptedAws(() => ({ Reservations: [] }))
      const { code, text } = failed(yield* aws.call(ec2Tools, "ec2_get_instance", { instance_id: "i-9" }))
      assert.strictEqual(code, "InvalidInstanceID.NotFound")
      assert.match(text, /"i-9".*ec2_list_instances/s)
    }),
  )

  it.effect("AWS's refusal keeps its code and request id", () =>
    Effect.gen(function* () {
      const aws = scriptedAws(() => says("InvalidInstanceID.Malformed"))
      const { text } = failed(yield* aws.call(ec2Tools, "ec2_get_instance", { instance_id: "x" }))
      assert.match(text, /\ncode=InvalidInstanceID\.Malformed request_id=R1$/)
    }),
  )
})
