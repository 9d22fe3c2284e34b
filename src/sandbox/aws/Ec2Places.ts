/** DescribeRegions and DescribeAvailabilityZones. */
import { Effect } from "effect"
import type { AwsRefusal } from "./AwsCall.ts"
import { type Ec2Call, itemSet, openList } from "./Ec2Call.ts"
import { filtered } from "./Ec2Filters.ts"
import { flagOf, invalidValue, valuesOf } from "./Ec2Form.ts"
import { type OptIn, regions, zoneId, zonesOf } from "./Ec2Regions.ts"
import { leaf } from "./XmlElement.ts"

const endpointOf = (region: string): string => `ec2.${region}.amazonaws.com`

/** DescribeRegions: those that are on for the account, unless all are asked for or some are named. */
export const describeRegions = Effect.fnUntraced(function* (ec2: Ec2Call): Effect.fn.Return<string, AwsRefusal> {
  yield* openList(ec2)
  const names = valuesOf(ec2.form, "RegionName")
  const unknown = names.filter((name) => !regions.has(name))
  if (unknown.length > 0) return yield* invalidValue(`Invalid region names: [${unknown.join(", ")}]`)
  const all = (yield* flagOf(ec2.form, "AllRegions")) || names.length > 0
  const shown = [...regions].filter(
    ([name, optIn]) => (all || optIn !== "not-opted-in") && (names.length === 0 || names.includes(name)),
  )
  const passing = yield* filtered<readonly [string, OptIn]>(ec2.form, shown, {
    "region-name": ([name]) => [name],
    endpoint: ([name]) => [endpointOf(name)],
    "opt-in-status": ([, optIn]) => [optIn],
  })
  return itemSet(
    "regionInfo",
    passing.map(
      ([name, optIn]) =>
        leaf("regionName", name) + leaf("regionEndpoint", endpointOf(name)) + leaf("optInStatus", optIn),
    ),
  )
})

/** DescribeAvailabilityZones of the call's region. */
export const describeAvailabilityZones = Effect.fnUntraced(function* (
  ec2: Ec2Call,
): Effect.fn.Return<string, AwsRefusal> {
  yield* openList(ec2)
  const zones = zonesOf(ec2.region)
  const names = valuesOf(ec2.form, "ZoneName")
  const unknown = names.filter((name) => !zones.includes(name))
  if (unknown.length > 0) return yield* invalidValue(`Invalid availability zones: [${unknown.join(", ")}]`)
  const shown = zones.filter((zone) => names.length === 0 || names.includes(zone))
  const passing = yield* filtered(ec2.form, shown, {
    "zone-name": (zone) => [zone],
    "zone-id": (zone) => [zoneId(zone)],
    "zone-type": () => ["availability-zone"],
    "region-name": () => [ec2.region],
    "opt-in-status": () => ["opt-in-not-required"],
    state: () => ["available"],
  })
  return itemSet(
    "availabilityZoneInfo",
    passing.map(
      (zone) =>
        leaf("optInStatus", "opt-in-not-required") +
        "<messageSet/>" +
        leaf("regionName", ec2.region) +
        leaf("zoneName", zone) +
        leaf("zoneId", zoneId(zone)) +
        leaf("groupName", `${ec2.region}-zg-1`) +
        leaf("networkBorderGroup", ec2.region) +
        leaf("zoneType", "availability-zone") +
        leaf("zoneState", "available"),
    ),
  )
})
