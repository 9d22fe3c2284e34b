/** DescribeInstances and DescribeInstanceStatus. */
import { DateTime, Effect } from "effect"
import type { AwsRefusal } from "./AwsCall.ts"
import { type Ec2Call, itemSet, kinds, listed, openList, pageOf, tagSet } from "./Ec2Call.ts"
import { type Facts, filtered } from "./Ec2Filters.ts"
import { flagOf } from "./Ec2Form.ts"
import { isForgotten, lifeAt, type StateName, stateCodes } from "./Ec2Life.ts"
import { zoneId } from "./Ec2Regions.ts"
import type { Instance, RegionState } from "./Ec2State.ts"
import { element, isoTime, leaf } from "./XmlElement.ts"

/** `<code>` and `<name>` of a state, under the element that the operation calls for. */
export const stateXml = (name: string, state: StateName): string =>
  element(name, leaf("code", stateCodes[state]), leaf("name", state))

/** Brings every instance up to the moment and drops those that EC2 would have forgotten. */
export const settle = (state: RegionState, now: number): void => {
  for (const instance of state.instances.values()) {
    if (isForgotten(instance.life, now)) state.instances.delete(instance.id)
    else instance.life = lifeAt(instance.life, now)
  }
}

const isOff = (instance: Instance): boolean => instance.life.name === "terminated"

const privateName = (instance: Instance, region: string): string =>
  `ip-${instance.privateIp.replaceAll(".", "-")}.${region === "us-east-1" ? "ec2" : `${region}.compute`}.internal`

const publicName = (instance: Instance, region: string): string =>
  instance.publicIp === undefined
    ? ""
    : `ec2-${instance.publicIp.replaceAll(".", "-")}.${region === "us-east-1" ? "compute-1" : `${region}.compute`}.amazonaws.com`

const publicIpOf = (instance: Instance): string | undefined =>
  instance.life.name === "running" ? instance.publicIp : undefined

/** Why the instance is as it is: here only ever because its user wanted it. */
const reasonXml = ({ life }: Instance): string => {
  if (life.name === "pending" || life.name === "running") return "<reason/>"
  const when = DateTime.formatIso(DateTime.makeUnsafe(life.since)).slice(0, 19).replace("T", " ")
  const reason = `User initiated (${when} GMT)`
  const code = "Client.UserInitiatedShutdown"
  return (
    leaf("reason", reason) +
    element("stateReason", leaf("code", code), leaf("message", `${code}: User initiated shutdown`))
  )
}

const networkXml = (instance: Instance, region: string): string =>
  isOff(instance)
    ? "<privateDnsName/><dnsName/><groupSet/>"
    : leaf("privateDnsName", privateName(instance, region)) +
      leaf("dnsName", publicIpOf(instance) === undefined ? "" : publicName(instance, region)) +
      leaf("subnetId", instance.subnet.id) +
      leaf("vpcId", instance.subnet.vpcId) +
      leaf("privateIpAddress", instance.privateIp) +
      leaf("ipAddress", publicIpOf(instance)) +
      leaf("sourceDestCheck", true) +
      itemSet(
        "groupSet",
        instance.groups.map((group) => leaf("groupId", group.id) + leaf("groupName", group.name)),
      )

const diskXml = (instance: Instance): string =>
  isOff(instance)
    ? "<blockDeviceMapping/>"
    : itemSet("blockDeviceMapping", [
        leaf("deviceName", "/dev/xvda") +
          element(
            "ebs",
            leaf("volumeId", instance.volume.id),
            leaf("status", "attached"),
            leaf("attachTime", isoTime(instance.launched)),
            leaf("deleteOnTermination", true),
          ),
      ])

/** One instance, as DescribeInstances and RunInstances tell it. */
const instanceXml = (instance: Instance, region: string): string =>
  leaf("instanceId", instance.id) +
  leaf("imageId", instance.image.id) +
  stateXml("instanceState", instance.life.name) +
  reasonXml(instance) +
  leaf("keyName", instance.keyName) +
  leaf("amiLaunchIndex", instance.launchIndex) +
  "<productCodes/>" +
  leaf("instanceType", instance.type) +
  leaf("launchTime", isoTime(instance.launched)) +
  element(
    "placement",
    leaf("availabilityZone", instance.subnet.zone),
    leaf("availabilityZoneId", zoneId(instance.subnet.zone)),
    "<groupName/>",
    leaf("tenancy", "default"),
  ) +
  element("monitoring", leaf("state", "disabled")) +
  networkXml(instance, region) +
  leaf("architecture", instance.image.architecture) +
  leaf("rootDeviceType", "ebs") +
  leaf("rootDeviceName", "/dev/xvda") +
  diskXml(instance) +
  leaf("virtualizationType", "hvm") +
  leaf("clientToken", instance.clientToken) +
  tagSet(instance.tags) +
  leaf("hypervisor", "xen") +
  leaf("ebsOptimized", false) +
  leaf("enaSupport", true) +
  element("hibernationOptions", leaf("configured", instance.hibernates)) +
  leaf("platformDetails", "Linux/UNIX")

/** A reservation: what one RunInstances launched together. */
export const reservationXml = (instances: ReadonlyArray<Instance>, state: RegionState): string =>
  leaf("reservationId", instances[0]?.reservationId) +
  leaf("ownerId", state.account) +
  "<groupSet/>" +
  itemSet(
    "instancesSet",
    instances.map((instance) => instanceXml(instance, state.region)),
  )

const instanceFacts = (state: RegionState): Facts<Instance> => ({
  "instance-id": (one) => [one.id],
  "instance-state-name": (one) => [one.life.name],
  "instance-state-code": (one) => [String(stateCodes[one.life.name])],
  "instance-type": (one) => [one.type],
  "image-id": (one) => [one.image.id],
  "vpc-id": (one) => (isOff(one) ? [] : [one.subnet.vpcId]),
  "subnet-id": (one) => (isOff(one) ? [] : [one.subnet.id]),
  "availability-zone": (one) => [one.subnet.zone],
  "private-ip-address": (one) => (isOff(one) ? [] : [one.privateIp]),
  "private-dns-name": (one) => (isOff(one) ? [] : [privateName(one, state.region)]),
  "ip-address": (one) => [publicIpOf(one)],
  "dns-name": (one) => (publicIpOf(one) === undefined ? [] : [publicName(one, state.region)]),
  "key-name": (one) => [one.keyName],
  "instance.group-id": (one) => one.groups.map((group) => group.id),
  "instance.group-name": (one) => one.groups.map((group) => group.name),
  "group-id": (one) => one.groups.map((group) => group.id),
  "group-name": (one) => one.groups.map((group) => group.name),
  "reservation-id": (one) => [one.reservationId],
  "owner-id": () => [state.account],
  "client-token": (one) => [one.clientToken],
  "launch-time": (one) => [isoTime(one.launched)],
  architecture: (one) => [one.image.architecture],
  "root-device-type": () => ["ebs"],
  "virtualization-type": () => ["hvm"],
  tenancy: () => ["default"],
})

/** DescribeInstances; the instances of a page stand under their reservations. */
export const describeInstances = Effect.fnUntraced(function* (ec2: Ec2Call): Effect.fn.Return<string, AwsRefusal> {
  yield* openList(ec2)
  const instances = yield* listed(ec2, ec2.state.instances, kinds.instance)
  const passing = yield* filtered(ec2.form, instances, instanceFacts(ec2.state), (one) => one.tags)
  const page = yield* pageOf(ec2, passing)
  const reservations = Map.groupBy(page.items, (instance) => instance.reservationId)
  return (
    itemSet(
      "reservationSet",
      [...reservations.values()].map((together) => reservationXml(together, ec2.state)),
    ) + page.next
  )
})

/** How long the checks of a started instance take, in milliseconds. */
const CHECKS_MS = 3000

const statusOf = (instance: Instance, now: number): string => {
  if (instance.life.name !== "running") return "not-applicable"
  return now - instance.life.since < CHECKS_MS ? "initializing" : "ok"
}

const statusXml = (instance: Instance, now: number): string => {
  const status = statusOf(instance, now)
  const told = { ok: "passed", initializing: "initializing" }[status]
  const details = told === undefined ? "" : itemSet("details", [leaf("name", "reachability") + leaf("status", told)])
  return (
    leaf("instanceId", instance.id) +
    leaf("availabilityZone", instance.subnet.zone) +
    stateXml("instanceState", instance.life.name) +
    element("systemStatus", leaf("status", status), details) +
    element("instanceStatus", leaf("status", status), details)
  )
}

/** DescribeInstanceStatus: running instances only, unless all are asked for. */
export const describeInstanceStatus = Effect.fnUntraced(function* (ec2: Ec2Call): Effect.fn.Return<string, AwsRefusal> {
  yield* openList(ec2)
  const all = yield* flagOf(ec2.form, "IncludeAllInstances")
  const instances = yield* listed(ec2, ec2.state.instances, kinds.instance)
  const passing = yield* filtered(
    ec2.form,
    instances.filter((instance) => all || instance.life.name === "running"),
    {
      "instance-state-name": (one) => [one.life.name],
      "instance-state-code": (one) => [String(stateCodes[one.life.name])],
      "availability-zone": (one) => [one.subnet.zone],
      "instance-status.status": (one) => [statusOf(one, ec2.now)],
      "system-status.status": (one) => [statusOf(one, ec2.now)],
    },
  )
  const page = yield* pageOf(ec2, passing)
  return (
    itemSet(
      "instanceStatusSet",
      page.items.map((instance) => statusXml(instance, ec2.now)),
    ) + page.next
  )
})
