import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { ec2Call, NOON, see } from "../../kit/AwsCalls.ts"
import { ec2AtNoon } from "../../kit/Ec2AtNoon.ts"

const filters = (...pairs: ReadonlyArray<readonly [name: string, value: string]>) =>
  Object.fromEntries(
    pairs.flatMap(([name, value], index) => [
      [`Filter.${index + 1}.Name`, name],
      [`Filter.${index + 1}.Value.1`, value],
    ]),
  )

const find = (pairs: ReadonlyArray<readonly [string, string]>, now = NOON) =>
  ec2Call({ Action: "DescribeInstances", ...filters(...pairs) }, { now })

describe("Ec2Instances", () => {
  it.effect("shows every state, and the public address of running ones only", () =>
    Effect.gen(function* () {
      const ec2 = yield* ec2AtNoon
      const all = yield* see(ec2, find([]))
      const states = [...all.text.matchAll(/<instanceState><code>(\d+)<\/code><name>([a-z-]+)/g)]
      assert.deepStrictEqual(
        states.map(([, code, name]) => `${code} ${name}`),
        ["16 running", "16 running", "16 running", "80 stopped", "80 stopped", "64 stopping", "48 terminated"],
      )
      assert.deepStrictEqual(all.all("ipAddress"), ["198.51.100.11", "198.51.100.12"])
      assert.strictEqual(all.all("privateIpAddress").length, 6)
    }),
  )

  it.effect("finds instances by what they are", () =>
    Effect.gen(function* () {
      const ec2 = yield* ec2AtNoon
      const count = (...pairs: ReadonlyArray<readonly [string, string]>) =>
        Effect.map(see(ec2, find(pairs)), ({ all }) => all("instanceId").length)
      assert.strictEqual(yield* count(["instance-state-name", "stopped"]), 2)
      assert.strictEqual(yield* count(["instance-state-name", "stop*"]), 3)
      assert.strictEqual(yield* count(["instance-type", "t3.*"], ["tag:env", "production"]), 3)
      assert.strictEqual(yield* count(["availability-zone", "us-east-1b"]), 1)
      assert.strictEqual(yield* count(["private-ip-address", "10.20.0.1?"]), 2)
      assert.strictEqual(yield* count(["architecture", "arm64"]), 2)
      assert.strictEqual(yield* count(["instance.group-name", "web"]), 2)
      assert.strictEqual(yield* count(["ip-address", "*"]), 2)
      assert.strictEqual(yield* count(["tag-key", "team"]), 7)
      const [vpc = ""] = (yield* see(ec2, find([["instance-type", "r7g.large"]]))).all("vpcId")
      assert.strictEqual(yield* count(["vpc-id", vpc]), 6)
    }),
  )

  it.effect("lets time pass: a slow stop ends, a terminated instance is forgotten", () =>
    Effect.gen(function* () {
      const ec2 = yield* ec2AtNoon
      const states = (now: number) =>
        Effect.map(
          see(ec2, find([], now)),
          ({ text }) => text.match(/>(stopping|stopped|terminated)<\/name><\/instanceState>/g)?.length,
        )
      assert.strictEqual(yield* states(NOON + 599_999), 4)
      assert.strictEqual(
        (yield* see(ec2, find([["instance-state-name", "stopping"]], NOON + 599_999))).all("instanceId").length,
        1,
      )
      assert.strictEqual(
        (yield* see(ec2, find([["instance-state-name", "stopping"]], NOON + 600_000))).all("instanceId").length,
        0,
      )
      assert.strictEqual(yield* states(NOON + 3_600_000), 3)
    }),
  )

  it.effect("tells the status of running instances, or of all on request", () =>
    Effect.gen(function* () {
      const ec2 = yield* ec2AtNoon
      const running = yield* see(ec2, ec2Call({ Action: "DescribeInstanceStatus" }))
      assert.strictEqual(running.all("instanceId").length, 3)
      assert.strictEqual(running.text.match(/<instanceStatus><status>ok/g)?.length, 3)
      const all = yield* see(ec2, ec2Call({ Action: "DescribeInstanceStatus", IncludeAllInstances: "true" }))
      assert.strictEqual(all.all("instanceId").length, 7)
      assert.strictEqual(all.text.match(/<instanceStatus><status>not-applicable/g)?.length, 4)
    }),
  )
})
