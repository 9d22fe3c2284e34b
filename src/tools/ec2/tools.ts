/** The EC2 toolset: instances, security groups and VPCs. Names, arguments and members are public API. */
import { Effect, Schema } from "effect"
import { late } from "../../core/Late.ts"
import { count, cursor, place } from "../AwsFields.ts"
import { guarded } from "../Guarded.ts"
import { Filters, filterSpellings, Group, InstanceDetail, InstanceSummary, VpcShape } from "./shapes.ts"

// Loaded at the first call: a server that is only asked for its list starts without them.
const handlers = late(() => import("./handlers.ts"))
const power = late(() => import("./power.ts"))

const reads = { readOnly: true, destructive: false, idempotent: true, openWorld: true }
const next_cursor = Schema.optionalKey(Schema.String)
const limit = Schema.optionalKey(count(5, 1000, "page size"))

const Power = Schema.Struct({
  instance_id: Schema.String,
  previous_state: Schema.String,
  current_state: Schema.String,
  message: Schema.optionalKey(Schema.String),
})

const waits = {
  dry_run: Schema.optionalKey(Schema.Boolean),
  wait: Schema.optionalKey(Schema.Boolean.annotate({ description: "until done, at most 5 min" })),
}

export const ec2Tools = [
  guarded({
    name: "ec2_list_instances",
    title: "List EC2 instances",
    description:
      "Lists EC2 instances of a region by state, VPC, tags or any AWS filter. One line each; ec2_get_instance shows more.",
    toolset: "ec2",
    annotations: reads,
    spellings: filterSpellings,
    input: Schema.Struct({
      filters: Schema.optionalKey(Filters),
      instance_ids: Schema.optionalKey(Schema.Array(Schema.String)),
      states: Schema.optionalKey(Schema.Array(Schema.String).annotate({ description: "running, stopped …" })),
      vpc_id: Schema.optionalKey(Schema.String),
      tags: Schema.optionalKey(Schema.Record(Schema.String, Schema.String)),
      limit,
      cursor,
      ...place,
    }),
    output: Schema.Struct({ instances: Schema.Array(InstanceSummary), next_cursor }),
    handler: (input) => Effect.flatMap(handlers, (load) => load.listInstances(input)),
  }),
  guarded({
    name: "ec2_get_instance",
    title: "Get EC2 instance",
    description: "Shows one EC2 instance in detail: network, image, security groups, tags.",
    toolset: "ec2",
    annotations: reads,
    input: Schema.Struct({ instance_id: Schema.String, ...place }),
    output: Schema.Struct({ instance: InstanceDetail }),
    handler: (input) => Effect.flatMap(handlers, (load) => load.getInstance(input)),
  }),
  guarded({
    name: "ec2_start_instance",
    title: "Start EC2 instance",
    description:
      "Starts a stopped EC2 instance, which begins to cost; one that is still stopping is awaited first. dry_run only asks whether it would be allowed.",
    toolset: "ec2",
    annotations: { readOnly: false, destructive: false, idempotent: true, openWorld: true },
    input: Schema.Struct({ instance_id: Schema.String, ...waits, ...place }),
    output: Power,
    handler: (input) => Effect.flatMap(power, (load) => load.startInstance(input)),
  }),
  guarded({
    name: "ec2_stop_instance",
    title: "Stop EC2 instance",
    description:
      "Stops a running EC2 instance; instance store data is lost. dry_run only asks whether it would be allowed.",
    toolset: "ec2",
    annotations: { readOnly: false, destructive: true, idempotent: true, openWorld: true },
    input: Schema.Struct({
      instance_id: Schema.String,
      force: Schema.optionalKey(Schema.Boolean),
      hibernate: Schema.optionalKey(Schema.Boolean),
      ...waits,
      ...place,
    }),
    output: Power,
    handler: (input) => Effect.flatMap(power, (load) => load.stopInstance(input)),
  }),
  guarded({
    name: "ec2_list_security_groups",
    title: "List security groups",
    description: "Lists EC2 security groups with their inbound and outbound rules.",
    toolset: "ec2",
    annotations: reads,
    spellings: filterSpellings,
    input: Schema.Struct({
      vpc_id: Schema.optionalKey(Schema.String),
      group_ids: Schema.optionalKey(Schema.Array(Schema.String)),
      filters: Schema.optionalKey(Filters),
      limit,
      cursor,
      ...place,
    }),
    output: Schema.Struct({ security_groups: Schema.Array(Group), next_cursor }),
    handler: (input) => Effect.flatMap(handlers, (load) => load.listSecurityGroups(input)),
  }),
  guarded({
    name: "ec2_list_vpcs",
    title: "List VPCs",
    description: "Lists the VPCs of a region with their CIDR blocks and tags.",
    toolset: "ec2",
    annotations: reads,
    spellings: filterSpellings,
    input: Schema.Struct({ filters: Schema.optionalKey(Filters), limit, cursor, ...place }),
    output: Schema.Struct({ vpcs: Schema.Array(VpcShape), next_cursor }),
    handler: (input) => Effect.flatMap(handlers, (load) => load.listVpcs(input)),
  }),
] as const
