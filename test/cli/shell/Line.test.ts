import { assert, describe, it } from "@effect/vitest"
import { Effect, Result, Schema } from "effect"
import { TEAM } from "../../../src/app/Team.ts"
import { LONGEST, meaningOf } from "../../../src/cli/shell/Line.ts"
import { agentOf, type ShellAgent, surfaceOf } from "../../../src/cli/shell/Surface.ts"

const surface = surfaceOf(TEAM, { accounts: { main: {} }, region: "us-east-1" })
const agent = (name: string): ShellAgent => {
  const found = agentOf(surface, name)
  assert.isDefined(found)
  return found
}
const at = (name: string, line: string) => Result.getOrThrow(meaningOf(surface, agent(name), line))
const bad = (name: string, line: string) => Result.getOrThrow(Result.flip(meaningOf(surface, agent(name), line)))

const S3 = { kind: "task", agent: "aws", task: { tool: "s3_list_objects", args: { bucket: "b" } } } as const

describe("a typed line", () => {
  it.each(["", "   ", "# a remark", "  # too"])("means nothing: %j", (line) => {
    assert.deepStrictEqual(at("aws", line), { kind: "nothing" })
  })

  it("that begins with / is a command, whoever is spoken to", () => {
    assert.deepStrictEqual(at("vault", '/switch "aws"  x'), { kind: "command", name: "switch", words: ["aws", "x"] })
    assert.deepStrictEqual(at("vault", "/"), { kind: "command", name: "", words: [] })
    assert.match(bad("aws", "/status & /leases"), /stand alone/)
  })

  it("is a call of the agent's own tools, by its whole or its short name", () => {
    for (const line of ["s3_list_objects bucket=b", "list_objects b", 'list_objects {"bucket": "b"}'])
      assert.deepInclude(
        at("aws", line),
        { kind: "asked", all: [{ ...S3, shown: "aws s3_list_objects bucket=b", place: {} }] },
        line,
      )
    const both = at("vault", "health & token")
    assert.deepStrictEqual(both.kind === "asked" && both.all.map((one) => one.shown), ["vault health", "vault token"])
  })

  it("takes a word without a name as a path wherever a tool of secrets has one", () => {
    for (const name of ["kv_list", "kv_get_metadata", "kv_get", "kv_delete"]) {
      const said = at("vault", `${name} team/app`)
      assert.deepInclude(said.kind === "asked" ? said.all[0] : {}, { task: { tool: name, args: { path: "team/app" } } })
    }
  })

  it("of which the agent has no such tool says whose it is, or what was meant", () => {
    assert.match(bad("aws", "s3_list_bucket"), /did you mean s3_list_buckets\?/)
    assert.match(bad("vault", "s3_list_objects bucket=b"), /is a tool of aws: \/switch aws/)
    assert.match(bad("aws", "gibberish"), /has no tool gibberish; \/tools lists/)
  })

  it("that is a command without its / says how that is typed", () => {
    for (const [typed, command] of [
      ["quit", "/quit"],
      ["exit", "/quit"],
      ["help", "/help"],
      ["vault", "/switch vault"],
      ["switch vault", "/switch vault"],
      ["stop --all", "/stop --all"],
    ] as const) {
      assert.strictEqual(bad("all", typed), `Commands begin with /: ${command}`)
      assert.strictEqual(bad("aws", typed), `Commands begin with /: ${command}`)
    }
    // A sentence may begin with such a word.
    assert.strictEqual(at("aws", "stop the machines of yesterday").kind, "asked")
  })

  it("at all> that is nearly a workflow's name says which was meant", () => {
    assert.match(bad("all", "inventroy"), /did you mean inventory\?/)
    assert.notMatch(bad("aws", "inventroy"), /inventory\?/)
  })

  it("at all> may name all itself", () => {
    for (const line of ["all: inventory", "all:inventory"])
      assert.deepStrictEqual(at("all", line), at("all", "inventory"))
    assert.deepStrictEqual(at("all", "all: what is there?"), at("all", "what is there?"))
    assert.match(bad("all", "all:"), /What shall all do\?/)
  })

  it("that is a sentence goes to the agent as it is", () => {
    const said = at("aws", "which buckets are public?")
    assert.deepInclude(said.kind === "asked" ? said.all[0] : {}, {
      kind: "task",
      agent: "aws",
      task: { words: "which buckets are public?" },
    })
  })

  it("at all> runs workflows by name, and delegates by `agent: tool`", () => {
    const asked = at("all", "stop-tagged tag=x value=y & aws: list_objects bucket=b & vault:health")
    assert.deepStrictEqual(asked, {
      kind: "asked",
      all: [
        {
          kind: "workflow",
          workflow: "stop-tagged",
          inputs: { tag: "x", value: "y" },
          shown: "stop-tagged tag=x value=y",
          place: {},
        },
        {
          kind: "task",
          agent: "orchestrator",
          task: { tool: "delegate", args: { agent: "aws", tool: "s3_list_objects", args: { bucket: "b" } } },
          shown: "aws s3_list_objects bucket=b",
          place: {},
        },
        {
          kind: "task",
          agent: "orchestrator",
          task: { tool: "delegate", args: { agent: "vault", tool: "health", args: {} } },
          shown: "vault health",
          place: {},
        },
      ],
    })
    assert.match(bad("all", "awz: list_buckets"), /no agent awz, did you mean aws\? Known: all, aws/)
    assert.match(bad("all", "aws:"), /What shall aws do\?/)
    assert.match(bad("all", "aws: vault_credential_status"), /is a tool of vault/)
    // An input without a value is no empty one, which could match anything.
    assert.match(bad("all", "stop-tagged tag"), /was not run: an input is name=value, not tag/)
    assert.match(bad("all", "stop-tagged tag=a tag=b"), /tag is given twice/)
    // Only the orchestrator delegates: an agent's prompt is a contract.
    assert.match(bad("aws", "inventory"), /has no tool inventory/)
  })

  it("is done whole or not at all: one wrong part, and nothing is asked", () => {
    assert.match(bad("aws", "list_buckets & list_objects bucket=b max_keys=x"), /s3_list_objects was not called/)
    assert.match(bad("aws", "list_buckets & & list_buckets"), /nothing beside a &/)
    assert.match(bad("aws", 'list_objects bucket="b'), /is not closed; nothing was done/)
    assert.match(bad("aws", "x".repeat(LONGEST + 1)), /at most 64 KiB/)
  })

  it.effect.prop(
    "of any text has a meaning or a refusal, never a fault",
    { line: Schema.String },
    ({ line }) =>
      Effect.sync(() => {
        for (const one of surface.agents) meaningOf(surface, one, line)
        meaningOf(surface, agent("all"), `aws: ${line} & inventory ${line}`)
      }),
    { arbitrary: { runs: 1000, size: 1000 } },
  )
})
