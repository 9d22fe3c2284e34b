import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { AwsService } from "../../../src/sandbox/aws/AwsCall.ts"
import { type CallOptions, ec2Call, NOON, refused, type SeenAnswer, see } from "../../kit/AwsCalls.ts"
import { ec2AtNoon } from "../../kit/Ec2AtNoon.ts"

const idOf = (ec2: AwsService, name: string) =>
  Effect.map(
    see(ec2, ec2Call({ Action: "DescribeInstances", "Filter.1.Name": "tag:Name", "Filter.1.Value.1": name })),
    ({ all }) => all("instanceId")[0] ?? "",
  )

const power = (
  action: "Start" | "Stop" | "Reboot" | "Terminate",
  ids: ReadonlyArray<string>,
  fields: Readonly<Record<string, string>> = {},
  options: CallOptions = {},
) =>
  ec2Call(
    {
      Action: `${action}Instances`,
      ...Object.fromEntries(ids.map((id, index) => [`InstanceId.${index + 1}`, id])),
      ...fields,
    },
    options,
  )

/** `before>after` of every instance of the answer; EC2 puts the current state first. */
const changes = ({ all }: SeenAnswer) =>
  all("name").flatMap((after, index, names) => (index % 2 === 0 ? [`${names[index + 1]}>${after}`] : []))

describe("Ec2Power", () => {
  it.effect("starts a stopped instance by way of pending", () =>
    Effect.gen(function* () {
      const ec2 = yield* ec2AtNoon
      const id = yield* idOf(ec2, "bastion")
      const at = (now: number) => Effect.map(see(ec2, power("Start", [id], {}, { now })), changes)
      assert.deepStrictEqual(yield* at(NOON), ["stopped>pending"])
      assert.deepStrictEqual(yield* at(NOON + 1499), ["pending>pending"])
      assert.deepStrictEqual(yield* at(NOON + 1500), ["running>running"])
      const told = yield* see(ec2, ec2Call({ Action: "DescribeInstances", "InstanceId.1": id }, { now: NOON + 2000 }))
      assert.deepStrictEqual(told.all("launchTime"), ["2026-10-01T12:00:00.000Z"])
      assert.deepStrictEqual(told.all("ipAddress"), ["198.51.100.20"])
    }),
  )

  it.effect("stops a running instance by way of stopping, and not a pending one", () =>
    Effect.gen(function* () {
      const ec2 = yield* ec2AtNoon
      const id = yield* idOf(ec2, "web-1")
      const at = (now: number) => Effect.map(see(ec2, power("Stop", [id], {}, { now })), changes)
      assert.deepStrictEqual(yield* at(NOON), ["running>stopping"])
      assert.deepStrictEqual(yield* at(NOON + 1500), ["stopped>stopped"])
      yield* see(ec2, power("Start", [id], {}, { now: NOON + 2000 }))
      const pending = yield* refused(ec2, power("Stop", [id], {}, { now: NOON + 2001 }))
      assert.deepInclude(pending, { status: 400, code: "IncorrectInstanceState" })
    }),
  )

  it.effect("changes all instances or none", () =>
    Effect.gen(function* () {
      const ec2 = yield* ec2AtNoon
      const web = yield* idOf(ec2, "web-1")
      const gone = yield* idOf(ec2, "trial")
      assert.strictEqual((yield* refused(ec2, power("Stop", [web, gone]))).code, "IncorrectInstanceState")
      const unknown = power("Stop", [web, "i-00000000000000000"])
      assert.strictEqual((yield* refused(ec2, unknown)).code, "InvalidInstanceID.NotFound")
      const denied = { denied: ["ec2:StopInstances"] }
      assert.strictEqual((yield* refused(ec2, power("Stop", [web], {}, denied))).code, "AccessDenied")
      assert.deepStrictEqual(changes(yield* see(ec2, power("Stop", [web]))), ["running>stopping"])
    }),
  )

  it.effect("answers a dry run without a change, whatever the state", () =>
    Effect.gen(function* () {
      const ec2 = yield* ec2AtNoon
      const id = yield* idOf(ec2, "web-1")
      for (const action of ["Start", "Stop", "Reboot", "Terminate"] as const)
        assert.deepInclude(yield* refused(ec2, power(action, [id], { DryRun: "true" })), {
          status: 412,
          code: "DryRunOperation",
        })
      assert.deepStrictEqual(changes(yield* see(ec2, power("Stop", [id]))), ["running>stopping"])
    }),
  )

  it.effect("hibernates only what was launched for it", () =>
    Effect.gen(function* () {
      const ec2 = yield* ec2AtNoon
      const plain = power("Stop", [yield* idOf(ec2, "web-1")], { Hibernate: "true" })
      assert.strictEqual((yield* refused(ec2, plain)).code, "UnsupportedHibernationConfiguration")
      const able = yield* idOf(ec2, "report-builder")
      assert.strictEqual((yield* see(ec2, power("Stop", [able], { Hibernate: "true" }))).status, 200)
    }),
  )

  it.effect("shortens a slow stop by force", () =>
    Effect.gen(function* () {
      const ec2 = yield* ec2AtNoon
      const id = yield* idOf(ec2, "batch-7")
      assert.deepStrictEqual(changes(yield* see(ec2, power("Stop", [id]))), ["stopping>stopping"])
      yield* see(ec2, power("Stop", [id], { Force: "true" }))
      assert.deepStrictEqual(changes(yield* see(ec2, power("Stop", [id], {}, { now: NOON + 1500 }))), [
        "stopped>stopped",
      ])
    }),
  )

  it.effect("reboots and terminates", () =>
    Effect.gen(function* () {
      const ec2 = yield* ec2AtNoon
      const web = yield* idOf(ec2, "web-1")
      const bastion = yield* idOf(ec2, "bastion")
      assert.deepStrictEqual((yield* see(ec2, power("Reboot", [web]))).all("return"), ["true"])
      assert.strictEqual((yield* refused(ec2, power("Reboot", [bastion]))).code, "IncorrectInstanceState")
      const ended = changes(yield* see(ec2, power("Terminate", [web, bastion])))
      assert.deepStrictEqual(ended, ["running>shutting-down", "stopped>terminated"])
    }),
  )

  it.effect("asks for the permission on each instance, and needs at least one", () =>
    Effect.gen(function* () {
      const ec2 = yield* ec2AtNoon
      const id = yield* idOf(ec2, "web-1")
      const asked: Array<string> = []
      yield* see(ec2, power("Reboot", [id], {}, { asked }))
      assert.deepStrictEqual(asked, [`ec2:RebootInstances arn:aws:ec2:us-east-1:123456789012:instance/${id}`])
      assert.strictEqual((yield* refused(ec2, power("Stop", []))).code, "MissingParameter")
    }),
  )
})
