/** What the EC2 reading tools do: one list operation each, a page at a time. */
import { Effect } from "effect"
import type {
  DescribeInstancesCommandOutput,
  DescribeSecurityGroupsCommandOutput,
  DescribeVpcsCommandOutput,
} from "@aws-sdk/client-ec2"
import { type Place, read } from "../AwsSend.ts"
import { maybe } from "../AwsFields.ts"
import { ToolFailure } from "../ToolFailure.ts"
import { type Filter, filterInput, group, instanceDetail, instanceSummary, vpc } from "./shapes.ts"

type In<A> = A & Place

interface Page {
  readonly limit?: number
  readonly cursor?: string
}

/** EC2 takes a page size from 5 on, and none beside ids. */
const pageInput = (
  { cursor, limit }: Page,
  ids: ReadonlyArray<string>,
  fallback: number,
): Readonly<Record<string, unknown>> =>
  ids.length > 0 ? {} : { MaxResults: Math.max(5, limit ?? fallback), ...maybe("NextToken", cursor) }

export const listInstances = Effect.fnUntraced(function* (
  input: In<
    Page & {
      readonly filters?: ReadonlyArray<Filter>
      readonly instance_ids?: ReadonlyArray<string>
      readonly states?: ReadonlyArray<string>
      readonly vpc_id?: string
      readonly tags?: Readonly<Record<string, string>>
    }
  >,
) {
  const ids = input.instance_ids ?? []
  const filters: ReadonlyArray<Filter> = [
    ...(input.filters ?? []),
    ...(input.states === undefined ? [] : [{ name: "instance-state-name", values: input.states }]),
    ...(input.vpc_id === undefined ? [] : [{ name: "vpc-id", values: [input.vpc_id] }]),
    ...Object.entries(input.tags ?? {}).map(([key, value]) => ({ name: `tag:${key}`, values: [value] })),
  ]
  const output = yield* read<DescribeInstancesCommandOutput>(input, "ec2", "DescribeInstances", {
    ...filterInput(filters),
    ...(ids.length === 0 ? {} : { InstanceIds: ids }),
    ...pageInput(input, ids, 50),
  })
  return {
    instances: (output.Reservations ?? []).flatMap(({ Instances }) => (Instances ?? []).map(instanceSummary)),
    ...maybe("next_cursor", output.NextToken),
  }
})

/** One instance as EC2 has it, for those who want more than a line. */
export const describeInstance = Effect.fnUntraced(function* (input: In<{ readonly instance_id: string }>) {
  const output = yield* read<DescribeInstancesCommandOutput>(input, "ec2", "DescribeInstances", {
    InstanceIds: [input.instance_id],
  })
  const found = output.Reservations?.[0]?.Instances?.[0]
  if (found !== undefined) return found
  return yield* new ToolFailure({
    code: "InvalidInstanceID.NotFound",
    what: `EC2 knows no instance ${JSON.stringify(input.instance_id)} in this region. ec2_list_instances shows what is there; the instance may be in another region or account.`,
  })
})

export const getInstance = (input: In<{ readonly instance_id: string }>) =>
  Effect.map(describeInstance(input), (instance) => ({ instance: instanceDetail(instance) }))

export const listSecurityGroups = Effect.fnUntraced(function* (
  input: In<
    Page & {
      readonly vpc_id?: string
      readonly group_ids?: ReadonlyArray<string>
      readonly filters?: ReadonlyArray<Filter>
    }
  >,
) {
  const ids = input.group_ids ?? []
  const filters = [
    ...(input.filters ?? []),
    ...(input.vpc_id === undefined ? [] : [{ name: "vpc-id", values: [input.vpc_id] }]),
  ]
  const output = yield* read<DescribeSecurityGroupsCommandOutput>(input, "ec2", "DescribeSecurityGroups", {
    ...filterInput(filters),
    ...(ids.length === 0 ? {} : { GroupIds: ids }),
    ...pageInput(input, ids, 20),
  })
  return { security_groups: (output.SecurityGroups ?? []).map(group), ...maybe("next_cursor", output.NextToken) }
})

export const listVpcs = Effect.fnUntraced(function* (input: In<Page & { readonly filters?: ReadonlyArray<Filter> }>) {
  const output = yield* read<DescribeVpcsCommandOutput>(input, "ec2", "DescribeVpcs", {
    ...filterInput(input.filters ?? []),
    ...pageInput(input, [], 50),
  })
  return { vpcs: (output.Vpcs ?? []).map(vpc), ...maybe("next_cursor", output.NextToken) }
})
