/** A connection to a server, as the rest of the fleet sees it: nothing here knows the MCP SDK. */
import type { Duration, Effect } from "effect"
import type { Nursery } from "./Child.ts"
import type { Trouble } from "./Trouble.ts"

/** Why a connection is over. `hostile`: it was ended for what the server did, and is not to be begun again by itself. */
export interface Loss {
  readonly why: string
  readonly hostile: boolean
}

/** A tool as far as a call needs it. */
export interface Callee {
  readonly name: string
  readonly inputSchema: Readonly<Record<string, unknown>>
}

/** How far a call has come, as the server tells it. */
export interface Step {
  readonly progress: number
  readonly total?: number
  readonly message?: string
}

/** What a server answered to a call: its own data, by the protocol's shape and in no other way checked. */
export interface CallAnswer {
  readonly content: ReadonlyArray<Readonly<Record<string, unknown>>>
  readonly structuredContent?: unknown
  readonly isError?: boolean | undefined
}

/** An open connection. */
export interface Connection {
  readonly era: "modern" | "legacy"
  readonly protocol: string
  /** As the server names itself. */
  readonly server: { readonly name: string; readonly version: string } | undefined
  /** One page of the tools, not looked at. */
  readonly page: (
    cursor: string | undefined,
  ) => Effect.Effect<{ readonly tools: unknown; readonly nextCursor: unknown }, Trouble>
  readonly call: (
    tool: Callee,
    args: Readonly<Record<string, unknown>>,
    timeout: Duration.Duration,
    onStep: (step: Step) => void,
  ) => Effect.Effect<CallAnswer, Trouble>
  /** Succeeds when the server answers. */
  readonly ping: Effect.Effect<void, Trouble>
  /** Waits for the connection's end. */
  readonly lost: Effect.Effect<Loss>
  readonly garbageSeen: () => number
}

/** What a connection stands on. */
export interface Ports {
  readonly env: Readonly<Record<string, string>>
  readonly nursery: Nursery
  readonly patience: Effect.Effect<Duration.Duration>
  /** A piece of a program's stderr. */
  readonly onStderr: (chunk: Buffer) => void
  /** The server says that its tools are others now. */
  readonly onToolsChanged: () => void
}
