/** The workflow toolset of a spawned `serve --sandbox`, as an MCP client sees it: progress, cancellation, the record. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Client } from "@modelcontextprotocol/client"
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio"
import { BIN, cleanEnv } from "../kit/RawServer.ts"

interface Result {
  readonly isError?: boolean
  readonly structuredContent?: { readonly [key: string]: unknown }
}

/** Connects, in one era or the other, to a server with a state directory of its own. */
const connected = async (mode: "auto" | "legacy", body: (client: Client) => Promise<void>) => {
  const state = mkdtempSync(join(tmpdir(), "mcp-workflow-"))
  const client = new Client({ name: "test", version: "0" }, { versionNegotiation: { mode } })
  try {
    await client.connect(
      new StdioClientTransport({
        command: process.execPath,
        args: [BIN, "serve", "--sandbox", "--toolsets", "workflow", "--state-dir", state],
        env: cleanEnv({}),
        stderr: "ignore",
      }),
    )
    await body(client)
  } finally {
    await client.close()
    rmSync(state, { recursive: true, force: true })
  }
}

const runs = async (client: Client) => {
  const { structuredContent } = (await client.callTool({ name: "workflow_list", arguments: {} })) as Result
  return structuredContent?.["runs"] as ReadonlyArray<{ readonly run: string; readonly state: string }>
}

describe.each(["auto", "legacy"] as const)("workflows over MCP (%s)", (mode) => {
  it("run with growing progress, and are on record", () =>
    connected(mode, async (client) => {
      const { tools } = await client.listTools()
      assert.deepStrictEqual(
        tools.map(({ name }) => name),
        ["workflow_list", "workflow_run", "workflow_show"],
      )
      const steps: Array<number> = []
      const call = { name: "workflow_run", arguments: { workflow: "inventory" } }
      const result = (await client.callTool(call, { onprogress: ({ progress }) => steps.push(progress) })) as Result
      assert.notStrictEqual(result.isError, true)
      assert.strictEqual(result.structuredContent?.["state"], "succeeded")
      assert.isNotEmpty(steps)
      assert.deepStrictEqual(
        steps,
        [...new Set(steps)].toSorted((a, b) => a - b),
      )
      assert.deepStrictEqual(
        (await runs(client)).map(({ run, state }) => [run, state]),
        [[result.structuredContent?.["run"], "succeeded"]],
      )
    }))

  it("end when the call is cancelled, which their record says", () =>
    connected(mode, async (client) => {
      const abort = new AbortController()
      const call = { name: "workflow_run", arguments: { workflow: "inventory", concurrency: 1 } }
      const end = await client
        .callTool(call, { signal: abort.signal, onprogress: () => abort.abort() })
        .then(() => "answered")
        .catch(() => "cancelled")
      assert.strictEqual(end, "cancelled")
      // The end is written down within the time that a run has for it.
      for (let left = 100; left > 0; left--) {
        const [run] = await runs(client)
        if (run !== undefined && run.state !== "running") return assert.strictEqual(run.state, "cancelled")
      }
      assert.fail("the run did not end")
    }))
})
