/** What the shell's commands and tasks share: the world, the terminal, who is spoken to, and how it has gone so far. */
import type { Context, Effect } from "effect"
import type { AgentEvent } from "../../agents/AgentEvent.ts"
import type { World, WorldFailed } from "../../app/World.ts"
import type { AppConfigShape } from "../../config/AppConfig.ts"
import type { Redactor } from "../../guard/Redactor.ts"
import type { ShellAgent, Surface } from "./Surface.ts"
import type { Terminal } from "./Terminal.ts"

/** How a line went: for a script's exit code. `partial`: a workflow of which a part failed. */
export type Went = "well" | "partial" | "failed"

export interface Room {
  readonly terminal: Terminal["Service"]
  readonly redactor: Redactor["Service"]
  readonly surface: Surface
  readonly config: AppConfigShape
  /** `sandbox`, or Vault's address. */
  readonly place: string
  /** A line of JSON for each result, for programs. */
  readonly json: boolean
  /** Made at the first need. */
  readonly world: Effect.Effect<Context.Context<World>, WorldFailed>
  /** The world, when it was needed already. */
  readonly made: () => Context.Context<World> | undefined
  /** The last events, and whether new ones are told as they come. */
  readonly events: ReadonlyArray<AgentEvent>
  follow: boolean
  active: ShellAgent
  /** Set by /quit. */
  leaving: boolean
}
