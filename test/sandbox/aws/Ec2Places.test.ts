import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { zoneId } from "../../../src/sandbox/aws/Ec2Regions.ts"
import { ec2Call, refused, see } from "../../kit/AwsCalls.ts"
import { ec2AtNoon } from "../../kit/Ec2AtNoon.ts"

const regions = (fields: Readonly<Record<string, string>> = {}) => ec2Call({ Action: "DescribeRegions", ...fields })
const optIn = (state: string) => ({ "Filter.1.Name": "opt-in-status", "Filter.1.Value.1": state })

describe("Ec2Places", () => {
  it.effect("tells the regions that are on, and the others only on request", () =>
    Effect.gen(function* () {
      const ec2 = yield* ec2AtNoon
      const on = yield* see(ec2, regions())
      assert.strictEqual(on.all("optInStatus").filter((state) => state === "opt-in-not-required").length, 17)
      assert.notInclude(on.all("optInStatus"), "not-opted-in")
      assert.include(on.all("regionEndpoint"), "ec2.eu-west-1.amazonaws.com")
      assert.deepStrictEqual((yield* see(ec2, regions(optIn("not-opted-in")))).all("regionName"), [])
      const off = yield* see(ec2, regions({ AllRegions: "true", ...optIn("not-opted-in") }))
      assert.include(off.all("regionName"), "me-south-1")
      assert.deepStrictEqual((yield* see(ec2, regions(optIn("opted-in")))).all("regionName"), [
        "ap-southeast-3",
        "eu-south-1",
      ])
    }),
  )

  it.effect("answers for regions by name and refuses those that are none", () =>
    Effect.gen(function* () {
      const ec2 = yield* ec2AtNoon
      const named = yield* see(ec2, regions({ "RegionName.1": "me-south-1", "RegionName.2": "us-west-2" }))
      assert.deepStrictEqual(named.all("regionName"), ["us-west-2", "me-south-1"])
      const bad = yield* refused(ec2, regions({ "RegionName.1": "mars-north-1" }))
      assert.strictEqual(bad.code, "InvalidParameterValue")
    }),
  )

  it.effect("tells the zones of the call's region", () =>
    Effect.gen(function* () {
      const ec2 = yield* ec2AtNoon
      const zones = yield* see(ec2, ec2Call({ Action: "DescribeAvailabilityZones" }, { region: "eu-west-1" }))
      assert.deepStrictEqual(zones.all("zoneName"), ["eu-west-1a", "eu-west-1b", "eu-west-1c"])
      const foreign = ec2Call(
        { Action: "DescribeAvailabilityZones", "ZoneName.1": "us-east-1a" },
        { region: "eu-west-1" },
      )
      assert.strictEqual((yield* refused(ec2, foreign)).code, "InvalidParameterValue")
    }),
  )

  it("shortens zone ids as AWS does", () => {
    for (const [zone, id] of [
      ["us-east-1a", "use1-az1"],
      ["ap-southeast-2b", "apse2-az2"],
      ["ap-northeast-1c", "apne1-az3"],
      ["ca-central-1a", "cac1-az1"],
      ["eu-north-1b", "eun1-az2"],
      ["sa-east-1c", "sae1-az3"],
    ] as const)
      assert.strictEqual(zoneId(zone), id)
  })
})
