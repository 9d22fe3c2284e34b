/** Agents in the sandbox: what one has, no other can use; whatever ends one, its leases and its token are gone. */
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Fiber, Redacted, Schedule } from "effect"
import { ROSTER } from "../../src/agents/Roster.ts"
import type { Role } from "../../src/agents/Agent.ts"
import type { AgentsConfig } from "../../src/config/Agents.ts"
import { LeaseManager } from "../../src/lease/LeaseManager.ts"
import { hang, slow } from "../../src/sandbox/faults/Connection.ts"
import { fault } from "../../src/sandbox/Faults.ts"
import { seal } from "../../src/sandbox/faults/VaultState.ts"
import { operator } from "../../src/sandbox/Operate.ts"
import { awsTools } from "../../src/tools/aws/tools.ts"
import { Vault } from "../../src/vault/Vault.ts"
import { VaultAuth } from "../../src/vault/VaultAuth.ts"
import { collect, crash, supervise } from "../kit/Agents.ts"
import { makeToolWorld } from "../kit/ToolWorld.ts"

/** Each agent has an engine role of its own, and a token that may ask nothing but that role. */
const ROLES = {
  aws: "mcp-agent-role",
  vault: "mcp-auditor-role",
  orchestrator: "partner-agent-role",
  github: "github-role",
  mcp: "mcp-servers-role",
} as const

const agents: AgentsConfig = Object.fromEntries(
  Object.entries(ROLES).map(([name, role]) => [name, { role, policies: [`only-${name}`] }]),
)

/** Every agent of the roster, with a tool that shows whose role it works on, and one that crashes it. */
const roster: ReadonlyArray<Role> = ROSTER.map((role) => ({
  ...role,
  tools: [...role.tools.filter(({ meta }) => meta.name !== "aws_get_caller_identity"), ...awsTools.slice(1, 2), crash],
  restart: { ...role.restart, schedule: Schedule.spaced("10 millis") },
}))

const whoAmI = { tool: "aws_get_caller_identity", args: {} }

const makeWorld = Effect.fnUntraced(function* (more: Parameters<typeof makeToolWorld>[1] = {}) {
  const world = yield* makeToolWorld({ empty: false }, { agents, ...more })
  const operate = operator(world.sandbox.vault.handler, Redacted.value(world.sandbox.vaultToken))
  // Two more than the sandbox is seeded with: no two agents share a role.
  yield* operate(`aws/roles/${ROLES.mcp}`, {
    credential_type: "assumed_role",
    role_arns: ["arn:aws:iam::123456789012:role/mcp-agent-role"],
  })
  yield* operate(`aws/roles/${ROLES.github}`, {
    credential_type: "assumed_role",
    role_arns: ["arn:aws:iam::123456789012:role/mcp-auditor-role"],
  })
  for (const [name, role] of Object.entries(ROLES))
    yield* operate(`sys/policies/acl/only-${name}`, {
      policy: `path "aws/creds/${role}" { capabilities = ["read"] }`,
    })
  const supervisor = yield* supervise(world.context, roster)
  const arnOf = (name: string) =>
    Effect.map(supervisor.submit(name, whoAmI), (outcome) =>
      outcome._tag === "Done" ? String(outcome.value["arn"]) : assert.fail(outcome.text),
    )
  return { ...world, supervisor, arnOf }
})

const names = Object.keys(ROLES)

describe("agents in the sandbox", () => {
  it.live("have a role and a token each, and none may use another's role or end another's lease", () =>
    Effect.gen(function* () {
      const { arnOf, context, sandbox } = yield* makeWorld()
      const auth = Context.get(context, VaultAuth)
      const vault = Context.get(context, Vault)
      const manager = Context.get(context, LeaseManager)
      const arns = yield* Effect.forEach(names, arnOf)
      assert.match(arns[0] ?? "", /123456789012:assumed-role\/mcp-agent-role\//)
      assert.match(arns[1] ?? "", /123456789012:assumed-role\/mcp-auditor-role\//)
      assert.match(arns[2] ?? "", /210987654321:assumed-role\/mcp-agent-role\//)
      assert.strictEqual(yield* sandbox.vault.liveLeases, names.length)
      assert.strictEqual(yield* sandbox.vault.liveTokens, names.length)
      const held = yield* manager.status
      for (const [name, role] of Object.entries(ROLES)) {
        const { token } = yield* auth.session(`${name}-agent`)
        for (const other of Object.values(ROLES)) {
          if (other === role) continue
          const refused = yield* Effect.flip(vault.credentials(token, { endpoint: "creds", mount: "aws", role: other }))
          assert.strictEqual(refused.code, "vault_permission_missing", `${name} asks ${other}`)
        }
        for (const { lease } of held) {
          if (lease.target.principal === `${name}-agent` || lease.id === undefined) continue
          const refused = yield* Effect.flip(vault.revokeLease(token, lease.id, { sync: true }))
          assert.strictEqual(refused.code, "vault_permission_missing", `${name} revokes ${lease.target.role}`)
        }
      }
      assert.strictEqual(yield* sandbox.vault.liveLeases, names.length)
    }),
  )

  it.live("call no tool of another agent: the whole matrix is refused before anything happens", () =>
    Effect.gen(function* () {
      const { sandbox, supervisor } = yield* makeWorld()
      const heard = yield* collect(supervisor)
      const toolsOf = (role: Role) => role.tools.map(({ meta }) => meta.name)
      let refused = 0
      for (const mine of roster)
        for (const other of roster)
          for (const tool of toolsOf(other)) {
            if (toolsOf(mine).includes(tool)) continue
            const error = yield* Effect.flip(supervisor.submit(mine.name, { tool, args: {} }))
            assert.strictEqual(error.code, "tool_outside", `${mine.name} calls ${tool}`)
            refused++
          }
      assert.isAbove(refused, 40)
      assert.strictEqual(yield* sandbox.vault.liveTokens, 0)
      assert.deepStrictEqual(heard, [])
      assert.deepStrictEqual([...new Set((yield* supervisor.status).map(({ state }) => state))], ["idle"])
    }),
  )

  for (const name of names)
    it.live(`a crash of the ${name} agent takes its lease and its token, and begins it again; others keep theirs`, () =>
      Effect.gen(function* () {
        const { arnOf, context, sandbox, supervisor } = yield* makeWorld()
        const manager = Context.get(context, LeaseManager)
        const heard = yield* collect(supervisor)
        const before = new Map(
          yield* Effect.forEach(names, (one) => Effect.map(arnOf(one), (arn) => [one, arn] as const)),
        )
        const error = yield* Effect.flip(supervisor.submit(name, { tool: "crash", args: {} }))
        assert.strictEqual(error.code, "agent_crashed")
        yield* Effect.repeat(supervisor.status, {
          schedule: Schedule.spaced("5 millis"),
          until: (all) => all.some((one) => one.name === name && one.restarts === 1),
        })
        assert.notInclude(
          (yield* manager.status).map(({ lease }) => lease.target.principal),
          `${name}-agent`,
        )
        assert.strictEqual(yield* sandbox.vault.liveLeases, names.length - 1)
        assert.strictEqual(yield* sandbox.vault.liveTokens, names.length - 1)
        const after = new Map(
          yield* Effect.forEach(names, (one) => Effect.map(arnOf(one), (arn) => [one, arn] as const)),
        )
        for (const one of names)
          if (one === name) assert.notStrictEqual(after.get(one), before.get(one), "a new session")
          else assert.strictEqual(after.get(one), before.get(one), "the same session")
        assert.deepStrictEqual(
          heard.filter((event) => event.agent === name).map(({ kind }) => kind),
          [
            "started",
            "task",
            "call",
            "result",
            "task",
            "call",
            "result",
            "crashed",
            "restarted",
            "task",
            "call",
            "result",
          ],
        )
      }),
    )

  it.live("a crash while a lease is on its way gives back that lease, too", () =>
    Effect.gen(function* () {
      const { sandbox, supervisor } = yield* makeWorld()
      yield* sandbox.faults.add(fault(slow(300), { half: "vault", about: "/creds/" }))
      const begun = yield* Effect.forkChild(Effect.flip(supervisor.submit("aws", whoAmI)), { startImmediately: true })
      yield* Effect.repeat(sandbox.vault.liveLeases, { schedule: Schedule.spaced("5 millis"), until: (n) => n === 1 })
      yield* Effect.flip(supervisor.submit("aws", { tool: "crash", args: {} }))
      assert.strictEqual((yield* Fiber.join(begun)).code, "agent_crashed")
      yield* Effect.repeat(supervisor.status, {
        schedule: Schedule.spaced("5 millis"),
        until: (all) => all.some(({ restarts }) => restarts === 1),
      })
      assert.strictEqual(yield* sandbox.vault.liveLeases, 0)
      assert.strictEqual(yield* sandbox.vault.liveTokens, 0)
    }),
  )

  it.live("the kill switch gives back every account's lease, the key of an IAM user among them", () =>
    Effect.gen(function* () {
      const accounts = {
        a: { role: "mcp-auditor-role" },
        b: { role: "partner-agent-role" },
        c: { role: "s3-reader-user" },
      }
      const { sandbox, supervisor } = yield* makeWorld({ accounts, agents: { aws: { role: "mcp-agent-role" } } })
      for (const args of [{}, { account: "a" }, { account: "b" }, { account: "c" }])
        assert.strictEqual((yield* supervisor.submit("aws", { ...whoAmI, args }))._tag, "Done")
      assert.strictEqual(yield* sandbox.vault.liveLeases, 4)
      assert.strictEqual((yield* supervisor.status).find(({ name }) => name === "aws")?.leases.length, 4)
      yield* sandbox.faults.add(fault(hang, { half: "aws", about: "GetCallerIdentity" }))
      const work = yield* Effect.forkChild(
        Effect.forEach(Array.from({ length: 40 }), () => Effect.flip(supervisor.submit("aws", whoAmI)), {
          concurrency: "unbounded",
        }),
        { startImmediately: true },
      )
      yield* Effect.sleep("100 millis")
      const given = (yield* supervisor.stopAll).find(({ agent }) => agent === "aws")
      assert.deepStrictEqual(given?.left, [])
      assert.deepStrictEqual(
        given?.leases.map(({ closedInVault }) => closedInVault),
        ["yes", "yes", "yes", "yes"],
      )
      assert.sameMembers([...new Set(given?.leases.map(({ ends }) => ends._tag))], ["at", "now"])
      assert.deepStrictEqual([...new Set((yield* Fiber.join(work)).map(({ code }) => code))], ["agent_stopped"])
      assert.strictEqual(yield* sandbox.vault.liveLeases, 0)
      assert.strictEqual(yield* sandbox.vault.liveTokens, 0)
    }),
  )

  it.live("what Vault does not take back is told, and the operator's own token stays", () =>
    Effect.gen(function* () {
      const { arnOf, sandbox, supervisor } = yield* makeWorld({ agents: {} })
      yield* arnOf("aws")
      yield* sandbox.faults.add(fault(seal))
      const given = (yield* supervisor.stopAll).find(({ agent }) => agent === "aws")
      assert.strictEqual(given?.token, "failed")
      assert.match(
        given?.left.join() ?? "",
        /lease aws\/creds\/mcp-agent-role\/\S{6}… of role mcp-agent-role,its token: /,
      )
      yield* sandbox.faults.set()
      const again = (yield* supervisor.stopAll).find(({ agent }) => agent === "aws")
      assert.deepInclude(again, { token: "revoked", left: [] })
      assert.strictEqual(yield* sandbox.vault.liveTokens, 0)
      assert.strictEqual(yield* sandbox.vault.liveLeases, 0)
    }),
  )

  it.live("the kill switch leaves no lease and no token, in the middle of work, and holds until a start", () =>
    Effect.gen(function* () {
      const { arnOf, sandbox, supervisor } = yield* makeWorld()
      yield* Effect.forEach(names, arnOf)
      yield* sandbox.faults.add(fault(hang, { half: "aws" }))
      const work = yield* Effect.forkChild(
        Effect.forEach(names, (name) => Effect.flip(supervisor.submit(name, whoAmI)), { concurrency: "unbounded" }),
        { startImmediately: true },
      )
      yield* Effect.sleep("100 millis")
      const given = yield* supervisor.stopAll
      assert.deepStrictEqual(
        given.map(({ agent, left, token }) => ({ agent, left, token })),
        roster.map(({ name }) => ({ agent: name, left: [], token: "revoked" as const })),
      )
      assert.deepStrictEqual(
        (yield* Fiber.join(work)).map(({ code }) => code),
        names.map(() => "agent_stopped"),
      )
      assert.strictEqual(yield* sandbox.vault.liveLeases, 0)
      assert.strictEqual(yield* sandbox.vault.liveTokens, 0)
      yield* sandbox.faults.set()
      assert.strictEqual((yield* Effect.flip(supervisor.submit("aws", whoAmI))).code, "agent_stopped")
      yield* supervisor.start("aws")
      assert.include(yield* arnOf("aws"), "mcp-agent-role")
    }),
  )
})
