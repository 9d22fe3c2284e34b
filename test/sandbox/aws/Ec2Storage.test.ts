import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { ec2Call, see } from "../../kit/AwsCalls.ts"
import { ec2AtNoon } from "../../kit/Ec2AtNoon.ts"

describe("Ec2Storage", () => {
  it.effect("has a disk for every instance that is not gone", () =>
    Effect.gen(function* () {
      const ec2 = yield* ec2AtNoon
      const all = yield* see(ec2, ec2Call({ Action: "DescribeVolumes" }))
      assert.deepStrictEqual(all.all("size"), ["20", "20", "200", "8", "64", "32"])
      const big = ec2Call({ Action: "DescribeVolumes", "Filter.1.Name": "size", "Filter.1.Value.1": "200" })
      const [id = ""] = (yield* see(ec2, big)).all("instanceId")
      const instance = yield* see(ec2, ec2Call({ Action: "DescribeInstances", "InstanceId.1": id }))
      assert.deepStrictEqual(instance.all("instanceType"), ["r7g.large"])
      assert.deepStrictEqual(instance.all("volumeId"), [...new Set((yield* see(ec2, big)).all("volumeId"))])
    }),
  )

  it.effect("tells images by owner and architecture", () =>
    Effect.gen(function* () {
      const ec2 = yield* ec2AtNoon
      const images = (fields: Readonly<Record<string, string>>) =>
        Effect.map(see(ec2, ec2Call({ Action: "DescribeImages", ...fields })), ({ all }) => all("architecture"))
      assert.deepStrictEqual(yield* images({}), ["x86_64", "arm64"])
      assert.deepStrictEqual(yield* images({ "Owner.1": "self" }), [])
      const arm = { "Owner.1": "amazon", "Filter.1.Name": "architecture", "Filter.1.Value.1": "arm64" }
      assert.deepStrictEqual(yield* images(arm), ["arm64"])
    }),
  )
})
