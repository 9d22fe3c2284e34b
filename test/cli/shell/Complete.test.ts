import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { TEAM } from "../../../src/app/Team.ts"
import { COMMANDS } from "../../../src/cli/shell/Commands.ts"
import { completionOf } from "../../../src/cli/shell/Complete.ts"
import { agentOf, type ShellAgent, surfaceOf } from "../../../src/cli/shell/Surface.ts"

const surface = surfaceOf(TEAM, { accounts: { main: { regions: ["eu-west-1"] }, other: {} }, region: "us-east-1" })
const agent = (name: string): ShellAgent => {
  const found = agentOf(surface, name)
  assert.isDefined(found)
  return found
}
const next = (name: string, line: string) => completionOf(surface, COMMANDS, agent(name), line).candidates

describe("completion", () => {
  it("knows commands and what goes with them", () => {
    assert.deepStrictEqual(next("aws", "/st"), ["/status", "/stop", "/start"])
    assert.deepStrictEqual(next("aws", "/switch v"), ["vault"])
    assert.deepStrictEqual(next("aws", "/stop "), [...surface.agents.map(({ prompt }) => prompt), "--all"])
    assert.deepStrictEqual(next("all", "/run stop-tagged t"), ["tag="])
    assert.deepStrictEqual(next("all", "/run inv"), ["inventory"])
    assert.deepStrictEqual(next("vault", "/tools s3_list_b"), ["s3_list_buckets"])
    assert.deepStrictEqual(next("aws", "/quit "), [])
  })

  it("knows the agent's tools, their arguments and what these can be", () => {
    assert.deepStrictEqual(next("aws", "s3_list_"), ["s3_list_buckets", "s3_list_objects"])
    assert.deepStrictEqual(next("aws", "list_b"), ["list_buckets"])
    assert.deepStrictEqual(next("aws", "s3_get_object "), [
      "bucket=",
      "key=",
      "version_id=",
      "range=",
      "encoding=",
      "region=",
      "account=",
    ])
    assert.deepStrictEqual(next("aws", "s3_get_object bucket=b k"), ["key="])
    assert.deepStrictEqual(next("aws", "s3_get_object encoding=b"), ["base64"])
    assert.deepStrictEqual(next("aws", "ec2_stop_instance force=t"), ["true"])
    assert.deepStrictEqual(next("aws", "s3_list_buckets account="), ["main", "other"])
    assert.deepStrictEqual(next("aws", "s3_list_buckets region=e"), ["eu-west-1"])
    assert.deepStrictEqual(next("aws", "no_tool x"), [])
  })

  it("knows agents and workflows at all>, and begins anew after &", () => {
    assert.includeMembers([...next("all", "")], ["inventory", "aws:", "vault:", "delegate"])
    assert.deepStrictEqual(next("all", "inventory & aw"), ["aws:"])
    assert.deepStrictEqual(next("all", "aws: s3_list_b"), ["s3_list_buckets"])
    assert.deepStrictEqual(next("all", "aws: s3_list_buckets p"), ["prefix="])
    assert.deepStrictEqual(next("all", "stop-tagged tag=x v"), ["value="])
  })

  it("says nothing within quotes and JSON", () => {
    assert.deepStrictEqual(next("aws", 'list_objects "buck'), [])
    assert.deepStrictEqual(next("aws", 'list_objects {"b'), [])
  })

  it.effect.prop(
    "goes on from what was typed, whatever that is",
    { line: Schema.String },
    ({ line }) =>
      Effect.sync(() => {
        for (const one of surface.agents) {
          const { candidates, replaces } = completionOf(surface, COMMANDS, one, line)
          for (const candidate of candidates) assert.isTrue(candidate.startsWith(replaces))
        }
      }),
    { arbitrary: { runs: 1000, size: 200 } },
  )
})
