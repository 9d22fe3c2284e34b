/** EC2's answers in the contract's names, and the filters of its lists. */
import { Schema } from "effect"
import type { Instance, IpPermission, SecurityGroup, Vpc } from "@aws-sdk/client-ec2"
import { dateText, maybe, Tags, tagsOf } from "../AwsFields.ts"

/** The tag that people call a thing by. */
const nameOf = (tags: Instance["Tags"]): string | undefined => tags?.find(({ Key }) => Key === "Name")?.Value

const optionalText = Schema.optionalKey(Schema.String)

/** An instance in a list. */
export const InstanceSummary = Schema.Struct({
  instance_id: Schema.String,
  instance_type: Schema.String,
  state: Schema.String,
  name: optionalText,
  private_ip: optionalText,
  public_ip: optionalText,
})

export const instanceSummary = (instance: Instance): typeof InstanceSummary.Type => ({
  instance_id: instance.InstanceId ?? "",
  instance_type: instance.InstanceType ?? "",
  state: instance.State?.Name ?? "",
  ...maybe("name", nameOf(instance.Tags)),
  ...maybe("private_ip", instance.PrivateIpAddress),
  ...maybe("public_ip", instance.PublicIpAddress),
})

/** An instance in detail. */
export const InstanceDetail = Schema.Struct({
  ...InstanceSummary.fields,
  launch_time: optionalText,
  vpc_id: optionalText,
  subnet_id: optionalText,
  ami_id: optionalText,
  key_name: optionalText,
  availability_zone: optionalText,
  iam_instance_profile: optionalText,
  state_reason: optionalText,
  security_groups: Schema.Array(Schema.Struct({ id: Schema.String, name: Schema.String })),
  tags: Tags,
})

export const instanceDetail = (instance: Instance): typeof InstanceDetail.Type => ({
  ...instanceSummary(instance),
  ...maybe("launch_time", instance.LaunchTime === undefined ? undefined : dateText(instance.LaunchTime)),
  ...maybe("vpc_id", instance.VpcId),
  ...maybe("subnet_id", instance.SubnetId),
  ...maybe("ami_id", instance.ImageId),
  ...maybe("key_name", instance.KeyName),
  ...maybe("availability_zone", instance.Placement?.AvailabilityZone),
  ...maybe("iam_instance_profile", instance.IamInstanceProfile?.Arn),
  ...maybe("state_reason", instance.StateReason?.Message),
  security_groups: (instance.SecurityGroups ?? []).map(({ GroupId, GroupName }) => ({
    id: GroupId ?? "",
    name: GroupName ?? "",
  })),
  tags: tagsOf(instance.Tags),
})

/** One rule of a group: a protocol, its ports, and everybody it is open to. */
const Rule = Schema.Struct({
  protocol: Schema.String,
  from_port: Schema.optionalKey(Schema.Finite),
  to_port: Schema.optionalKey(Schema.Finite),
  peers: Schema.Array(Schema.String),
})

const rule = (permission: IpPermission): typeof Rule.Type => ({
  protocol: permission.IpProtocol === "-1" ? "all" : (permission.IpProtocol ?? ""),
  ...maybe("from_port", permission.FromPort),
  ...maybe("to_port", permission.ToPort),
  peers: [
    ...(permission.IpRanges ?? []).map(({ CidrIp }) => CidrIp ?? ""),
    ...(permission.Ipv6Ranges ?? []).map(({ CidrIpv6 }) => CidrIpv6 ?? ""),
    ...(permission.UserIdGroupPairs ?? []).map(({ GroupId }) => GroupId ?? ""),
    ...(permission.PrefixListIds ?? []).map(({ PrefixListId }) => PrefixListId ?? ""),
  ],
})

export const Group = Schema.Struct({
  id: Schema.String,
  name: Schema.String,
  description: Schema.String,
  vpc_id: optionalText,
  inbound: Schema.Array(Rule),
  outbound: Schema.Array(Rule),
  tags: Tags,
})

export const group = (one: SecurityGroup): typeof Group.Type => ({
  id: one.GroupId ?? "",
  name: one.GroupName ?? "",
  description: one.Description ?? "",
  ...maybe("vpc_id", one.VpcId),
  inbound: (one.IpPermissions ?? []).map(rule),
  outbound: (one.IpPermissionsEgress ?? []).map(rule),
  tags: tagsOf(one.Tags),
})

export const VpcShape = Schema.Struct({
  id: Schema.String,
  cidr_block: Schema.String,
  cidr_blocks: Schema.optionalKey(Schema.Array(Schema.String)),
  state: Schema.String,
  is_default: Schema.Boolean,
  tags: Tags,
})

export const vpc = (one: Vpc): typeof VpcShape.Type => {
  const blocks = (one.CidrBlockAssociationSet ?? []).map(({ CidrBlock }) => CidrBlock ?? "")
  return {
    id: one.VpcId ?? "",
    cidr_block: one.CidrBlock ?? "",
    ...(blocks.length > 1 ? { cidr_blocks: blocks } : {}),
    state: one.State ?? "",
    is_default: one.IsDefault ?? false,
    tags: tagsOf(one.Tags),
  }
}

/** One of AWS's filters, in our spelling. */
export interface Filter {
  readonly name: string
  readonly values: ReadonlyArray<string>
}

/** `[{name, values}]`; AWS's own spelling is taken too, see {@link filterSpellings}. */
export const Filters = Schema.Array(
  Schema.Struct({ name: Schema.String, values: Schema.Array(Schema.String) }),
).annotate({ description: "AWS filters" })

const lower = (filter: unknown): unknown =>
  typeof filter === "object" && filter !== null && !Array.isArray(filter)
    ? Object.fromEntries(
        Object.entries(filter).map(([key, value]): readonly [string, unknown] => [
          key === "Name" || key === "Values" ? key.toLowerCase() : key,
          value,
        ]),
      )
    : filter

/** Filters written as AWS writes them (`Name`, `Values`) mean the same as ours. */
export const filterSpellings = (args: unknown): unknown =>
  typeof args === "object" && args !== null && "filters" in args && Array.isArray(args.filters)
    ? { ...args, filters: args.filters.map(lower) }
    : args

/** The filters of a request, or nothing when there are none. */
export const filterInput = (filters: ReadonlyArray<Filter>): { readonly Filters?: ReadonlyArray<object> } =>
  filters.length === 0 ? {} : { Filters: filters.map(({ name, values }) => ({ Name: name, Values: values })) }
