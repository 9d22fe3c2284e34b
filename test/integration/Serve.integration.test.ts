/** A spawned `serve --sandbox`, spoken to by the official client in both eras of the protocol and by the v1 client. */
import { assert, describe, it } from "@effect/vitest"
import { Client } from "@modelcontextprotocol/client"
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio"
import { Client as V1Client } from "@modelcontextprotocol/sdk/client/index.js"
import { StdioClientTransport as V1Transport } from "@modelcontextprotocol/sdk/client/stdio.js"
import { DEFAULT_TOOLSETS } from "../../src/config/AppConfig.ts"
import { toolsOf } from "../../src/app/Tools.ts"
import { BIN, callMessage, cleanEnv, initialize, rawServer } from "../kit/RawServer.ts"

interface Result {
  readonly isError?: boolean
  readonly content: ReadonlyArray<{ readonly type: string; readonly text?: string }>
  readonly structuredContent?: Readonly<Record<string, unknown>>
}

interface Session {
  readonly version: string | undefined
  readonly names: ReadonlyArray<string>
  readonly call: (
    name: string,
    args?: Record<string, unknown>,
    options?: { readonly signal?: AbortSignal; readonly onprogress?: (step: { readonly progress: number }) => void },
  ) => Promise<Result>
  readonly close: () => Promise<void>
}

const server = {
  command: process.execPath,
  args: [BIN, "serve", "--sandbox"],
  env: cleanEnv({}),
  stderr: "ignore" as const,
}

const v2 = (mode: "auto" | "legacy") => async (): Promise<Session> => {
  const client = new Client({ name: "test", version: "0" }, { versionNegotiation: { mode } })
  await client.connect(new StdioClientTransport(server))
  return {
    version: client.getNegotiatedProtocolVersion(),
    names: (await client.listTools()).tools.map((tool) => tool.name),
    call: async (name, args = {}, options) => (await client.callTool({ name, arguments: args }, options)) as Result,
    close: () => client.close(),
  }
}

const v1 = async (): Promise<Session> => {
  const client = new V1Client({ name: "test", version: "0" })
  const transport = new V1Transport(server)
  await client.connect(transport)
  return {
    version: undefined,
    names: (await client.listTools()).tools.map((tool) => tool.name),
    call: async (name, args = {}, options) =>
      (await client.callTool({ name, arguments: args }, undefined, options)) as Result,
    close: () => client.close(),
  }
}

const clients: ReadonlyArray<readonly [string, () => Promise<Session>, string | undefined]> = [
  ["the official client, 2026-07-28", v2("auto"), "2026-07-28"],
  ["the official client, 2025-11-25", v2("legacy"), "2025-11-25"],
  ["the v1 client", v1, undefined],
]

/** A call of every tool that succeeds in the seeded sandbox. */
/** What is listed when nobody names toolsets. */
const offered = toolsOf(DEFAULT_TOOLSETS)

const calls: ReadonlyArray<readonly [string, Record<string, unknown>]> = [
  ["s3_list_buckets", {}],
  ["s3_list_objects", { bucket: "acme-app-logs", max_keys: 3 }],
  ["s3_put_object", { bucket: "acme-config", key: "t/x.txt", content: "x" }],
  ["s3_get_object", { bucket: "acme-config", key: "t/x.txt" }],
  ["s3_delete_object", { bucket: "acme-config", key: "t/x.txt" }],
  ["s3_get_bucket_info", { bucket: "acme-config" }],
  ["ec2_list_instances", {}],
  ["ec2_list_security_groups", {}],
  ["ec2_list_vpcs", {}],
  ["aws_call", { service: "dynamodb", operation: "list_tables" }],
  ["aws_get_caller_identity", {}],
  ["aws_list_regions", {}],
  ["aws_find_operation", { query: "create queue" }],
  ["vault_credential_status", {}],
  ["vault_refresh_credentials", { ttl: "20m" }],
  ["vault_revoke_credentials", {}],
]

describe.each(clients)("%s", (_name, connect, version) => {
  it("lists the tools, calls every one of them, and gets the same JSON as text", async () => {
    const session = await connect()
    try {
      if (version !== undefined) assert.strictEqual(session.version, version)
      assert.deepStrictEqual(
        session.names,
        offered.map((tool) => tool.meta.name),
      )
      const good = async (name: string, args: Record<string, unknown>) => {
        const result = await session.call(name, args)
        assert.notStrictEqual(result.isError, true, `${name}: ${result.content[0]?.text}`)
        assert.deepStrictEqual(JSON.parse(result.content[0]?.text ?? ""), result.structuredContent)
        return result.structuredContent ?? {}
      }
      for (const [name, args] of calls) await good(name, args)
      const stopped = (await good("ec2_list_instances", { states: ["stopped"] }))["instances"] as ReadonlyArray<{
        readonly instance_id: string
      }>
      const instance_id = stopped[0]?.instance_id ?? ""
      await good("ec2_get_instance", { instance_id })
      const steps: Array<number> = []
      const started = await session.call(
        "ec2_start_instance",
        { instance_id, wait: true },
        { onprogress: ({ progress }) => steps.push(progress) },
      )
      assert.strictEqual(started.structuredContent?.["current_state"], "running")
      assert.isNotEmpty(steps)
      await good("ec2_stop_instance", { instance_id, dry_run: true })
      const called = new Set([
        ...calls.map(([name]) => name),
        "ec2_get_instance",
        "ec2_start_instance",
        "ec2_stop_instance",
      ])
      assert.deepStrictEqual(
        session.names.filter((name) => !called.has(name)),
        [],
      )
    } finally {
      await session.close()
    }
  }, 60_000)

  it("errors are complete in their text, without structured content", async () => {
    const session = await connect()
    try {
      const missing = await session.call("s3_get_object", { bucket: "acme-config", key: "not-there" })
      assert.isTrue(missing.isError)
      assert.match(missing.content[0]?.text ?? "", /NoSuchKey[\s\S]*\ncode=NoSuchKey request_id=\S+$/)
      assert.notProperty(missing, "structuredContent")
      const wrong = await session.call("s3_get_object", { bucket: 5, colour: "red" })
      for (const path of ["bucket", "key", "colour"]) assert.include(wrong.content[0]?.text ?? "", path)
      const unknown = await session.call("no_such_tool").then(
        () => undefined,
        (error: unknown) => error,
      )
      assert.strictEqual((unknown as { readonly code?: number } | undefined)?.code, -32602)
    } finally {
      await session.close()
    }
  }, 60_000)

  it("a cancelled call ends on the client's side and leaves the server at work", async () => {
    const session = await connect()
    try {
      const list = await session.call("ec2_list_instances", { states: ["stopped"] })
      const found = list.structuredContent?.["instances"] as ReadonlyArray<{ readonly instance_id: string }> | undefined
      const first = found?.[0]
      const abort = new AbortController()
      const waiting = session.call(
        "ec2_start_instance",
        { instance_id: first?.instance_id ?? "", wait: true },
        { signal: abort.signal, onprogress: () => abort.abort() },
      )
      await waiting.then(
        () => assert.fail("the call was answered"),
        () => {},
      )
      assert.notStrictEqual((await session.call("aws_get_caller_identity")).isError, true)
    } finally {
      await session.close()
    }
  }, 60_000)
})

describe("raw", () => {
  it("starting and listing asks nobody for anything, even with a dead Vault; tools then say what is wrong", async () => {
    const dead = rawServer([], {
      VAULT_AWS_MCP_VAULT_ADDR: "http://127.0.0.1:1",
      VAULT_AWS_MCP_VAULT_TOKEN: "hvs.none",
    })
    await initialize(dead)
    dead.send({ jsonrpc: "2.0", id: 2, method: "tools/list" })
    assert.isArray((await dead.answer(2)).result?.["tools"])
    const needVault = offered.filter(
      ({ meta }) => !["aws_find_operation", "vault_credential_status", "vault_revoke_credentials"].includes(meta.name),
    )
    const args: Readonly<Record<string, object>> = Object.fromEntries([
      ...calls,
      ["ec2_get_instance", { instance_id: "i-1" }],
      ["ec2_start_instance", { instance_id: "i-1" }],
      ["ec2_stop_instance", { instance_id: "i-1" }],
    ])
    const started = process.hrtime.bigint()
    needVault.forEach(({ meta }, i) => dead.send(callMessage(100 + i, meta.name, args[meta.name] ?? {})))
    for (const [i] of needVault.entries()) {
      const { result } = await dead.answer(100 + i)
      assert.isTrue(result?.["isError"])
      assert.match(JSON.stringify(result), /127\.0\.0\.1:1.*code=vault_unreachable/)
    }
    assert.isBelow(Number(process.hrtime.bigint() - started) / 1e9, 5)
    dead.send(callMessage(200, "vault_credential_status"))
    assert.match(JSON.stringify((await dead.answer(200)).result), /no answer/)
    dead.child.stdin?.end()
    assert.strictEqual((await dead.exit).code, 0)
  })

  it("a KV value is said in the one frame that reveals it, and nowhere else, stderr at its most talkative included", async () => {
    const value = "canary-of-a-kv-value-0123456789"
    const server = rawServer(["--sandbox", "--toolsets", "kv"], { VAULT_AWS_MCP_LOG_LEVEL: "debug" })
    await initialize(server)
    const at = { path: "app/canary" }
    server.send(callMessage(2, "kv_put", { ...at, data: { password: value } }))
    assert.match(JSON.stringify((await server.answer(2)).result), /written as version 1/)
    server.send(callMessage(3, "kv_get", { ...at, reveal: true }))
    assert.include(JSON.stringify((await server.answer(3)).result), value)
    for (const [id, name, args] of [
      [4, "kv_get", at],
      [5, "kv_get_metadata", at],
      [6, "kv_list", {}],
      [7, "kv_put", { ...at, data: { password: value }, cas: 0 }],
      [8, "kv_put", { ...at, data: value }],
      [9, "kv_delete", at],
    ] as const) {
      server.send(callMessage(id, name, args))
      await server.answer(id)
    }
    server.child.stdin?.end()
    assert.strictEqual((await server.exit).code, 0)
    const saying = server.lines.filter((line) => line.includes(value))
    assert.deepStrictEqual(
      saying.map((line) => (JSON.parse(line) as { readonly id: number }).id),
      [3],
    )
    assert.isNotEmpty(server.stderr())
    assert.notInclude(server.stderr(), value)
  })

  it("garbage before a good line in the same chunk costs nothing; a message above 10 MB ends the server with code 0", async () => {
    const server = rawServer(["--sandbox"])
    await initialize(server)
    server.send(`this is not JSON\n${JSON.stringify({ jsonrpc: "2.0", id: 2, method: "tools/list" })}\r\n`)
    assert.isDefined((await server.answer(2)).result)
    server.send({ jsonrpc: "2.0", id: 3, method: "no/such/method" })
    assert.strictEqual((await server.answer(3)).error?.code, -32601)
    server.send(callMessage(4, "s3_put_object", { content: "x".repeat(11 * 1024 * 1024) }))
    assert.strictEqual((await server.exit).code, 0)
    for (const line of server.lines) assert.strictEqual(typeof JSON.parse(line), "object")
  })

  it("a bad setting ends the start with one line on stderr that does not repeat it", async () => {
    const server = rawServer([], { VAULT_AWS_MCP_AWS_REGION: "canary region" })
    assert.strictEqual((await server.exit).code, 1)
    assert.match(server.stderr(), /^VAULT_AWS_MCP_AWS_REGION: expected an AWS region/)
    assert.notInclude(server.stderr(), "canary")
    assert.deepStrictEqual(server.lines, [])
  })
})
