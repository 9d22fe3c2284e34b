/** DescribeVpcs and DescribeSubnets. */
import { Effect } from "effect"
import type { AwsRefusal } from "./AwsCall.ts"
import { type Ec2Call, itemSet, kinds, listed, openList, pageOf, tagSet } from "./Ec2Call.ts"
import { type Facts, filtered } from "./Ec2Filters.ts"
import { zoneId } from "./Ec2Regions.ts"
import { ec2Arn, type RegionState, seedId, type Subnet, type Vpc } from "./Ec2State.ts"
import { element, leaf } from "./XmlElement.ts"

const dhcpOptionsId = (state: RegionState): string => seedId("dopt", `${state.account}/${state.region}`)

const vpcFacts = (state: RegionState): Facts<Vpc> => ({
  "vpc-id": (vpc) => [vpc.id],
  cidr: (vpc) => [vpc.cidr],
  "cidr-block-association.cidr-block": (vpc) => [vpc.cidr],
  "is-default": (vpc) => [String(vpc.isDefault)],
  "dhcp-options-id": () => [dhcpOptionsId(state)],
  "owner-id": () => [state.account],
  state: () => ["available"],
})

const vpcXml = (vpc: Vpc, state: RegionState): string =>
  leaf("vpcId", vpc.id) +
  leaf("ownerId", state.account) +
  leaf("state", "available") +
  leaf("cidrBlock", vpc.cidr) +
  itemSet("cidrBlockAssociationSet", [
    leaf("associationId", seedId("vpc-cidr-assoc", vpc.id)) +
      leaf("cidrBlock", vpc.cidr) +
      element("cidrBlockState", leaf("state", "associated")),
  ]) +
  leaf("dhcpOptionsId", dhcpOptionsId(state)) +
  leaf("instanceTenancy", "default") +
  leaf("isDefault", vpc.isDefault) +
  tagSet(vpc.tags)

/** DescribeVpcs. */
export const describeVpcs = Effect.fnUntraced(function* (ec2: Ec2Call): Effect.fn.Return<string, AwsRefusal> {
  yield* openList(ec2)
  const vpcs = yield* listed(ec2, ec2.state.vpcs, kinds.vpc)
  const page = yield* pageOf(ec2, yield* filtered(ec2.form, vpcs, vpcFacts(ec2.state), (vpc) => vpc.tags))
  return (
    itemSet(
      "vpcSet",
      page.items.map((vpc) => vpcXml(vpc, ec2.state)),
    ) + page.next
  )
})

/** Addresses of a subnet that are free: all but AWS's five and those of instances. */
const freeAddresses = (subnet: Subnet, state: RegionState): number => {
  const bits = 32 - Number(subnet.cidr.split("/")[1])
  const taken = [...state.instances.values()].filter(
    (instance) => instance.subnet.id === subnet.id && instance.life.name !== "terminated",
  )
  return 2 ** bits - 5 - taken.length
}

const subnetFacts = (state: RegionState): Facts<Subnet> => ({
  "subnet-id": (subnet) => [subnet.id],
  "vpc-id": (subnet) => [subnet.vpcId],
  "availability-zone": (subnet) => [subnet.zone],
  "availability-zone-id": (subnet) => [zoneId(subnet.zone)],
  "cidr-block": (subnet) => [subnet.cidr],
  "default-for-az": (subnet) => [String(subnet.isDefault)],
  "map-public-ip-on-launch": (subnet) => [String(subnet.givesPublicIps)],
  "owner-id": () => [state.account],
  state: () => ["available"],
})

const subnetXml = (subnet: Subnet, state: RegionState): string =>
  leaf("subnetId", subnet.id) +
  leaf("subnetArn", ec2Arn(state, "subnet", subnet.id)) +
  leaf("state", "available") +
  leaf("ownerId", state.account) +
  leaf("vpcId", subnet.vpcId) +
  leaf("cidrBlock", subnet.cidr) +
  "<ipv6CidrBlockAssociationSet/>" +
  leaf("assignIpv6AddressOnCreation", false) +
  leaf("availableIpAddressCount", freeAddresses(subnet, state)) +
  leaf("availabilityZone", subnet.zone) +
  leaf("availabilityZoneId", zoneId(subnet.zone)) +
  leaf("defaultForAz", subnet.isDefault) +
  leaf("mapPublicIpOnLaunch", subnet.givesPublicIps) +
  tagSet(subnet.tags)

/** DescribeSubnets. */
export const describeSubnets = Effect.fnUntraced(function* (ec2: Ec2Call): Effect.fn.Return<string, AwsRefusal> {
  yield* openList(ec2)
  const subnets = yield* listed(ec2, ec2.state.subnets, kinds.subnet)
  const page = yield* pageOf(ec2, yield* filtered(ec2.form, subnets, subnetFacts(ec2.state), (subnet) => subnet.tags))
  return (
    itemSet(
      "subnetSet",
      page.items.map((subnet) => subnetXml(subnet, ec2.state)),
    ) + page.next
  )
})
