/** Does the units of workflows by the agents that hold the tools, so that each works on leases and a token of its own. */
import { Effect, Layer, Schedule } from "effect"
import { ONLY_READS } from "../agents/Roster.ts"
import { Supervisor } from "../agents/Supervisor.ts"
import { Worker } from "../orchestrator/Worker.ts"
import type { Outcome } from "../tools/Guarded.ts"

/** How long a unit waits before it asks a full agent again; as often as its own time limit allows. */
const FULL = "250 millis"

/** The worker of this world. */
export const layerWorker: Layer.Layer<Worker, never, Supervisor> = Layer.effect(
  Worker,
  Effect.map(Supervisor, ({ submit }) =>
    Worker.of({
      readOnly: (tool) => ONLY_READS.get(tool),
      run: ({ agent, args, progress, tool }) =>
        submit(agent, { tool, args }, progress === undefined ? {} : { onProgress: progress }).pipe(
          // Others have filled its mailbox; nothing was taken.
          Effect.retry({ schedule: Schedule.spaced(FULL), while: ({ reason }) => reason._tag === "MailboxFull" }),
          Effect.catch(({ code, message, unsure }) =>
            Effect.succeed<Outcome>({ _tag: "Failed", text: `${message}\ncode=${code}`, code, unsure }),
          ),
        ),
    }),
  ),
)
