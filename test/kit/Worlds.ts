/** Runs the same tests in two worlds: the sandbox's own AWS, and moto behind the sandbox's Vault. */
import { afterAll, beforeAll, describe, it } from "@effect/vitest"
import { Effect, Exit, Scope } from "effect"
import { motoMissing, startMoto } from "./Moto.ts"
import { makeToolWorld, type ToolWorld } from "./ToolWorld.ts"

type Body = (world: ToolWorld) => Effect.Effect<unknown, unknown>

/** A test of both worlds. */
export type Test = (name: string, body: Body, timeout?: number) => void

/** Declares `tests` once for each world; `of` tells which one it is. */
export const inBothWorlds = (tests: (test: Test, of: "sandbox" | "moto") => void): void => {
  for (const of of ["sandbox", "moto"] as const) {
    describe(of === "sandbox" ? "the sandbox's AWS" : "moto", () => {
      const scope = Effect.runSync(Scope.make())
      const missing = of === "moto" ? motoMissing() : undefined
      let world: ToolWorld | undefined
      let stop = () => {}
      beforeAll(async () => {
        if (missing !== undefined) return
        const moto = of === "moto" ? await startMoto() : undefined
        stop = moto?.stop ?? stop
        const options = { empty: false, ...(moto === undefined ? {} : { awsUrl: moto.url }) }
        world = await Effect.runPromise(Scope.provide(makeToolWorld(options), scope))
      })
      afterAll(async () => {
        await Effect.runPromise(Scope.close(scope, Exit.void))
        stop()
      })
      tests((name, body, timeout = 30_000) => {
        it(
          name,
          async (context) => {
            if (world === undefined) return context.skip(missing)
            await Effect.runPromise(body(world))
          },
          timeout,
        )
      }, of)
    })
  }
}

/** A name that no other run and no other test uses. */
export const unique = (prefix: string): string => `${prefix}-${process.hrtime.bigint().toString(36)}`
