import { assert, describe, it } from "@effect/vitest"
import {
  filterInput,
  filterSpellings,
  group,
  instanceDetail,
  instanceSummary,
  vpc,
} from "../../../src/tools/ec2/shapes.ts"

describe("EC2 shapes", () => {
  it("AWS's spelling of filters becomes ours, and nothing else is touched", () => {
    assert.deepEqual(filterSpellings({ filters: [{ Name: "vpc-id", Values: ["v"] }], limit: 5 }), {
      filters: [{ name: "vpc-id", values: ["v"] }],
      limit: 5,
    })
    for (const args of [undefined, 5, "x", [], { filters: "x" }, { filters: [5, null] }])
      assert.deepEqual(filterSpellings(args), args)
    assert.deepEqual(filterInput([]), {})
  })

  it("what EC2 leaves out is left out, not made up", () => {
    assert.deepEqual(instanceSummary({ InstanceId: "i-1" }), { instance_id: "i-1", instance_type: "", state: "" })
    assert.deepEqual(instanceDetail({}).security_groups, [])
    assert.deepEqual(vpc({ VpcId: "vpc-1", IsDefault: true }), {
      id: "vpc-1",
      cidr_block: "",
      state: "",
      is_default: true,
      tags: {},
    })
  })

  it("a rule names its ports and everybody it is open to", () => {
    const { inbound, outbound } = group({
      GroupId: "sg-1",
      IpPermissions: [
        {
          IpProtocol: "tcp",
          FromPort: 22,
          ToPort: 22,
          IpRanges: [{ CidrIp: "0.0.0.0/0" }],
          Ipv6Ranges: [{ CidrIpv6: "::/0" }],
          UserIdGroupPairs: [{ GroupId: "sg-2" }],
        },
      ],
      IpPermissionsEgress: [{ IpProtocol: "-1", IpRanges: [{ CidrIp: "10.0.0.0/8" }] }],
    })
    assert.deepEqual(inbound, [{ protocol: "tcp", from_port: 22, to_port: 22, peers: ["0.0.0.0/0", "::/0", "sg-2"] }])
    assert.deepEqual(outbound, [{ protocol: "all", peers: ["10.0.0.0/8"] }])
  })
})
