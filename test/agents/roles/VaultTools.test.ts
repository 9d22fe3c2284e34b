import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { ROSTER } from "../../../src/agents/Roster.ts"
import { fault } from "../../../src/sandbox/Faults.ts"
import { seal } from "../../../src/sandbox/faults/VaultState.ts"
import { catalog } from "../../../src/tools/Catalog.ts"
import { supervise } from "../../kit/Agents.ts"
import { makeToolWorld } from "../../kit/ToolWorld.ts"

const makeWorld = Effect.gen(function* () {
  const world = yield* makeToolWorld({ empty: false }, { agents: { vault: { role: "mcp-auditor-role" } } })
  const supervisor = yield* supervise(world.context, ROSTER)
  const ask = (tool: string, args: object = {}, agent = "vault") =>
    Effect.map(supervisor.submit(agent, { tool, args }), (outcome) => {
      if (outcome._tag === "Done") return outcome.value
      return { code: outcome.code, text: outcome.text }
    })
  return { ...world, ask }
})

describe("the Vault agent's own tools", () => {
  it.live("tell Vault's health without a token, and what is wrong with it", () =>
    Effect.gen(function* () {
      const { ask, sandbox } = yield* makeWorld
      assert.deepInclude(yield* ask("health"), { state: "active", sealed: false, address: sandbox.vaultAddr })
      assert.strictEqual(yield* sandbox.vault.liveTokens, 0)
      yield* sandbox.faults.add(fault(seal))
      assert.deepInclude(yield* ask("health"), { state: "sealed", sealed: true })
    }),
  )

  it.live("tell what the agent's own token may do, and never the token", () =>
    Effect.gen(function* () {
      const { ask, sandbox } = yield* makeWorld
      const told = yield* ask("token")
      assert.deepInclude(told, { own: true, type: "service", renewable: true })
      assert.include(told["policies"] as ReadonlyArray<string>, "vault-aws-mcp")
      assert.isAtMost(told["ttl_seconds"] as number, 900)
      assert.notMatch(JSON.stringify(told), /hvs\.|accessor/)
      assert.strictEqual(yield* sandbox.vault.liveTokens, 1)
      assert.notInclude(JSON.stringify(told), Redacted.value(sandbox.vaultToken))
    }),
  )

  it.live("tell how an engine role is set up, the agent's own when none is named, and that one is not there", () =>
    Effect.gen(function* () {
      const { ask } = yield* makeWorld
      assert.deepStrictEqual(yield* ask("engine_role"), {
        mount: "aws",
        role: "mcp-auditor-role",
        credential_type: "assumed_role",
        role_arns: ["arn:aws:iam::123456789012:role/mcp-auditor-role"],
        default_ttl_seconds: 3600,
        max_ttl_seconds: 14_400,
      })
      assert.deepInclude(yield* ask("engine_role", { role: "s3-reader-user" }), { credential_type: "iam_user" })
      assert.match(String((yield* ask("engine_role", { role: "nobody" }))["code"]), /^vault_/)
      assert.strictEqual((yield* ask("engine_role", { account: "prod" }))["code"], "account_unknown")
      assert.strictEqual((yield* ask("engine_role", { rolle: "x" }))["code"], "invalid_arguments")
    }),
  )

  it.live("list the leases of all, and whose they are", () =>
    Effect.gen(function* () {
      const { ask } = yield* makeWorld
      assert.deepStrictEqual(yield* ask("leases"), { leases: [] })
      yield* ask("aws_get_caller_identity", {}, "aws")
      const { leases } = (yield* ask("leases")) as { leases: ReadonlyArray<Readonly<Record<string, unknown>>> }
      assert.strictEqual(leases.length, 1)
      assert.deepInclude(leases[0], { principal: "aws-agent", role: "mcp-agent-role", type: "sts", in_use: true })
      assert.match(String(leases[0]?.["lease_id"]), /…$/)
    }),
  )

  it("are offered by no toolset, and each agent's tools have names of their own", () => {
    const offered = catalog.map(({ meta }) => meta.name)
    for (const { name, tools } of ROSTER) {
      const names = tools.map(({ meta }) => meta.name)
      assert.strictEqual(new Set(names).size, names.length, name)
      for (const { meta } of tools) assert.strictEqual(offered.includes(meta.name), meta.toolset !== "agents")
    }
  })
})
