import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { AwsService } from "../../../src/sandbox/aws/AwsCall.ts"
import { type CallOptions, ec2Call, refused, see } from "../../kit/AwsCalls.ts"
import { ec2AtNoon } from "../../kit/Ec2AtNoon.ts"

const tagsOf = (ec2: AwsService, id: string) =>
  Effect.map(
    see(ec2, ec2Call({ Action: "DescribeTags", "Filter.1.Name": "resource-id", "Filter.1.Value.1": id })),
    ({ all }) => all("key").map((key, index) => `${key}=${all("value")[index]}`),
  )

const vpcOf = (ec2: AwsService) =>
  Effect.map(
    see(ec2, ec2Call({ Action: "DescribeVpcs", "Filter.1.Name": "tag:Name", "Filter.1.Value.1": "app" })),
    ({ all }) => all("vpcId")[0] ?? "",
  )

const change = (
  action: "CreateTags" | "DeleteTags",
  id: string,
  tags: Readonly<Record<string, string>>,
  options: CallOptions = {},
) => ec2Call({ Action: action, "ResourceId.1": id, ...tags }, options)

describe("Ec2Tags", () => {
  it.effect("adds, overwrites and deletes tags", () =>
    Effect.gen(function* () {
      const ec2 = yield* ec2AtNoon
      const id = yield* vpcOf(ec2)
      yield* see(ec2, change("CreateTags", id, { "Tag.1.Key": "env", "Tag.1.Value": "test", "Tag.2.Key": "bare" }))
      assert.deepStrictEqual(yield* tagsOf(ec2, id), ["Name=app", "bare=", "env=test", "team=platform"])
      yield* see(ec2, change("DeleteTags", id, { "Tag.1.Key": "env", "Tag.1.Value": "other", "Tag.2.Key": "bare" }))
      assert.deepStrictEqual(yield* tagsOf(ec2, id), ["Name=app", "env=test", "team=platform"])
      yield* see(ec2, change("DeleteTags", id, {}))
      assert.deepStrictEqual(yield* tagsOf(ec2, id), [])
    }),
  )

  it.effect("does not change another sandbox's tags", () =>
    Effect.gen(function* () {
      const ec2 = yield* ec2AtNoon
      const id = yield* vpcOf(ec2)
      yield* see(ec2, change("DeleteTags", id, {}))
      assert.strictEqual((yield* tagsOf(yield* ec2AtNoon, id)).length, 3)
    }),
  )

  it.effect("lists tags of one kind of resource", () =>
    Effect.gen(function* () {
      const ec2 = yield* ec2AtNoon
      const teams = yield* see(
        ec2,
        ec2Call({
          Action: "DescribeTags",
          "Filter.1.Name": "resource-type",
          "Filter.1.Value.1": "security-group",
          "Filter.2.Name": "key",
          "Filter.2.Value.1": "team",
        }),
      )
      assert.deepStrictEqual(teams.all("value"), ["platform", "platform", "platform"])
    }),
  )

  it.effect("refuses tags and resources that EC2 refuses, and changes nothing then", () =>
    Effect.gen(function* () {
      const ec2 = yield* ec2AtNoon
      const id = yield* vpcOf(ec2)
      const code = (resource: string, tags: Readonly<Record<string, string>>, options: CallOptions = {}) =>
        Effect.map(refused(ec2, change("CreateTags", resource, tags, options)), (refusal) => refusal.code)
      const tag = { "Tag.1.Key": "a", "Tag.1.Value": "b" }
      assert.strictEqual(yield* code(id, {}), "MissingParameter")
      assert.strictEqual(yield* code(id, { "Tag.1.Key": "aws:a" }), "InvalidParameterValue")
      assert.strictEqual(yield* code(id, { "Tag.1.Key": "k".repeat(129) }), "InvalidParameterValue")
      assert.strictEqual(yield* code("i-00000000", tag), "InvalidInstanceID.NotFound")
      assert.strictEqual(yield* code("thing", tag), "InvalidID")
      const fifty = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`Tag.${index + 1}.Key`, `k${index}`]))
      assert.strictEqual(yield* code(id, fifty), "TagLimitExceeded")
      assert.strictEqual(yield* code(id, { ...tag, DryRun: "true" }), "DryRunOperation")
      assert.strictEqual(yield* code(id, tag, { denied: ["ec2:CreateTags"] }), "AccessDenied")
      assert.strictEqual((yield* tagsOf(ec2, id)).length, 3)
    }),
  )
})
