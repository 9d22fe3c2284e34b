/** When an agent that crashed is begun again, and when no more. */
import { Clock, Duration, Effect, Pull, Schedule } from "effect"
import type { RestartPolicy } from "./Agent.ts"

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
