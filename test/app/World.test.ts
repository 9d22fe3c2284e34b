/** The world is made once, at the first need, and outlives whoever needed it first. */
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Exit, Fiber, Logger, Scope } from "effect"
import { Supervisor } from "../../src/agents/Supervisor.ts"
import { callIn, lazyWorld } from "../../src/app/World.ts"
import { AppConfig } from "../../src/config/AppConfig.ts"
import { Redactor } from "../../src/guard/Redactor.ts"
import { ToolCall } from "../../src/tools/ToolCall.ts"
import { config } from "../kit/FakeVault.ts"

const caller = { principal: "test", progress: () => Effect.void }

describe("lazyWorld", () => {
  it.live("is one for all who ask, even when the first one is cancelled", () =>
    Effect.gen(function* () {
      const world = yield* lazyWorld(config, true)
      const first = yield* Effect.forkChild(world, { startImmediately: true })
      yield* Fiber.interrupt(first)
      const [a, b] = yield* Effect.all([world, world], { concurrency: "unbounded" })
      assert.strictEqual(a, b)
    }).pipe(Effect.provide(Redactor.layer)),
  )

  it.live("in the sandbox the operator's own Vault and roles do not count, other settings do", () =>
    Effect.gen(function* () {
      const own = {
        ...config,
        vault: { ...config.vault, address: "https://vault.example", role: "prod-role", namespace: "team" },
        region: "eu-west-1",
      }
      const settings = Context.get(yield* yield* lazyWorld(own, true), AppConfig)
      assert.match(settings.vault.address, /^http:\/\/127\.0\.0\.1:/)
      assert.strictEqual(settings.vault.role, "mcp-agent-role")
      assert.isUndefined(settings.vault.namespace)
      assert.deepEqual(Object.keys(settings.accounts), ["main", "partner"])
      assert.strictEqual(settings.region, "eu-west-1")
      const auditor = { ...config, vault: { ...config.vault, role: "mcp-auditor-role" } }
      const chosen = Context.get(yield* yield* lazyWorld(auditor, true), AppConfig)
      assert.strictEqual(chosen.vault.role, "mcp-auditor-role")
    }).pipe(Effect.provide(Redactor.layer)),
  )

  it.live("in the sandbox the operator's accounts stand for its own, and allow what they did", () =>
    Effect.gen(function* () {
      const accounts = {
        prod: { mount: "aws-prod", role: "prod-role", credentials: "sts", access: "read-only", regions: ["eu-west-1"] },
        dev: { roleArn: "arn:aws:iam::111122223333:role/dev", access: "full" },
        audit: { role: "mcp-auditor-role" },
      } as const
      const logged: Array<string> = []
      const logger = Logger.make(({ message }) => void logged.push(String(message)))
      const world = lazyWorld({ ...config, access: "full", accounts }, true)
      const made = yield* Effect.provide(Effect.flatten(world), Logger.layer([logger]))
      assert.deepEqual(Context.get(made, AppConfig).accounts, {
        prod: { role: "mcp-agent-role", access: "read-only", regions: ["eu-west-1"] },
        dev: { role: "partner-agent-role", access: "full" },
        audit: { role: "mcp-auditor-role" },
      })
      assert.match(
        logged.join(),
        /stand for the sandbox's own here.*prod \(mcp-agent-role\), dev \(partner-agent-role\)/,
      )
      const call = (name: string, args: object) =>
        callIn(Effect.succeed(made))(name, args).pipe(Effect.provideService(ToolCall, caller))
      const dev = yield* call("aws_get_caller_identity", { account: "dev" })
      assert.strictEqual(dev._tag === "Done" && dev.value["account"], "210987654321")
      const refused = yield* call("s3_put_object", { account: "prod", bucket: "b", key: "k", content: "x" })
      assert.strictEqual(refused._tag === "Failed" && refused.code, "access_refused")
    }).pipe(Effect.provide(Redactor.layer)),
  )

  it.live("agents work in it with roles of their own that the sandbox has, and end with it", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const agents = {
        aws: { role: "mcp-auditor-role", policies: ["not-there"] },
        vault: { role: "not-there" },
      }
      const world = yield* yield* Scope.provide(lazyWorld({ ...config, agents }, true), scope)
      assert.deepEqual(Context.get(world, AppConfig).agents, { aws: { role: "mcp-auditor-role" } })
      const supervisor = Context.get(world, Supervisor)
      const outcome = yield* supervisor.submit("aws", { tool: "aws_get_caller_identity", args: {} })
      assert.include(outcome._tag === "Done" ? String(outcome.value["arn"]) : outcome.text, "mcp-auditor-role")
      const slow = yield* Effect.forkChild(
        Effect.exit(supervisor.submit("aws", { tool: "aws_list_regions", args: {} })),
        { startImmediately: true },
      )
      yield* Scope.close(scope, Exit.void)
      assert.isDefined(yield* Fiber.join(slow))
    }).pipe(Effect.provide(Redactor.layer)),
  )

  it.live("tools are called by name in it, and all it holds is given back when its scope ends", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const call = callIn(yield* Scope.provide(lazyWorld(config, true), scope))
      const outcome = yield* call("aws_get_caller_identity", {}).pipe(Effect.provideService(ToolCall, caller))
      assert.strictEqual(outcome._tag, "Done")
      yield* Scope.close(scope, Exit.void)
      const late = yield* Effect.exit(call("aws_get_caller_identity", {}).pipe(Effect.provideService(ToolCall, caller)))
      assert.isTrue(Exit.isFailure(late) || late.value._tag === "Failed")
    }).pipe(Effect.provide(Redactor.layer)),
  )
})
