/**
 * The clock of the machine the product runs on, over the test's own, which is the world's. The machine's wall clock may
 * be wrong and may jump; while the machine sleeps, its monotonic clock and its timers stand still. Counts what of the
 * product is still going on: timers waited for and fibers.
 */
import { Clock, Context, Duration, Effect, Latch, Metric } from "effect"
import { TestClock } from "effect/testing"

/** Less than that is not worth a timer: the test's clock counts in fractions of milliseconds. */
const NOTHING = 1000n

export interface HostClock {
  /** Runs an effect, and whatever it forks, on this machine. */
  readonly run: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  /** Sets the wall clock so many milliseconds ahead of the world's, from now on. */
  readonly setAhead: (millis: number) => Effect.Effect<void>
  /** The lid is closed for so long: the world goes on, the machine does not. */
  readonly sleep: (time: Duration.Input) => Effect.Effect<void>
  /** Timers that a fiber of the machine waits for. */
  readonly timers: () => number
  /** Fibers of the machine that have not ended. */
  readonly fibers: () => number
}

/** Must be made under the test's clock. */
export const makeHostClock = Effect.gen(function* () {
  const world = yield* Clock.clockWith(Effect.succeed)
  let ahead = 0
  let lost = 0n
  let asleepSince: bigint | undefined
  const awake = yield* Latch.make(true)
  let timers = 0
  let fibers = 0
  const monotonic = (): bigint => (asleepSince ?? world.monotonicTimeNanosUnsafe()) - lost
  const millis = (): number => world.currentTimeMillisUnsafe() + ahead
  const nanos = (): bigint => world.currentTimeNanosUnsafe() + BigInt(Math.round(ahead * 1e6))

  const sleep = Effect.fnUntraced(function* (span: Duration.Duration) {
    timers++
    const end = Duration.isFinite(span) ? monotonic() + Duration.toNanosUnsafe(span) : undefined
    const wait = Effect.gen(function* () {
      if (end === undefined) return yield* Effect.never
      // A timer of the world's that fires while the machine sleeps finds the machine's time unmoved.
      for (let left = end - monotonic(); left > NOTHING; left = end - monotonic()) {
        yield* Effect.andThen(world.sleep(Duration.nanos(left)), awake.await)
      }
    })
    yield* Effect.ensuring(
      wait,
      Effect.sync(() => timers--),
    )
  })

  const clock: Clock.Clock = {
    currentTimeMillisUnsafe: millis,
    currentTimeMillis: Effect.sync(millis),
    currentTimeNanosUnsafe: nanos,
    currentTimeNanos: Effect.sync(nanos),
    monotonicTimeNanosUnsafe: monotonic,
    monotonicTimeNanos: Effect.sync(monotonic),
    sleep,
  }
  const counted = Context.make(Clock.Clock, clock).pipe(
    Context.add(Metric.FiberRuntimeMetrics, {
      recordFiberStart: () => void fibers++,
      recordFiberEnd: () => void fibers--,
    }),
  )

  const host: HostClock = {
    run: Effect.provide(counted),
    setAhead: (by) => Effect.sync(() => void (ahead = by)),
    sleep: (time) =>
      Effect.gen(function* () {
        const from = world.monotonicTimeNanosUnsafe()
        asleepSince = from
        yield* awake.close
        yield* TestClock.adjust(time)
        lost += world.monotonicTimeNanosUnsafe() - from
        asleepSince = undefined
        yield* awake.open
        yield* Effect.yieldNow // the timers set themselves anew
      }),
    timers: () => timers,
    fibers: () => fibers,
  }
  return host
})
