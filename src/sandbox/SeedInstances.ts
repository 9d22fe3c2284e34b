/** The networks and instances of the seeded sandbox. Addresses that look public are from ranges that nobody uses (RFC 5737). */
import { SECOND_ACCOUNT } from "./aws/DefaultIdentity.ts"
import { ROOT_USER } from "./aws/Identity.ts"
import { allowAllOut, defaultGroupId, defaultSubnetId, defaultVpcId, type RegionSeed } from "./aws/Ec2Seed.ts"
import { type SecurityGroup, seedId, type Subnet } from "./aws/Ec2State.ts"

const tags = (name: string, env: string, team: string) => ({ Name: name, env, team })

const appVpc = seedId("vpc", "acme app")

const subnet = (label: string, zone: string, cidr: string, givesPublicIps: boolean): Subnet => ({
  id: seedId("subnet", `acme ${label}`),
  vpcId: appVpc,
  cidr,
  zone,
  isDefault: false,
  givesPublicIps,
  tags: new Map(Object.entries(tags(label, "production", "platform"))),
})

const frontSubnet = subnet("app-public-a", "us-east-1a", "10.20.0.0/24", true)
const appSubnet = subnet("app-private-a", "us-east-1a", "10.20.16.0/20", false)
const dataSubnet = subnet("app-private-b", "us-east-1b", "10.20.32.0/20", false)

const group = (name: string, description: string, ingress: SecurityGroup["ingress"]): SecurityGroup => ({
  id: seedId("sg", `acme ${name}`),
  name,
  description,
  vpcId: appVpc,
  ingress,
  egress: allowAllOut,
  tags: new Map(Object.entries(tags(name, "production", "platform"))),
})

const web = group("web", "HTTP and HTTPS from everywhere", [
  { protocol: "tcp", ports: [80, 80], ranges: [{ cidr: "0.0.0.0/0" }] },
  { protocol: "tcp", ports: [443, 443], ranges: [{ cidr: "0.0.0.0/0", description: "https" }] },
])

/** The one that a check of security groups should find. */
const bastion = group("bastion", "SSH for administrators", [
  { protocol: "tcp", ports: [22, 22], ranges: [{ cidr: "0.0.0.0/0", description: "open to everybody" }] },
])

const database = group("database", "PostgreSQL from the web group", [
  { protocol: "tcp", ports: [5432, 5432], groups: [{ id: web.id, description: "web servers" }] },
])

const usEast1: RegionSeed = {
  account: ROOT_USER.account,
  region: "us-east-1",
  vpcs: [
    {
      id: appVpc,
      cidr: "10.20.0.0/16",
      isDefault: false,
      tags: new Map(Object.entries(tags("app", "production", "platform"))),
    },
  ],
  subnets: [frontSubnet, appSubnet, dataSubnet],
  groups: [web, bastion, database],
  instances: [
    {
      label: "web-1",
      type: "t3.medium",
      architecture: "x86_64",
      subnetId: frontSubnet.id,
      groupIds: [web.id],
      privateIp: "10.20.0.11",
      publicIp: "198.51.100.11",
      keyName: "acme-ops",
      launched: "2026-03-02T08:00:00.000Z",
      state: "running",
      volumeSize: 20,
      tags: tags("web-1", "production", "web"),
    },
    {
      label: "web-2",
      type: "t3.medium",
      architecture: "x86_64",
      subnetId: frontSubnet.id,
      groupIds: [web.id],
      privateIp: "10.20.0.12",
      publicIp: "198.51.100.12",
      keyName: "acme-ops",
      launched: "2026-03-02T08:01:00.000Z",
      state: "running",
      volumeSize: 20,
      tags: tags("web-2", "production", "web"),
    },
    {
      label: "database-1",
      type: "r7g.large",
      architecture: "arm64",
      subnetId: dataSubnet.id,
      groupIds: [database.id],
      privateIp: "10.20.32.21",
      launched: "2026-01-20T06:30:00.000Z",
      state: "running",
      volumeSize: 200,
      tags: tags("database-1", "production", "data"),
    },
    {
      label: "bastion",
      type: "t3.micro",
      architecture: "x86_64",
      subnetId: frontSubnet.id,
      groupIds: [bastion.id],
      privateIp: "10.20.0.20",
      publicIp: "198.51.100.20",
      keyName: "acme-ops",
      launched: "2026-02-11T15:00:00.000Z",
      state: "stopped",
      volumeSize: 8,
      tags: tags("bastion", "production", "platform"),
    },
    {
      label: "report-builder",
      type: "c7g.xlarge",
      architecture: "arm64",
      subnetId: appSubnet.id,
      groupIds: [defaultGroupId(appVpc)],
      privateIp: "10.20.16.31",
      launched: "2026-08-05T05:00:00.000Z",
      state: "stopped",
      hibernates: true,
      volumeSize: 64,
      tags: tags("report-builder", "staging", "data"),
    },
    {
      label: "batch-7",
      type: "m7i.large",
      architecture: "x86_64",
      subnetId: appSubnet.id,
      groupIds: [defaultGroupId(appVpc)],
      privateIp: "10.20.16.32",
      launched: "2026-09-10T22:00:00.000Z",
      // Writing a large memory to disk takes its time; Force shortens it.
      state: "stopping",
      passesAfter: 10 * 60 * 1000,
      hibernates: true,
      volumeSize: 32,
      tags: tags("batch-7", "staging", "data"),
    },
    {
      label: "trial",
      type: "t3.micro",
      architecture: "x86_64",
      subnetId: defaultSubnetId(ROOT_USER.account, "us-east-1a"),
      groupIds: [defaultGroupId(defaultVpcId(ROOT_USER.account, "us-east-1"))],
      privateIp: "172.31.0.41",
      launched: "2026-09-20T10:00:00.000Z",
      state: "terminated",
      volumeSize: 8,
      tags: tags("trial", "development", "platform"),
    },
  ],
}

const euWest1: RegionSeed = {
  account: ROOT_USER.account,
  region: "eu-west-1",
  vpcs: [],
  subnets: [],
  groups: [],
  instances: ["a", "b"].map((letter, index) => ({
    label: `media-${letter}`,
    type: "t3.small",
    architecture: "x86_64",
    subnetId: defaultSubnetId(ROOT_USER.account, `eu-west-1${letter}`),
    groupIds: [defaultGroupId(defaultVpcId(ROOT_USER.account, "eu-west-1"))],
    privateIp: `172.31.${index * 16}.51`,
    publicIp: `203.0.113.5${index}`,
    launched: "2026-04-14T12:00:00.000Z",
    state: index === 0 ? "running" : "stopped",
    volumeSize: 16,
    tags: tags(`media-${letter}`, "production", "web"),
  })),
}

const partner: RegionSeed = {
  account: SECOND_ACCOUNT,
  region: "us-east-1",
  vpcs: [],
  subnets: [],
  groups: [],
  instances: [
    {
      label: "reports",
      type: "t3.small",
      architecture: "x86_64",
      subnetId: defaultSubnetId(SECOND_ACCOUNT, "us-east-1a"),
      groupIds: [defaultGroupId(defaultVpcId(SECOND_ACCOUNT, "us-east-1"))],
      privateIp: "172.31.0.61",
      launched: "2026-05-25T09:00:00.000Z",
      state: "running",
      volumeSize: 16,
      tags: tags("reports", "staging", "finance"),
    },
  ],
}

/** Seven instances in us-east-1 and two in eu-west-1 for the first account, one for the second. */
export const seededRegions: ReadonlyArray<RegionSeed> = [usEast1, euWest1, partner]
