/** When what crashed is begun again, and when no more: an agent, another MCP server. */
import { Clock, Duration, Effect, Pull, Schedule } from "effect"

/** What happens after a crash: it is begun again after the schedule's pause, so many times in a row and no more. */
export interface RestartPolicy {
  readonly schedule: Schedule.Schedule<unknown>
  readonly times: number
  /** After so long without a crash the count begins anew. */
  readonly quiet: Duration.Duration
}

/** Half a second, a second, two … a minute; five in a row, counted anew after ten quiet minutes. */
export const RESTART: RestartPolicy = {
  schedule: Schedule.min([Schedule.exponential("500 millis"), Schedule.spaced("1 minute")]),
  times: 5,
  quiet: Duration.minutes(10),
}

/** To be asked at each crash: the pause before the next beginning, or `undefined` when there is none. */
export const makeRestarts = ({
  quiet,
  schedule,
  times,
}: RestartPolicy): Effect.Effect<Duration.Duration | undefined> => {
  let row = 0
  let last: number | undefined
  let next: Effect.Success<ReturnType<typeof stepsOf>> | undefined
  return Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    if (last !== undefined && now - last >= Duration.toMillis(quiet)) {
      row = 0
      next = undefined
    }
    last = now
    if (row >= times) return undefined
    row++
    next ??= yield* stepsOf(schedule)
    return yield* next(now, undefined).pipe(
      Effect.map(([, pause]): Duration.Duration | undefined => pause),
      Pull.catchDone(() => Effect.as(Effect.void, undefined)),
    )
  })
}

const stepsOf = (schedule: RestartPolicy["schedule"]) => Schedule.toStep(schedule)
