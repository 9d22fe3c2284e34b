/** From seed to state: every region starts with a default network and images, and what the seed adds to them. */
import { DateTime } from "effect"
import { type Life, passing, type StateName } from "./Ec2Life.ts"
import { zonesOf } from "./Ec2Regions.ts"
import type { Image, Instance, RegionState, SecurityGroup, Subnet, Vpc } from "./Ec2State.ts"
import { seedId } from "./Ec2State.ts"

/** Tags as they stand in a seed. */
type SeedTags = Readonly<Record<string, string>>

/** An instance to start with. It names its subnet and its groups by their ids. */
interface InstanceSeed {
  /** Any text; the instance's ids come from it. */
  readonly label: string
  readonly type: string
  readonly architecture: Image["architecture"]
  readonly subnetId: string
  readonly groupIds: ReadonlyArray<string>
  readonly privateIp: string
  readonly publicIp?: string
  readonly keyName?: string
  readonly hibernates?: boolean
  /** ISO 8601. */
  readonly launched: string
  /** For a state that passes by itself: how many milliseconds after the sandbox's start it does. */
  readonly state: StateName
  readonly passesAfter?: number
  readonly volumeSize: number
  readonly tags: SeedTags
}

/** What an account has in a region besides the default network. */
export interface RegionSeed {
  readonly account: string
  readonly region: string
  readonly vpcs: ReadonlyArray<Vpc>
  readonly subnets: ReadonlyArray<Subnet>
  readonly groups: ReadonlyArray<SecurityGroup>
  readonly instances: ReadonlyArray<InstanceSeed>
}

const label = (account: string, region: string, name: string): string => `${account}/${region}/${name}`

/** The id of an account's default VPC in a region. */
export const defaultVpcId = (account: string, region: string): string =>
  seedId("vpc", label(account, region, "default"))

/** The id of the default VPC's subnet in a zone. */
export const defaultSubnetId = (account: string, zone: string): string =>
  seedId("subnet", label(account, zone, "default"))

/** The id of a VPC's own default security group. */
export const defaultGroupId = (vpcId: string): string => seedId("sg", `${vpcId} default`)

/** Everything may leave: what a new security group allows outwards. */
export const allowAllOut = [{ protocol: "-1", ranges: [{ cidr: "0.0.0.0/0" }] }]

/** The security group that every VPC has: its members reach each other. */
const defaultGroup = (vpcId: string): SecurityGroup => {
  const id = defaultGroupId(vpcId)
  return {
    id,
    name: "default",
    description: "default VPC security group",
    vpcId,
    ingress: [{ protocol: "-1", groups: [{ id }] }],
    egress: allowAllOut,
    tags: new Map(),
  }
}

const imagesOf = (region: string): ReadonlyArray<Image> =>
  (["x86_64", "arm64"] as const).map((architecture) => ({
    id: seedId("ami", `${region} ${architecture}`),
    name: `sandbox-linux-2026.09-${architecture}`,
    architecture,
    description: `Sandbox Linux 2026.09 ${architecture}, an image that boots nowhere`,
    created: "2026-09-01T08:00:00.000Z",
    tags: new Map(),
  }))

const byId = <A extends { readonly id: string }>(resources: ReadonlyArray<A>): Map<string, A> =>
  new Map(resources.map((resource) => [resource.id, resource]))

/** A copy whose tags can be changed without changing the seed. */
const own = <A extends { readonly tags: ReadonlyMap<string, string> }>(resource: A) => ({
  ...resource,
  tags: new Map(resource.tags),
})

/** An account's region as AWS hands it over: a default VPC with a subnet per zone, its security group, images. */
export const emptyRegion = (account: string, region: string): RegionState => {
  const vpcId = defaultVpcId(account, region)
  const subnets = zonesOf(region).map((zone, index): Subnet => ({
    id: defaultSubnetId(account, zone),
    vpcId,
    cidr: `172.31.${index * 16}.0/20`,
    zone,
    isDefault: true,
    givesPublicIps: true,
    tags: new Map(),
  }))
  return {
    account,
    region,
    vpcs: byId([{ id: vpcId, cidr: "172.31.0.0/16", isDefault: true, tags: new Map() }]),
    subnets: byId(subnets),
    groups: byId([defaultGroup(vpcId)]),
    images: byId(imagesOf(region)),
    instances: new Map(),
  }
}

const lifeOf = (seed: InstanceSeed, launched: number, now: number): Life => {
  const { state } = seed
  if (state === "pending" || state === "stopping" || state === "shutting-down")
    return passing(state, now, seed.passesAfter)
  // A terminated instance is listed for an hour, so it must not have ended at its launch.
  return { name: state, since: state === "running" ? launched : now }
}

const instanceOf = (seed: InstanceSeed, state: RegionState, now: number): ReadonlyArray<Instance> => {
  const subnet = state.subnets.get(seed.subnetId)
  const image = [...state.images.values()].find((one) => one.architecture === seed.architecture)
  // A seed that names what is not there is a fault of the seed: its instance is left out, which a test would see.
  if (subnet === undefined || image === undefined) return []
  const id = seedId("i", label(state.account, state.region, seed.label))
  const launched = DateTime.toEpochMillis(DateTime.makeUnsafe(seed.launched))
  const instance: Instance = {
    id,
    reservationId: seedId("r", id),
    launchIndex: 0,
    clientToken: "",
    image,
    type: seed.type,
    keyName: seed.keyName,
    subnet,
    groups: seed.groupIds.flatMap((groupId) => state.groups.get(groupId) ?? []),
    privateIp: seed.privateIp,
    publicIp: seed.publicIp,
    hibernates: seed.hibernates ?? false,
    volume: { id: seedId("vol", id), size: seed.volumeSize, tags: new Map(Object.entries(seed.tags)) },
    tags: new Map(Object.entries(seed.tags)),
    launched,
    life: lifeOf(seed, launched, now),
  }
  return [instance]
}

/** A region with what the seed puts into it; `now` is the sandbox's start. */
export const regionFromSeed = (seed: RegionSeed, now: number): RegionState => {
  const state = emptyRegion(seed.account, seed.region)
  for (const vpc of seed.vpcs) {
    state.vpcs.set(vpc.id, own(vpc))
    state.groups.set(defaultGroupId(vpc.id), defaultGroup(vpc.id))
  }
  for (const subnet of seed.subnets) state.subnets.set(subnet.id, own(subnet))
  for (const group of seed.groups) state.groups.set(group.id, own(group))
  for (const instance of seed.instances.flatMap((one) => instanceOf(one, state, now)))
    state.instances.set(instance.id, instance)
  return state
}
