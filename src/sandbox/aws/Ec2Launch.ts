/** RunInstances, as far as one needs it to have instances: image, type, number, subnet, groups, key name, tags. */
import { Effect } from "effect"
import type { AwsRefusal } from "./AwsCall.ts"
import { byId, checkIds, type Ec2Call, endDryRun, kinds, refuse } from "./Ec2Call.ts"
import { flagOf, invalidValue, numberOf, requiredOf, rowsOf, valuesOf } from "./Ec2Form.ts"
import { reservationXml } from "./Ec2Instances.ts"
import { passing } from "./Ec2Life.ts"
import { ec2Arn, type Instance, newId, type SecurityGroup, type Subnet } from "./Ec2State.ts"
import { tagsUnder } from "./Ec2Tags.ts"

const one = Effect.fnUntraced(function* <A>(
  resources: ReadonlyMap<string, A>,
  id: string,
  kind: (typeof kinds)[keyof typeof kinds],
): Effect.fn.Return<A, AwsRefusal> {
  yield* checkIds([id], kind)
  const [found] = yield* byId(resources, [id], kind)
  return found ?? (yield* refuse(kind.notFound, `The ${kind.noun} '${id}' does not exist`))
})

/** The subnet asked for, else the default one of the first zone. */
const subnetFor = Effect.fnUntraced(function* (ec2: Ec2Call): Effect.fn.Return<Subnet, AwsRefusal> {
  const id = ec2.form.get("SubnetId")
  if (id !== undefined) return yield* one(ec2.state.subnets, id, kinds.subnet)
  const usual = [...ec2.state.subnets.values()].find((subnet) => subnet.isDefault)
  return usual ?? (yield* refuse("VPCIdNotSpecified", "No default VPC for this user"))
})

/** The groups asked for, else the VPC's default one; a group of another VPC does not fit. */
const groupsFor = Effect.fnUntraced(function* (
  ec2: Ec2Call,
  vpcId: string,
): Effect.fn.Return<ReadonlyArray<SecurityGroup>, AwsRefusal> {
  const ids = valuesOf(ec2.form, "SecurityGroupId")
  if (ids.length === 0)
    return [...ec2.state.groups.values()].filter((group) => group.vpcId === vpcId && group.name === "default")
  yield* checkIds(ids, kinds.group)
  const groups = yield* byId(ec2.state.groups, ids, kinds.group)
  const foreign = groups.find((group) => group.vpcId !== vpcId)
  if (foreign !== undefined)
    return yield* refuse(
      "InvalidParameter",
      `Security group ${foreign.id} and the subnet belong to different networks.`,
    )
  return groups
})

/** Addresses of a subnet, from the fourth on as AWS keeps the first ones. Every subnet here begins at a multiple of 256. */
const freeAddress = (subnet: Subnet, instances: Iterable<Instance>): string => {
  const taken = new Set([...instances].map((instance) => instance.privateIp))
  const [a, b, c] = subnet.cidr.split(".")
  for (let host = 4; ; host++) {
    const address = `${a}.${b}.${Number(c) + Math.floor(host / 256)}.${host % 256}`
    if (!taken.has(address)) return address
  }
}

const tagsFor = Effect.fnUntraced(function* (ec2: Ec2Call, type: string) {
  const tags = new Map<string, string>()
  for (const row of rowsOf(ec2.form, "TagSpecification"))
    if (row.get("ResourceType") === type) for (const [key, value] of yield* tagsUnder(row, "Tag")) tags.set(key, value)
  return tags
})

/** Between MinCount and MaxCount; here there is always room for the most. */
const countOf = Effect.fnUntraced(function* (ec2: Ec2Call): Effect.fn.Return<number, AwsRefusal> {
  yield* requiredOf(ec2.form, "MinCount")
  yield* requiredOf(ec2.form, "MaxCount")
  const least = (yield* numberOf(ec2.form, "MinCount", 1, 20)) ?? 1
  const most = (yield* numberOf(ec2.form, "MaxCount", 1, 20)) ?? 1
  return least > most ? yield* invalidValue("MinCount must not be greater than MaxCount") : most
})

/** RunInstances. The same client token again answers with what it launched, so that a repeated request launches nothing. */
export const runInstances = Effect.fnUntraced(function* (ec2: Ec2Call): Effect.fn.Return<string, AwsRefusal> {
  const image = yield* one(ec2.state.images, yield* requiredOf(ec2.form, "ImageId"), kinds.image)
  const count = yield* countOf(ec2)
  yield* ec2.allow("ec2:RunInstances", ec2Arn(ec2.state, "instance", "*"))
  const subnet = yield* subnetFor(ec2)
  const groups = yield* groupsFor(ec2, subnet.vpcId)
  const tags = yield* tagsFor(ec2, "instance")
  const volumeTags = yield* tagsFor(ec2, "volume")
  if (tags.size + volumeTags.size > 0) yield* ec2.allow("ec2:CreateTags", ec2Arn(ec2.state, "instance", "*"))
  const hibernates = yield* flagOf(ec2.form, "HibernationOptions.Configured")
  yield* endDryRun(ec2)
  const clientToken = ec2.form.get("ClientToken") ?? ""
  const before = [...ec2.state.instances.values()].filter(
    (old) => clientToken !== "" && old.clientToken === clientToken,
  )
  if (before.length > 0) return reservationXml(before, ec2.state)
  const reservationId = newId("r")
  const launched = Array.from({ length: count }, (_, launchIndex) => {
    const privateIp = freeAddress(subnet, ec2.state.instances.values())
    const instance: Instance = {
      id: newId("i"),
      reservationId,
      launchIndex,
      clientToken,
      image,
      type: ec2.form.get("InstanceType") ?? "m1.small",
      keyName: ec2.form.get("KeyName"),
      subnet,
      groups,
      privateIp,
      // 203.0.113.0/24 is reserved for documentation (RFC 5737): nobody can be behind it.
      publicIp: subnet.givesPublicIps ? `203.0.113.${privateIp.split(".")[3]}` : undefined,
      hibernates,
      volume: { id: newId("vol"), size: 8, tags: new Map(volumeTags) },
      tags: new Map(tags),
      launched: ec2.now,
      life: passing("pending", ec2.now),
    }
    ec2.state.instances.set(instance.id, instance)
    return instance
  })
  return reservationXml(launched, ec2.state)
})
