/**
 * The one door every tool call passes, whether a model, a person or an agent makes it. Today it holds the access mode:
 * in `read-only` everything that is not known to only read, or that shows secret values, is refused. `ask` cannot ask yet: it
 * lets pass and says so once, but for calls that no one should make without asking, for which `full` is needed.
 */
import { Context, Effect, Layer, Ref } from "effect"
import { type Access, AppConfig } from "../config/AppConfig.ts"
import { FullAccessDemanded, GuardError, ReadOnlyMode, RevealRefused } from "./GuardError.ts"

/** What the gate is told of a call. A tool that does not say that it only reads is a writer. */
export interface GateRequest {
  readonly tool: string
  readonly readOnly: boolean
  /** Whether the result would show secret values: that is more than a read. */
  readonly reveals: boolean
  /** Whether the call is one of those that access `full` alone lets pass until a person can be asked about it. */
  readonly demands: boolean
  readonly account: string | undefined
}

const stricter = (a: Access, b: Access): Access =>
  a === "read-only" || b === "read-only" ? "read-only" : a === "ask" || b === "ask" ? "ask" : "full"

export class Gate extends Context.Service<
  Gate,
  {
    /** Succeeds when the call may go on; nothing has happened before. */
    readonly pass: (request: GateRequest) => Effect.Effect<void, GuardError>
  }
>()("vault-aws-mcp/guard/Gate") {
  static readonly layer = Layer.effect(
    Gate,
    Effect.gen(function* () {
      const config = yield* AppConfig
      const told = yield* Ref.make(false)
      const tellOnce = Effect.flatMap(Ref.getAndSet(told, true), (before) =>
        before
          ? Effect.void
          : Effect.logWarning(
              "access is `ask`, but this version cannot ask yet: writes and the showing of secret values go ahead. VAULT_AWS_MCP_ACCESS=read-only refuses them, =full silences this.",
            ),
      )
      const pass = Effect.fnUntraced(function* ({ account, demands, readOnly, reveals, tool }: GateRequest) {
        if (readOnly && !reveals && !demands) return
        const ofAccount = account === undefined ? undefined : config.accounts[account]?.access
        const access = ofAccount === undefined ? config.access : stricter(config.access, ofAccount)
        const call = { tool, ...(account === undefined ? {} : { account }) }
        if (demands && access !== "full") return yield* new GuardError({ reason: new FullAccessDemanded(call) })
        if (access === "read-only") {
          return yield* new GuardError({ reason: reveals ? new RevealRefused(call) : new ReadOnlyMode(call) })
        }
        if (access === "ask") yield* tellOnce
      })
      return Gate.of({ pass })
    }),
  )
}
