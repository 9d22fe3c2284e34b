/** The public contract of the tools: names, arguments, words, hints, and what they cost a model. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { countTokens } from "gpt-tokenizer/encoding/o200k_base"
import { INSTRUCTIONS } from "../../src/app/Instructions.ts"
import { DEFAULT_TOOLSETS } from "../../src/config/AppConfig.ts"
import { TOOLS, toolsOf } from "../../src/app/Tools.ts"

/** Tool → required and optional arguments, as published. `region` and `account` go with every AWS tool. */
const CONTRACT: Readonly<Record<string, readonly [required: string, optional: string]>> = {
  s3_list_buckets: ["", "prefix limit cursor"],
  s3_list_objects: ["bucket", "prefix max_keys delimiter cursor"],
  s3_get_object: ["bucket key", "version_id range encoding"],
  s3_put_object: ["bucket key content", "content_type encoding metadata if_match if_none_match"],
  s3_delete_object: ["bucket key", "version_id"],
  s3_get_bucket_info: ["bucket", ""],
  ec2_list_instances: ["", "filters instance_ids states vpc_id tags limit cursor"],
  ec2_get_instance: ["instance_id", ""],
  ec2_start_instance: ["instance_id", "dry_run wait"],
  ec2_stop_instance: ["instance_id", "force hibernate dry_run wait"],
  ec2_list_security_groups: ["", "vpc_id group_ids filters limit cursor"],
  ec2_list_vpcs: ["", "filters limit cursor"],
  aws_call: ["service operation", "parameters query max_items cursor dry_run"],
  aws_get_caller_identity: ["", ""],
  aws_list_regions: ["", "service opted_in"],
  aws_find_operation: ["", "query operation service limit"],
  vault_credential_status: ["", ""],
  vault_refresh_credentials: ["", "ttl account"],
  vault_revoke_credentials: ["", ""],
  kv_list: ["", "mount path limit cursor"],
  kv_get_metadata: ["path", "mount"],
  kv_get: ["path", "mount version reveal"],
  kv_put: ["path data", "mount cas"],
  kv_delete: ["path", "mount versions"],
  kv_undelete: ["path versions", "mount"],
  mcp_list_servers: ["", ""],
  mcp_start_server: ["server", ""],
  mcp_stop_server: ["server", ""],
  mcp_list_tools: ["server", "limit cursor"],
  mcp_describe_tool: ["server tool", "accept_changes"],
  mcp_find_tool: ["query", "server limit"],
  mcp_call_tool: ["server tool", "arguments timeout_seconds"],
  git_status: ["", "repo limit"],
  git_add: ["paths", "repo"],
  git_commit: ["message", "repo author_name author_email"],
  git_log: ["", "repo ref path limit cursor"],
  git_diff: ["", "repo staged from to paths max_chars cursor"],
  git_branch_list: ["", "repo remotes"],
  git_branch_create: ["branch", "repo start"],
  git_branch_switch: ["branch", "repo"],
  git_branch_delete: ["branch", "repo force"],
  git_pull: ["", "repo remote branch credential author_name author_email"],
  git_push: ["", "repo remote branch credential force"],
  git_clone: ["url", "directory branch depth credential"],
  git_remote_list: ["", "repo"],
  workflow_list: ["", ""],
  workflow_run: ["workflow", "inputs concurrency"],
  workflow_show: ["run", "states step results limit cursor"],
}

const words = (text: string): ReadonlyArray<string> => text.split(" ").filter((word) => word !== "")
const tokens = (value: unknown): number => countTokens(JSON.stringify(value))
const folder = fileURLToPath(new URL("../mcp/__tools__/", import.meta.url))

describe("the catalog", () => {
  it("has exactly the published tools, in their order", () => {
    assert.deepStrictEqual(
      TOOLS.map(({ meta }) => meta.name),
      Object.keys(CONTRACT),
    )
  })

  it.each(TOOLS)("$meta.name keeps its published arguments, and is portable", ({ inputSchema, meta, outputSchema }) => {
    const [required, optional] = CONTRACT[meta.name] ?? ["", ""]
    const schema = inputSchema(true)
    const shared = ["vault", "kv", "mcp", "git", "workflow"].includes(meta.toolset) ? [] : ["region", "account"]
    assert.sameMembers(Object.keys((schema["properties"] as object | undefined) ?? {}), [
      ...words(required),
      ...words(optional),
      ...shared,
    ])
    assert.sameMembers([...((schema["required"] as ReadonlyArray<string> | undefined) ?? [])], [...words(required)])
    assert.strictEqual(schema["additionalProperties"], false)
    for (const document of [schema, outputSchema()]) {
      assert.strictEqual(document.type, "object")
      for (const banned of ["$ref", "allOf", "$schema", '"type":[']) assert.notInclude(JSON.stringify(document), banned)
      for (const key of ["anyOf", "oneOf"]) assert.notProperty(document, key)
    }
  })

  it.each(TOOLS)("$meta.name says what it is: title, words, all four hints", ({ meta }) => {
    assert.isNotEmpty(meta.title)
    assert.isAtLeast(meta.description.length, 30)
    assert.isAtMost(meta.description.length, 400)
    assert.hasAllKeys(meta.annotations, ["readOnly", "destructive", "idempotent", "openWorld"])
    if (meta.annotations.readOnly) assert.isFalse(meta.annotations.destructive)
    const writes =
      /put|delete|start|stop|^aws_call$|refresh|revoke|workflow_run|^mcp_(?:call|describe)_tool$|^git_(?!status|log|diff|branch_list|remote_list)/.test(
        meta.name,
      )
    assert.strictEqual(meta.annotations.readOnly, !writes)
  })

  it.each(TOOLS)("$meta.name looks to clients as it did before", ({ inputSchema, meta, outputSchema }) => {
    const path = `${folder}${meta.name}.json`
    const { annotations, description, name, title } = meta
    const now = `${JSON.stringify({ name, title, description, annotations, inputSchema: inputSchema(true), outputSchema: outputSchema() }, undefined, 2)}\n`
    if (process.env["UPDATE_TOOL_SNAPSHOTS"] === "1") {
      mkdirSync(folder, { recursive: true })
      writeFileSync(path, now)
    }
    assert.isTrue(existsSync(path), "no snapshot; set UPDATE_TOOL_SNAPSHOTS=1 to write it")
    assert.strictEqual(
      now,
      readFileSync(path, "utf8"),
      "public API changed; if on purpose, set UPDATE_TOOL_SNAPSHOTS=1",
    )
  })

  it.each([false, true])("stays within the token budget (accounts configured: %s)", (accounts) => {
    const costOf = ({ inputSchema, meta }: (typeof TOOLS)[number]): number =>
      tokens({ name: meta.name, description: meta.description, inputSchema: inputSchema(accounts) })
    for (const tool of TOOLS) assert.isAtMost(costOf(tool), 300, tool.meta.name)
    // What everybody pays who names no toolsets; the others are paid by those who ask for them.
    const usual = toolsOf(DEFAULT_TOOLSETS)
    assert.isAtMost(
      usual.reduce((sum, tool) => sum + costOf(tool), 0),
      3600,
    )
  })

  it("the instructions fit where clients cut them", () => {
    assert.isAtMost(INSTRUCTIONS.length, 2048)
    assert.isAtMost(countTokens(INSTRUCTIONS), 500)
  })
})
