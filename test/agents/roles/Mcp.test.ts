/** The MCP agent at work on a real server; it holds nothing in Vault. */
import { Context, Effect, Layer } from "effect"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import { mcpRole } from "../../../src/agents/roles/Mcp.ts"
import { AppConfig } from "../../../src/config/AppConfig.ts"
import { childEnvironment } from "../../../src/config/ChildEnvironment.ts"
import { Fleet } from "../../../src/fleet/Fleet.ts"
import { Redactor } from "../../../src/guard/Redactor.ts"
import { agentsAlone } from "../../kit/Agents.ts"
import { config } from "../../kit/FakeVault.ts"
import { fleetFile, hostile, textOf } from "../../kit/Fleets.ts"

describe("the mcp agent", () => {
  it.live("starts, lists, finds, describes, calls and stops a server, and has no tool of AWS or Vault", () =>
    Effect.gen(function* () {
      const settings = {
        ...config,
        fleet: { file: yield* fleetFile({ x: hostile("ok") }), env: childEnvironment(process.env) },
      }
      const built = yield* Layer.build(
        Fleet.layer.pipe(Layer.provide([Layer.succeed(AppConfig, settings), Redactor.layer, NodeFileSystem.layer])),
      )
      const fleet = Context.get(built, Fleet)
      const { supervisor } = yield* agentsAlone([mcpRole], { fleet })
      const ask = (tool: string, args: object) =>
        Effect.map(supervisor.submit("mcp", { tool, args }), (outcome) =>
          outcome._tag === "Done" ? outcome.value : assert.fail(outcome.text),
        )
      const server = { server: "x" }
      assert.deepInclude(yield* ask("mcp_start_server", server), { state: "ready" })
      assert.strictEqual((yield* ask("mcp_list_tools", server))["total"], 13)
      assert.isNotEmpty((yield* ask("mcp_find_tool", { query: "echo" }))["tools"])
      assert.deepInclude(yield* ask("mcp_describe_tool", { ...server, tool: "echo" }), { standing: "known" })
      const said = yield* ask("mcp_call_tool", { ...server, tool: "echo", arguments: { text: "hi" } })
      assert.strictEqual(textOf(said), "echo hi")
      assert.deepInclude(yield* ask("mcp_stop_server", server), { state: "stopped" })
      yield* ask("mcp_start_server", server)
      yield* supervisor.stop("mcp")
      const [left] = yield* fleet.servers
      assert.strictEqual(left?.state, "stopped", "a stop of the agent ends what it started")
      yield* supervisor.start("mcp")
      const outside = yield* Effect.flip(supervisor.submit("mcp", { tool: "s3_delete_object", args: {} }))
      assert.strictEqual(outside.code, "tool_outside")
      assert.deepStrictEqual([...new Set(mcpRole.tools.map(({ meta }) => meta.toolset))], ["mcp"])
    }),
  )
})
