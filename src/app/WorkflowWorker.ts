/** Does the units of workflows by the agents that hold the tools, so that each works on leases and a token of its own. */
import { Context, Effect, Layer } from "effect"
import { ROSTER } from "../agents/Roster.ts"
import { Supervisor } from "../agents/Supervisor.ts"
import { AppConfig } from "../config/AppConfig.ts"
import type { Place } from "../orchestrator/Course.ts"
import { Worker } from "../orchestrator/Worker.ts"
import type { Outcome } from "../tools/Guarded.ts"
import type { World, WorldFailed } from "./World.ts"

const failed = (text: string, code: string): Outcome => ({ _tag: "Failed", text: `${text}\ncode=${code}`, code })

/** The worker of this world. */
export const layerWorker = (world: Effect.Effect<Context.Context<World>, WorldFailed>): Layer.Layer<Worker> => {
  const reads = new Map(
    ROSTER.flatMap(({ tools }) => tools.map(({ meta }) => [meta.name, meta.annotations.readOnly] as const)),
  )
  return Layer.succeed(Worker, {
    readOnly: (tool) => reads.get(tool),
    run: ({ agent, args, progress, tool }) =>
      world.pipe(
        Effect.mapError(({ message }) => failed(message, "sandbox_failed")),
        Effect.flatMap((context) =>
          Context.get(context, Supervisor)
            .submit(agent, { tool, args }, progress === undefined ? {} : { onProgress: progress })
            .pipe(Effect.mapError(({ code, message }) => failed(message, code))),
        ),
        Effect.catch(Effect.succeed),
      ),
  })
}

/** The accounts that `accounts: true` means: those that are configured, else the top-level role's. */
export const placesIn = (world: Context.Context<World>): ReadonlyArray<Place> => {
  const accounts = Object.entries(Context.get(world, AppConfig).accounts)
  if (accounts.length === 0) return [{ account: undefined, regions: undefined }]
  return accounts.map(([account, { regions }]) => ({ account, regions }))
}
