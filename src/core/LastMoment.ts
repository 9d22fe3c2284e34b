/** One deadline for everything that is given back when the process ends, however many have something to give. */
import { Clock, Context, Duration, Effect } from "effect"

/**
 * How long giving everything back may take: a server is killed half a second after it was asked to end, for a command
 * somebody waits. What is missed ends in Vault by itself.
 */
export const LastMoment = Context.Reference<Duration.Duration>("vault-aws-mcp/core/LastMoment", {
  defaultValue: () => Duration.millis(300),
})

/** The last moment of a command that a person or a script waits for. */
export const COMMAND_MOMENT = Duration.millis(4500)

/** What is left of the last moment; it begins when somebody first asks. */
export const makeLastMoment: Effect.Effect<Effect.Effect<Duration.Duration>> = Effect.map(LastMoment, (limit) => {
  let end: bigint | undefined
  // By the clock that nobody sets.
  return Effect.map(Clock.monotonicTimeNanos, (now) => {
    end ??= now + BigInt(Math.round(Duration.toMillis(limit) * 1e6))
    return Duration.nanos(end > now ? end - now : 0n)
  })
})
