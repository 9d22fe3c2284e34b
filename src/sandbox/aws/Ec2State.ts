/** What the sandbox's EC2 remembers, per account and region. Maps are changed in place, between two yields of a handler. */
import { createHash, randomBytes } from "node:crypto"
import type { Life } from "./Ec2Life.ts"

/** Tags of a resource by key. */
export type Tags = Map<string, string>

/** A virtual network. */
export interface Vpc {
  readonly id: string
  readonly cidr: string
  readonly isDefault: boolean
  readonly tags: Tags
}

/** A subnet in one availability zone. */
export interface Subnet {
  readonly id: string
  readonly vpcId: string
  readonly cidr: string
  readonly zone: string
  readonly isDefault: boolean
  readonly givesPublicIps: boolean
  readonly tags: Tags
}

/** A rule of a security group: one protocol and port range, for addresses or for members of groups. */
export interface Rule {
  /** `tcp`, `udp`, `icmp`, or `-1` for everything, which has no ports. */
  readonly protocol: string
  readonly ports?: readonly [from: number, to: number]
  readonly ranges?: ReadonlyArray<{ readonly cidr: string; readonly description?: string }>
  readonly groups?: ReadonlyArray<{ readonly id: string; readonly description?: string }>
}

/** A security group. */
export interface SecurityGroup {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly vpcId: string
  readonly ingress: ReadonlyArray<Rule>
  readonly egress: ReadonlyArray<Rule>
  readonly tags: Tags
}

/** A machine image. */
export interface Image {
  readonly id: string
  readonly name: string
  readonly architecture: "x86_64" | "arm64"
  readonly description: string
  /** ISO 8601. */
  readonly created: string
  readonly tags: Tags
}

/** An instance. Its life is brought up to date by whoever looks, see Ec2Life. */
export interface Instance {
  readonly id: string
  readonly reservationId: string
  readonly launchIndex: number
  readonly clientToken: string
  readonly image: Image
  readonly type: string
  readonly keyName: string | undefined
  readonly subnet: Subnet
  readonly groups: ReadonlyArray<SecurityGroup>
  readonly privateIp: string
  /** Told only while the instance runs. */
  readonly publicIp: string | undefined
  readonly hibernates: boolean
  readonly volume: { readonly id: string; readonly size: number; readonly tags: Tags }
  readonly tags: Tags
  launched: number
  life: Life
}

/** One account's EC2 in one region. */
export interface RegionState {
  readonly account: string
  readonly region: string
  readonly vpcs: Map<string, Vpc>
  readonly subnets: Map<string, Subnet>
  readonly groups: Map<string, SecurityGroup>
  readonly images: Map<string, Image>
  readonly instances: Map<string, Instance>
}

/** An id of EC2's form (`vpc-` + 17 hex characters) that is the same for the same label at every start. */
export const seedId = (kind: string, label: string): string =>
  `${kind}-${createHash("sha256").update(`${kind} ${label}`).digest("hex").slice(0, 17)}`

/** A new id of EC2's form. */
export const newId = (kind: string): string => `${kind}-${randomBytes(9).toString("hex").slice(0, 17)}`

/** The ARN of an EC2 resource; `type` as IAM knows it (`instance`, `security-group`). */
export const ec2Arn = (state: RegionState, type: string, id: string): string =>
  `arn:aws:ec2:${state.region}:${state.account}:${type}/${id}`
