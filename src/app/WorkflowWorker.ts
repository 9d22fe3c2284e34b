/** Does the units of workflows by the agents that hold the tools, so that each works on leases and a token of its own. */
import { Effect, Layer } from "effect"
import { ONLY_READS } from "../agents/Roster.ts"
import { Supervisor } from "../agents/Supervisor.ts"
import { Worker } from "../orchestrator/Worker.ts"
import type { Outcome } from "../tools/Guarded.ts"

/** The worker of this world. */
export const layerWorker: Layer.Layer<Worker, never, Supervisor> = Layer.effect(
  Worker,
  Effect.map(Supervisor, ({ submit }) =>
    Worker.of({
      readOnly: (tool) => ONLY_READS.get(tool),
      run: ({ agent, args, progress, tool }) =>
        submit(agent, { tool, args }, progress === undefined ? {} : { onProgress: progress }).pipe(
          Effect.catch(({ code, message, unsure }) =>
            Effect.succeed<Outcome>({ _tag: "Failed", text: `${message}\ncode=${code}`, code, unsure }),
          ),
        ),
    }),
  ),
)
