/**
 * The agents and the workflows that they do, each of which needs the other: a workflow's units are the agents' tasks, and
 * the orchestrator agent runs workflows. No workflow may name the tools that run one.
 */
import { Context, Deferred, Effect, Layer } from "effect"
import type { Role } from "../agents/Agent.ts"
import { orchestratorRole } from "../agents/roles/Orchestrator.ts"
import { ROSTER } from "../agents/Roster.ts"
import { Supervisor } from "../agents/Supervisor.ts"
import { knownOf } from "../orchestrator/Known.ts"
import { workflowTools } from "../orchestrator/tools.ts"
import { Workflows } from "../orchestrator/Workflows.ts"
import { layerWorker } from "./WorkflowWorker.ts"

/** What the orchestrator's own tools of workflows work with. */
type Runs = Context.Context<Workflows>

/** The roster with an orchestrator that also runs workflows, in the room that `runs` gives. */
const teamOf = (runs: Effect.Effect<Runs>): ReadonlyArray<Role> =>
  ROSTER.map((role) =>
    role.name === orchestratorRole.name
      ? {
          ...role,
          tools: [
            ...role.tools,
            ...workflowTools.map((tool) => ({
              ...tool,
              call: (args: unknown) => Effect.flatMap(runs, (context) => Effect.provide(tool.call(args), context)),
            })),
          ],
        }
      : role,
  )

/** The team as it may be looked at; nothing of it can be called. */
export const TEAM = teamOf(Effect.never)

/** Supervisor, worker and workflows over what tools work with. */
export const layerTeam = Layer.unwrap(
  Effect.map(Deferred.make<Runs>(), (runs) =>
    Layer.effectDiscard(Effect.flatMap(Effect.context<Workflows>(), (context) => Deferred.succeed(runs, context))).pipe(
      Layer.provideMerge(Workflows.layer(knownOf(ROSTER))),
      Layer.provide(layerWorker),
      Layer.provideMerge(Supervisor.layerOf(teamOf(Deferred.await(runs)))),
    ),
  ),
)
