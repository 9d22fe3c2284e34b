import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Mind } from "../../src/agents/Mind.ts"
import { agentsAlone, done, roleNamed } from "../kit/Agents.ts"

describe("a task in plain language", () => {
  it.effect("is refused while nobody understands it", () =>
    Effect.gen(function* () {
      const { supervisor } = yield* agentsAlone([roleNamed("aws")])
      const error = yield* Effect.flip(supervisor.submit("aws", { words: "list my buckets" }))
      assert.strictEqual(error.code, "mind_missing")
      assert.include(error.message, "exact tool calls only")
    }),
  )

  it.effect("goes to the mind with the agent's own tools, and each call it makes is checked and counted", () =>
    Effect.gen(function* () {
      const { status, supervisor } = yield* agentsAlone([
        roleNamed("aws", { budget: { tasks: 9, calls: 2, per: "life" } }),
      ])
      assert.deepStrictEqual(
        yield* supervisor.submit("aws", { words: "twice" }),
        done({
          tools: ["echo", "hang", "crash"],
          outside: "tool_outside",
          principal: "aws-agent",
          third: "budget_spent",
        }),
      )
      assert.deepInclude((yield* status("aws")).left, { tasks: 8, calls: 0 })
    }).pipe(
      Effect.provideService(Mind, {
        answer: ({ call, tools }) =>
          Effect.gen(function* () {
            const outside = yield* Effect.flip(call("vault_revoke_credentials", {}))
            const first = yield* call("echo", 1)
            yield* call("echo", 2)
            const third = yield* Effect.flip(call("echo", 3))
            return done({
              tools: tools.map(({ name }) => name),
              outside: outside.code,
              principal: first._tag === "Done" ? first.value["principal"] : first.text,
              third: third.code,
            })
          }),
      }),
    ),
  )
})
