import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { ec2Call, see } from "../../kit/AwsCalls.ts"
import { ec2AtNoon } from "../../kit/Ec2AtNoon.ts"

const groups = (fields: Readonly<Record<string, string>> = {}) =>
  ec2Call({ Action: "DescribeSecurityGroups", ...fields })

describe("Ec2Groups", () => {
  it.effect("finds the group that lets everybody in by SSH", () =>
    Effect.gen(function* () {
      const ec2 = yield* ec2AtNoon
      const found = yield* see(
        ec2,
        groups({
          "Filter.1.Name": "ip-permission.cidr",
          "Filter.1.Value.1": "0.0.0.0/0",
          "Filter.2.Name": "ip-permission.from-port",
          "Filter.2.Value.1": "22",
        }),
      )
      assert.deepStrictEqual(found.all("groupName"), ["bastion"])
      assert.deepStrictEqual([found.all("fromPort"), found.all("toPort")], [["22"], ["22"]])
      assert.include(found.text, "<ipPermissionsEgress><item><ipProtocol>-1</ipProtocol>")
    }),
  )

  it.effect("names the default VPC's groups by name, others by id or filter", () =>
    Effect.gen(function* () {
      const ec2 = yield* ec2AtNoon
      const all = yield* see(ec2, groups())
      assert.deepStrictEqual(all.all("groupName"), ["default", "default", "web", "bastion", "database"])
      const named = yield* see(ec2, groups({ "GroupName.1": "default" }))
      assert.strictEqual(named.all("groupName").length, 1)
      assert.deepStrictEqual((yield* see(ec2, groups({ "GroupName.1": "web" }))).all("groupName"), [])
      const filtered = yield* see(ec2, groups({ "Filter.1.Name": "group-name", "Filter.1.Value.1": "web" }))
      assert.deepStrictEqual(filtered.all("groupName"), ["web"])
    }),
  )

  it.effect("counts rules one by one, each with an id that stays", () =>
    Effect.gen(function* () {
      const ec2 = yield* ec2AtNoon
      const rules = yield* see(ec2, ec2Call({ Action: "DescribeSecurityGroupRules" }))
      const ids = rules.all("securityGroupRuleId")
      const fourth = ids[3] ?? ""
      assert.strictEqual(new Set(ids).size, 11)
      const one = ec2Call({ Action: "DescribeSecurityGroupRules", "SecurityGroupRuleId.1": fourth })
      assert.deepStrictEqual((yield* see(ec2, one)).all("securityGroupRuleId"), [fourth])
      assert.strictEqual(rules.text.match(/<referencedGroupInfo>/g)?.length, 3)
    }),
  )
})
