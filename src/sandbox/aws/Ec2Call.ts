/** An EC2 call with its form and the state of its account and region, and what nearly every operation does with it. */
import { Effect } from "effect"
import { type AwsCall, AwsRefusal } from "./AwsCall.ts"
import { type Ec2Form, flagOf, invalidValue, numberOf, valuesOf } from "./Ec2Form.ts"
import type { RegionState, Tags } from "./Ec2State.ts"
import { element, leaf } from "./XmlElement.ts"

/** A call on EC2. */
export interface Ec2Call extends AwsCall {
  readonly action: string
  readonly form: Ec2Form
  readonly state: RegionState
}

/** An operation: the content of its `<…Response>` element. */
export type Ec2Operation = (ec2: Ec2Call) => Effect.Effect<string, AwsRefusal>

/** A refusal with EC2's usual status. */
export const refuse = (code: string, message: string): AwsRefusal => new AwsRefusal({ status: 400, code, message })

/** Ends a dry run: it is told as a refusal, although everything was in order. */
export const endDryRun = Effect.fnUntraced(function* (ec2: Ec2Call): Effect.fn.Return<void, AwsRefusal> {
  if (yield* flagOf(ec2.form, "DryRun"))
    return yield* new AwsRefusal({
      status: 412,
      code: "DryRunOperation",
      message: "Request would have succeeded, but DryRun flag is set.",
    })
})

/** The permission of a list, which EC2 knows for everything or nothing, and the end of a dry run. */
export const openList = Effect.fnUntraced(function* (ec2: Ec2Call): Effect.fn.Return<void, AwsRefusal> {
  yield* ec2.allow(`ec2:${ec2.action}`, "*")
  yield* endDryRun(ec2)
})

/** How a kind of resource is named: its id prefix, the parameter with ids, and EC2's codes for bad and unknown ones. */
export interface Kind {
  readonly prefix: string
  readonly parameter: string
  readonly malformed: string
  readonly notFound: string
  readonly noun: string
}

/** The kinds of resource here (codes from the EC2 API reference, whose spelling follows no rule). */
export const kinds = {
  instance: {
    prefix: "i",
    parameter: "InstanceId",
    malformed: "InvalidInstanceID.Malformed",
    notFound: "InvalidInstanceID.NotFound",
    noun: "instance ID",
  },
  vpc: {
    prefix: "vpc",
    parameter: "VpcId",
    malformed: "InvalidVpcID.Malformed",
    notFound: "InvalidVpcID.NotFound",
    noun: "vpc ID",
  },
  subnet: {
    prefix: "subnet",
    parameter: "SubnetId",
    malformed: "InvalidSubnetID.Malformed",
    notFound: "InvalidSubnetID.NotFound",
    noun: "subnet ID",
  },
  group: {
    prefix: "sg",
    parameter: "GroupId",
    malformed: "InvalidGroupId.Malformed",
    notFound: "InvalidGroup.NotFound",
    noun: "security group",
  },
  image: {
    prefix: "ami",
    parameter: "ImageId",
    malformed: "InvalidAMIID.Malformed",
    notFound: "InvalidAMIID.NotFound",
    noun: "image id",
  },
  volume: {
    prefix: "vol",
    parameter: "VolumeId",
    malformed: "InvalidVolumeID.Malformed",
    notFound: "InvalidVolume.NotFound",
    noun: "volume",
  },
} satisfies Record<string, Kind>

/** Refuses ids that are not of the kind's form: the prefix and 8 or 17 hex characters. */
export const checkIds = Effect.fnUntraced(function* (
  ids: ReadonlyArray<string>,
  kind: Kind,
): Effect.fn.Return<void, AwsRefusal> {
  const form = new RegExp(`^${kind.prefix}-(?:[0-9a-f]{8}|[0-9a-f]{17})$`)
  const bad = ids.find((id) => !form.test(id))
  if (bad !== undefined) return yield* refuse(kind.malformed, `Invalid id: "${bad}" (expecting "${kind.prefix}-...")`)
})

/** The resources with these ids, in the order asked for. */
export const byId = Effect.fnUntraced(function* <A>(
  resources: ReadonlyMap<string, A>,
  ids: ReadonlyArray<string>,
  kind: Kind,
): Effect.fn.Return<ReadonlyArray<A>, AwsRefusal> {
  const unknown = ids.filter((id) => !resources.has(id))
  if (unknown.length > 0) {
    const several = unknown.length > 1
    return yield* refuse(
      kind.notFound,
      `The ${kind.noun}${several ? "s" : ""} '${unknown.join(", ")}' ${several ? "do" : "does"} not exist`,
    )
  }
  return [...new Set(ids)].flatMap((id) => {
    const resource = resources.get(id)
    return resource === undefined ? [] : [resource]
  })
})

/** The resources of a list: those whose ids the request names, else all. */
export const listed = Effect.fnUntraced(function* <A>(
  ec2: Ec2Call,
  resources: ReadonlyMap<string, A>,
  kind: Kind,
): Effect.fn.Return<ReadonlyArray<A>, AwsRefusal> {
  const ids = valuesOf(ec2.form, kind.parameter)
  if (ids.length === 0) return [...resources.values()]
  if (ec2.form.has("MaxResults"))
    return yield* refuse(
      "InvalidParameterCombination",
      `The parameter ${kind.parameter} cannot be used with the parameter MaxResults`,
    )
  yield* checkIds(ids, kind)
  return yield* byId(resources, ids, kind)
})

/** A page of a list and the `<nextToken>` behind it. A token is a position in the list of one action. */
export const pageOf = Effect.fnUntraced(function* <A>(
  ec2: Ec2Call,
  resources: ReadonlyArray<A>,
): Effect.fn.Return<{ readonly items: ReadonlyArray<A>; readonly next: string }, AwsRefusal> {
  const max = (yield* numberOf(ec2.form, "MaxResults", 5, 1000)) ?? 1000
  const token = ec2.form.get("NextToken") ?? ""
  const [, action, position = "0"] = /^(\w+)@(\d{1,9})$/.exec(Buffer.from(token, "base64url").toString("latin1")) ?? []
  if (token !== "" && action !== ec2.action) return yield* invalidValue("Unable to parse pagination token")
  const end = Number(position) + max
  const next = Buffer.from(`${ec2.action}@${end}`).toString("base64url")
  return {
    items: resources.slice(Number(position), end),
    next: end < resources.length ? leaf("nextToken", next) : "",
  }
})

/** `<name><item>…</item>…</name>`, EC2's way to write a list. */
export const itemSet = (name: string, items: ReadonlyArray<string>): string =>
  element(name, ...items.map((item) => element("item", item)))

/** The tags of a resource. */
export const tagSet = (tags: Tags): string =>
  itemSet(
    "tagSet",
    [...tags].map(([key, value]) => leaf("key", key) + leaf("value", value)),
  )
