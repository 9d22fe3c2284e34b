/**
 * Writes what the README says about settings and tools from the code that decides it, between markers, and the list that
 * the server answers with; the JSON Schema of workflow files, and the shipped ones as a part of the bundle. With --check
 * it only compares, and fails when they differ.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { AGENT_SETTINGS } from "../src/config/AgentSettings.ts"
import { Schema } from "effect"
import { LOGIN_SETTINGS } from "../src/config/LoginSettings.ts"
import { type Setting, variableOf } from "../src/config/Setting.ts"
import { CONFIG_VARIABLE, SETTINGS } from "../src/config/Settings.ts"
import { ROSTER } from "../src/agents/Roster.ts"
import { knownOf } from "../src/orchestrator/Known.ts"
import { Workflow } from "../src/orchestrator/WorkflowModel.ts"
import { TOOLS } from "../src/app/Tools.ts"
import type { Entry } from "../src/tools/Listing.ts"

const path = fileURLToPath(new URL("../README.md", import.meta.url))

const cell = (text: string): string => text.replaceAll("|", "\\|").replace(/\s+/g, " ")

const officialNames = (name: string): ReadonlyArray<string> =>
  name.startsWith("BAO_") ? [name] : [`BAO_${name}`, `VAULT_${name}`]

const row = (one: Setting<unknown>): string => {
  const names = one.official.flatMap(officialNames).map((name) => `\`${name}\``)
  const also = names.length === 0 ? "" : ` (else ${names.join(", ")})`
  return `| \`${variableOf(one)}\` | ${one.shownDefault === "" ? "–" : `\`${one.shownDefault}\``} | ${cell(one.says)}${also} |`
}

const login: ReadonlyArray<Setting<unknown>> = Object.values(LOGIN_SETTINGS)

const ofAgents: ReadonlyArray<Setting<unknown>> = Object.values(AGENT_SETTINGS)

const agents = ["| variable | default | meaning |", "|---|---|---|", ...ofAgents.map(row)].join("\n")

const logins = ["| variable | default | meaning |", "|---|---|---|", ...login.map(row)].join("\n")

const settings = [
  "| variable | default | meaning |",
  "|---|---|---|",
  ...Object.values(SETTINGS)
    .filter((one) => !login.includes(one) && !ofAgents.includes(one))
    .map(row),
  `| \`${CONFIG_VARIABLE}\` | \`$XDG_CONFIG_HOME/vault-aws-mcp/config.yaml\` or \`.json\` | the config file |`,
].join("\n")

const argumentsOf = (schema: Readonly<Record<string, unknown>>): string => {
  const properties = schema["properties"]
  const required = Array.isArray(schema["required"]) ? schema["required"] : []
  if (typeof properties !== "object" || properties === null) return ""
  return Object.keys(properties)
    .map((name) => (required.includes(name) ? `**${name}**` : name))
    .join(", ")
}

const tools = [
  "| tool | does | arguments (**required**) |",
  "|---|---|---|",
  ...TOOLS.map(
    (tool) => `| \`${tool.meta.name}\` | ${cell(tool.meta.description)} | ${argumentsOf(tool.inputSchema(true))} |`,
  ),
].join("\n")

const between = (text: string, name: string, content: string): string => {
  const pattern = new RegExp(`(<!-- ${name} -->\\n)[\\s\\S]*?(\\n?<!-- /${name} -->)`)
  if (!pattern.test(text)) throw new Error(`README.md has no markers for ${name}`)
  return text.replace(pattern, (_all, start: string, end: string) => `${start}${content}${end}`)
}

/** What the server lists, so that it need not work it out at every start. */
const listingPath = fileURLToPath(new URL("../src/tools/listing.json", import.meta.url))
const listing: ReadonlyArray<Entry> = TOOLS.map(({ inputSchema, meta, outputSchema }) => ({
  toolset: meta.toolset,
  tool: {
    name: meta.name,
    title: meta.title,
    description: meta.description,
    inputSchema: inputSchema(true),
    outputSchema: outputSchema(),
    annotations: {
      readOnlyHint: meta.annotations.readOnly,
      destructiveHint: meta.annotations.destructive,
      idempotentHint: meta.annotations.idempotent,
      openWorldHint: meta.annotations.openWorld,
    },
  },
}))

const at = (file: string): string => fileURLToPath(new URL(`../${file}`, import.meta.url))
const printed = (value: unknown): string => `${JSON.stringify(value, undefined, 1)}\n`

/** The shipped workflows, by name. */
const folder = "src/orchestrator/workflows"
const library = Object.fromEntries(
  readdirSync(at(folder))
    .toSorted()
    .map((file) => [file.replace(/\.yaml$/, ""), readFileSync(at(`${folder}/${file}`), "utf8")]),
)

/** What a step may name: agents, and the tools of any of them. */
const known = knownOf(ROSTER)
const named: Readonly<Record<string, ReadonlyArray<string>>> = {
  agent: [...known.agents.keys()],
  tool: [...known.tools.keys()].toSorted(),
}

const workflow = Schema.toJsonSchemaDocument(Workflow, { onExcessProperty: "error" })
const workflowSchema: unknown = JSON.parse(
  JSON.stringify({
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: "urn:vault-aws-mcp:workflow",
    title: "A workflow of vault-aws-mcp",
    ...workflow.schema,
    $defs: workflow.definitions,
  }),
  (key, value: unknown) =>
    Object.hasOwn(named, key) && typeof value === "object" ? { ...value, enum: named[key] } : value,
)

const readme = readFileSync(path, "utf8")
const files: ReadonlyArray<readonly [path: string, content: string]> = [
  [
    path,
    Object.entries({ settings, logins, agents, tools }).reduce(
      (text, [name, content]) => between(text, name, content),
      readme,
    ),
  ],
  [listingPath, printed(listing)],
  [at("src/orchestrator/library.json"), printed(library)],
  [at("docs/workflow.schema.json"), printed(workflowSchema)],
]
const changed = files.filter(([file, content]) => !existsSync(file) || readFileSync(file, "utf8") !== content)
if (process.argv.includes("--check")) {
  for (const [file] of changed) console.error(`${file} does not say what the code says; run \`npm run docs\``)
  process.exitCode = changed.length === 0 ? 0 : 1
} else for (const [file, content] of changed) writeFileSync(file, content)
