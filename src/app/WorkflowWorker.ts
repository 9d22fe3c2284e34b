/**
 * Does the units of workflows by calling the catalog's tools in the world. All of them share one principal, whichever
 * agent a step names, until agents with leases of their own stand behind the port.
 */
import { Context, Effect, Layer } from "effect"
import { AppConfig } from "../config/AppConfig.ts"
import type { Place } from "../orchestrator/Course.ts"
import { Worker } from "../orchestrator/Worker.ts"
import { catalog } from "../tools/Catalog.ts"
import { ToolCall } from "../tools/ToolCall.ts"
import { callIn, type World, type WorldFailed } from "./World.ts"

/** Whose leases workflows use. */
const PRINCIPAL = "workflow"

/** The worker of this world. */
export const layerWorker = (world: Effect.Effect<Context.Context<World>, WorldFailed>): Layer.Layer<Worker> => {
  const call = callIn(world)
  const reads = new Map(catalog.map(({ meta }) => [meta.name, meta.annotations.readOnly]))
  return Layer.succeed(Worker, {
    readOnly: (tool) => reads.get(tool),
    run: ({ args, progress, tool }) =>
      Effect.provideService(call(tool, args), ToolCall, {
        principal: PRINCIPAL,
        progress: progress ?? (() => Effect.void),
      }),
  })
}

/** The accounts that `accounts: true` means: those that are configured, else the top-level role's. */
export const placesIn = (world: Context.Context<World>): ReadonlyArray<Place> => {
  const accounts = Object.entries(Context.get(world, AppConfig).accounts)
  if (accounts.length === 0) return [{ account: undefined, regions: undefined }]
  return accounts.map(([account, { regions }]) => ({ account, regions }))
}
