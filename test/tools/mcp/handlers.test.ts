/** The mcp tools where there is nothing to start: they say what is missing. */
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { AppConfig } from "../../../src/config/AppConfig.ts"
import { Fleet } from "../../../src/fleet/Fleet.ts"
import { Gate } from "../../../src/guard/Gate.ts"
import { Redactor } from "../../../src/guard/Redactor.ts"
import { mcpTools } from "../../../src/tools/mcp/tools.ts"
import { ToolCall } from "../../../src/tools/ToolCall.ts"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { config } from "../../kit/FakeVault.ts"
import { hostile, makeFleet } from "../../kit/Fleets.ts"

/** Arguments with which each tool gets as far as the fleet. */
const ARGUMENTS: Readonly<Record<string, object>> = {
  mcp_find_tool: { query: "read" },
  mcp_list_servers: {},
  mcp_describe_tool: { server: "x", tool: "y" },
  mcp_call_tool: { server: "x", tool: "y" },
}

describe("the mcp tools", () => {
  it.effect("without a file of servers refuse, each with how to name one", () =>
    Effect.gen(function* () {
      const context = yield* Layer.build(
        Layer.merge(Fleet.layer, Gate.layer).pipe(
          Layer.provideMerge(Layer.merge(Layer.succeed(AppConfig, config), Redactor.layer)),
          Layer.provide(NodeFileSystem.layer),
        ),
      )
      for (const tool of mcpTools) {
        const outcome = yield* tool
          .call(ARGUMENTS[tool.meta.name] ?? { server: "x" })
          .pipe(
            Effect.provideService(ToolCall, { principal: "test", progress: () => Effect.void }),
            Effect.provide(context),
          )
        assert.deepInclude(outcome, { _tag: "Failed", code: "mcp_config_missing" }, tool.meta.name)
        assert.match(
          outcome._tag === "Failed" ? outcome.text : "",
          /VAULT_AWS_MCP_MCP_CONFIG.*not looked|none is looked for in the current directory/,
        )
      }
      assert.isDefined(Context.get(context, Fleet))
    }),
  )

  it.live("with a file that is wrong refuse with all that is wrong, and read it again once it is mended", () =>
    Effect.gen(function* () {
      const { bad, fleet } = yield* makeFleet({ A: {}, b: { url: "ftp://x" } })
      const text = yield* bad("mcp_list_servers")
      assert.match(text, /- A: a server's name.*\n- b\.url: expected https.*\ncode=mcp_config_bad/s)
      assert.strictEqual((yield* Effect.flip(fleet.servers)).code, "mcp_config_bad")
    }),
  )

  it.live("find ranks tools of all servers that run, and says which were not asked", () =>
    Effect.gen(function* () {
      const { good } = yield* makeFleet({ one: hostile("ok"), two: hostile("rug"), three: hostile("ok") })
      yield* good("mcp_start_server", { server: "one" })
      yield* good("mcp_start_server", { server: "two" })
      const found = yield* good<{
        tools: ReadonlyArray<{ server: string; tool: string }>
        not_asked: ReadonlyArray<{ server: string; reason: string }>
      }>("mcp_find_tool", { query: "delete something of mine", limit: 3 })
      assert.deepInclude(found.tools[0], { server: "two", tool: "delete_me" })
      assert.deepStrictEqual(
        found.not_asked.map(({ server }) => server),
        ["three"],
      )
      assert.match(found.not_asked[0]?.reason ?? "", /is configured.*mcp_start_server/)
      const nothing = yield* good<{ tools: ReadonlyArray<unknown> }>("mcp_find_tool", { query: "zebra quantum" })
      assert.deepStrictEqual(nothing.tools, [])
    }),
  )

  it.live("a start is done once however many ask for it, and a started server is left alone", () =>
    Effect.gen(function* () {
      const { good } = yield* makeFleet({ x: hostile("ok") })
      const start = good<{ state: string; restarts: number }>("mcp_start_server", { server: "x" })
      const states = yield* Effect.all([start, start, start], { concurrency: "unbounded" })
      assert.deepStrictEqual(
        states.map(({ restarts, state }) => [state, restarts]),
        [
          ["ready", 0],
          ["ready", 0],
          ["ready", 0],
        ],
      )
      yield* good("mcp_stop_server", { server: "x" })
      assert.deepInclude(yield* good("mcp_stop_server", { server: "x" }), { state: "stopped" })
      assert.deepInclude(yield* start, { state: "ready" })
    }),
  )
})
