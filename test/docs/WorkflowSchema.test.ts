/** The published JSON Schema of workflow files takes what the program takes, and refuses what the program refuses. */
import { readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { AjvJsonSchemaValidator } from "@modelcontextprotocol/client/validators/ajv"
import { Effect, Result } from "effect"
import { parse, stringify } from "yaml"
import { ROSTER } from "../../src/agents/Roster.ts"
import { knownOf } from "../../src/orchestrator/Known.ts"
import { LIBRARY } from "../../src/orchestrator/Library.ts"
import { checkPlan } from "../../src/orchestrator/PlanCheck.ts"
import { readPlan } from "../../src/orchestrator/PlanFile.ts"

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url))
const schema = JSON.parse(readFileSync(at("docs/workflow.schema.json"), "utf8")) as Readonly<Record<string, unknown>>
const validate = new AjvJsonSchemaValidator().getValidator(schema)
const known = knownOf(ROSTER)

/** Whether the schema takes it, and whether the program does. */
const verdicts = Effect.fnUntraced(function* (text: string) {
  const read = readPlan("test.yaml", text)
  const plan = Result.isFailure(read) ? Effect.fail(read.failure) : checkPlan(read.success, known)
  return { schema: validate(parse(text)).valid, program: Result.isSuccess(yield* Effect.result(plan)) }
})

const step = { id: "look", agent: "aws", tool: "s3_list_buckets" }
const file = (one: object = {}, more: object = {}) => stringify({ name: "test", steps: [{ ...step, ...one }], ...more })

const GOOD: Readonly<Record<string, string>> = {
  "a step": file(),
  "an input": file({}, { inputs: { bucket_name: { description: "it", default: ["a"] } } }),
  "lengths of time": file({ timeout: "1h30m", retry: { times: 2, delay: "90" } }),
  "blanks around a length of time": file({ timeout: " 5m " }),
  "accounts by name": file({ forEach: { accounts: ["main"], regions: true } }),
  "an undo": file({ onError: "stop", undo: { tool: "s3_list_buckets" } }),
}

const BAD: Readonly<Record<string, string>> = {
  "a name in capitals": file({}, { name: "Test" }),
  "a step's name in capitals": file({ id: "Look" }),
  "a step's name with a hyphen": file({ id: "look-at" }),
  "a step's name of 41 letters": file({ id: "a".repeat(41) }),
  "an input's name in capitals": file({}, { inputs: { Bucket: {} } }),
  "a length of time without a unit known": file({ timeout: "5 minutes" }),
  "a length of time below a second": file({ retry: { times: 1, delay: "100ms" } }),
  "an agent that is not there": file({ agent: "was" }),
  "a tool that is not there": file({ tool: "s3_list_bucket" }),
  "an undo by a tool that is not there": file({ undo: { tool: "s3_unlist" } }),
  "a member that is not known": file({ time_out: "5m" }),
  "too many at once": file({ concurrency: 257 }),
  "no steps": stringify({ name: "test", steps: [] }),
  "no name": stringify({ steps: [step] }),
}

describe("the schema of workflow files", () => {
  it.effect("takes what the program takes: every shipped file, and more", () =>
    Effect.gen(function* () {
      assert.isAbove(LIBRARY.size, 3)
      for (const [name, text] of [...LIBRARY, ...Object.entries(GOOD)])
        assert.deepStrictEqual(yield* verdicts(text), { schema: true, program: true }, name)
    }),
  )

  it.effect("refuses what the program refuses, as far as a schema can tell", () =>
    Effect.gen(function* () {
      for (const [name, text] of Object.entries(BAD))
        assert.deepStrictEqual(yield* verdicts(text), { schema: false, program: false }, name)
    }),
  )

  it("is part of the package, with all that the README leads to", () => {
    const { files } = JSON.parse(readFileSync(at("package.json"), "utf8")) as { readonly files: ReadonlyArray<string> }
    const links = [...readFileSync(at("README.md"), "utf8").matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(
      ([, path = ""]) => path,
    )
    assert.include(links, "CONTRIBUTING.md")
    for (const path of ["docs/workflow.schema.json", ...links]) {
      assert.isTrue(
        readdirSync(at(path.split("/").slice(0, -1).join("/"))).includes(path.split("/").at(-1) ?? ""),
        path,
      )
      assert.isTrue(
        files.some((one) => path === one || path.startsWith(`${one}/`)),
        path,
      )
    }
    assert.match(String(schema["$id"]), /^urn:/)
  })
})
