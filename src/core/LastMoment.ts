/** One deadline for everything that is given back when the process ends, however many have something to give. */
import { Clock, Duration, Effect } from "effect"

/** What is left of the last moment; it begins when somebody first asks. */
export const makeLastMoment = (limit: Duration.Duration): Effect.Effect<Duration.Duration> => {
  let end: number | undefined
  return Effect.map(Clock.currentTimeMillis, (now) => {
    end ??= now + Duration.toMillis(limit)
    return Duration.millis(Math.max(0, end - now))
  })
}
