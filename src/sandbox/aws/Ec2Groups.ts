/** DescribeSecurityGroups and DescribeSecurityGroupRules. */
import { Effect } from "effect"
import type { AwsRefusal } from "./AwsCall.ts"
import { type Ec2Call, itemSet, kinds, listed, openList, pageOf, tagSet } from "./Ec2Call.ts"
import { type Facts, filtered } from "./Ec2Filters.ts"
import { valuesOf } from "./Ec2Form.ts"
import { ec2Arn, type RegionState, type Rule, type SecurityGroup, seedId } from "./Ec2State.ts"
import { element, leaf } from "./XmlElement.ts"

const rangesOf = (rules: ReadonlyArray<Rule>): ReadonlyArray<string> =>
  rules.flatMap((rule) => (rule.ranges ?? []).map((range) => range.cidr))

const groupFacts = (state: RegionState): Facts<SecurityGroup> => ({
  "group-id": (group) => [group.id],
  "group-name": (group) => [group.name],
  "vpc-id": (group) => [group.vpcId],
  description: (group) => [group.description],
  "owner-id": () => [state.account],
  "ip-permission.protocol": (group) => group.ingress.map((rule) => rule.protocol),
  "ip-permission.from-port": (group) => group.ingress.map((rule) => rule.ports?.[0].toString()),
  "ip-permission.to-port": (group) => group.ingress.map((rule) => rule.ports?.[1].toString()),
  "ip-permission.cidr": (group) => rangesOf(group.ingress),
  "ip-permission.group-id": (group) => group.ingress.flatMap((rule) => (rule.groups ?? []).map(({ id }) => id)),
  "egress.ip-permission.cidr": (group) => rangesOf(group.egress),
})

const portsXml = (rule: Rule): string => leaf("fromPort", rule.ports?.[0]) + leaf("toPort", rule.ports?.[1])

const permissionXml = (rule: Rule, state: RegionState): string =>
  leaf("ipProtocol", rule.protocol) +
  portsXml(rule) +
  itemSet(
    "groups",
    (rule.groups ?? []).map(
      (group) => leaf("userId", state.account) + leaf("groupId", group.id) + leaf("description", group.description),
    ),
  ) +
  itemSet(
    "ipRanges",
    (rule.ranges ?? []).map((range) => leaf("cidrIp", range.cidr) + leaf("description", range.description)),
  ) +
  "<ipv6Ranges/><prefixListIds/>"

const groupXml = (group: SecurityGroup, state: RegionState): string =>
  leaf("ownerId", state.account) +
  leaf("groupId", group.id) +
  leaf("groupName", group.name) +
  leaf("groupDescription", group.description) +
  leaf("vpcId", group.vpcId) +
  leaf("securityGroupArn", ec2Arn(state, "security-group", group.id)) +
  itemSet(
    "ipPermissions",
    group.ingress.map((rule) => permissionXml(rule, state)),
  ) +
  itemSet(
    "ipPermissionsEgress",
    group.egress.map((rule) => permissionXml(rule, state)),
  ) +
  tagSet(group.tags)

/** DescribeSecurityGroups; `GroupName.N` names groups of the default VPC. */
export const describeSecurityGroups = Effect.fnUntraced(function* (ec2: Ec2Call): Effect.fn.Return<string, AwsRefusal> {
  yield* openList(ec2)
  const names = valuesOf(ec2.form, "GroupName")
  const groups = (yield* listed(ec2, ec2.state.groups, kinds.group)).filter(
    (group) =>
      names.length === 0 || (names.includes(group.name) && ec2.state.vpcs.get(group.vpcId)?.isDefault === true),
  )
  const page = yield* pageOf(ec2, yield* filtered(ec2.form, groups, groupFacts(ec2.state), (group) => group.tags))
  return (
    itemSet(
      "securityGroupInfo",
      page.items.map((group) => groupXml(group, ec2.state)),
    ) + page.next
  )
})

/** One source or target of one rule, as EC2 counts rules by id. */
interface FlatRule {
  readonly id: string
  readonly group: SecurityGroup
  readonly egress: boolean
  readonly rule: Rule
  readonly cidr?: string
  readonly other?: string
  readonly description?: string | undefined
}

const flatRules = (group: SecurityGroup): ReadonlyArray<FlatRule> =>
  [false, true].flatMap((egress) =>
    (egress ? group.egress : group.ingress).flatMap((rule) => {
      const label = `${group.id} ${egress} ${rule.protocol} ${rule.ports?.join("-")}`
      const base = { group, egress, rule }
      return [
        ...(rule.ranges ?? []).map(({ cidr, description }): FlatRule => {
          return { ...base, id: seedId("sgr", `${label} ${cidr}`), cidr, description }
        }),
        ...(rule.groups ?? []).map(({ id, description }): FlatRule => {
          return { ...base, id: seedId("sgr", `${label} ${id}`), other: id, description }
        }),
      ]
    }),
  )

const flatRuleXml = (flat: FlatRule, state: RegionState): string =>
  leaf("securityGroupRuleId", flat.id) +
  leaf("groupId", flat.group.id) +
  leaf("groupOwnerId", state.account) +
  leaf("isEgress", flat.egress) +
  leaf("ipProtocol", flat.rule.protocol) +
  leaf("fromPort", flat.rule.ports?.[0] ?? -1) +
  leaf("toPort", flat.rule.ports?.[1] ?? -1) +
  leaf("cidrIpv4", flat.cidr) +
  (flat.other === undefined
    ? ""
    : element("referencedGroupInfo", leaf("groupId", flat.other), leaf("userId", state.account))) +
  leaf("description", flat.description) +
  "<tagSet/>"

/** DescribeSecurityGroupRules. */
export const describeSecurityGroupRules = Effect.fnUntraced(function* (
  ec2: Ec2Call,
): Effect.fn.Return<string, AwsRefusal> {
  yield* openList(ec2)
  const rules = [...ec2.state.groups.values()].flatMap(flatRules)
  const ids = valuesOf(ec2.form, "SecurityGroupRuleId")
  const passing = yield* filtered(
    ec2.form,
    rules.filter((flat) => ids.length === 0 || ids.includes(flat.id)),
    { "group-id": (flat) => [flat.group.id], "security-group-rule-id": (flat) => [flat.id] },
  )
  const page = yield* pageOf(ec2, passing)
  return (
    itemSet(
      "securityGroupRuleSet",
      page.items.map((flat) => flatRuleXml(flat, ec2.state)),
    ) + page.next
  )
})
