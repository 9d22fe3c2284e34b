/**
 * The soak: 64 callers that never stop, and a lease that is rotated a thousand times under them. No call may be lost, and
 * none be signed with less than a minute left of its session, as AWS knows it. Over real sockets, with the product's own
 * layers against the sandbox; what was signed with is seen where the request arrives.
 */
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { Cause, Clock, Context, Duration, Effect, Exit, Fiber, Latch, Layer, Redacted, References, Scope } from "effect"
import { layerWorld } from "../src/app/Live.ts"
import { type AwsCall, AwsSession } from "../src/aws/AwsSession.ts"
import { AppConfig } from "../src/config/AppConfig.ts"
import { Redactor } from "../src/guard/Redactor.ts"
import { LeaseManager } from "../src/lease/LeaseManager.ts"
import { leaseTarget } from "../src/lease/Target.ts"
import { VaultAuth } from "../src/vault/VaultAuth.ts"
import { startSoakWorld } from "../test/bench/SoakWorld.ts"
import { config } from "../test/kit/FakeVault.ts"
import { shiftedClock } from "../test/kit/ShiftedClock.ts"

const CALLERS = 64
const ROTATIONS = 1000
const TURNS = 10
/** Between two turns of rotations the callers are left alone for so long, to compare. */
const CALM = "500 millis"
const MINUTE = 60_000
/** By how much the heap may grow in the second half: all else than leases, code above all, has its size by then. */
const HEAP_MB = 1

/** How a lease comes to be rotated. */
const KINDS = {
  refresh: "LeaseManager.refresh",
  rejected: "AWS ended the session under the calls (ExpiredToken, LeaseManager.rejected)",
  revoked: "Vault revoked the token under the lease, then refresh",
  slept: "the machine slept until 62 s of the lease were left, and then 3 s more",
}
type Kind = keyof typeof KINDS
/** Of eighty rotations five are unwanted. */
const UNWANTED: Readonly<Record<number, Kind>> = {
  10: "rejected",
  20: "revoked",
  30: "slept",
  50: "rejected",
  60: "revoked",
}
const kindOf = (n: number): Kind => UNWANTED[n % 80] ?? "refresh"

const whoAmI: AwsCall = {
  principal: "soak",
  service: "sts",
  operation: "GetCallerIdentity",
  input: {},
  idempotent: true,
}

const quantile = (values: ReadonlyArray<number>, part: number): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * part)] ?? Number.NaN

const lines: Array<string> = []
let failed = false
const report = (name: string, value: string, budget: string, kept: boolean): void => {
  failed ||= !kept
  lines.push(`${kept ? "ok  " : "OVER"}  ${name.padEnd(44)} ${value.padEnd(34)} budget ${budget}`)
}

setFlagsFromString("--expose-gc")
// What the flag puts there; "last-resort" lets go of compiled code and caches too, which come and go as they like.
const collect = runInNewContext("gc") as (how: { readonly type: "major"; readonly flavor: "last-resort" }) => void
const heapMb = Effect.sync(() => {
  collect({ type: "major", flavor: "last-resort" })
  return process.memoryUsage().heapUsed / 1024 / 1024
})

const soak = Effect.gen(function* () {
  const world = yield* startSoakWorld()
  const { sandbox } = world
  // A machine that slept: its wall clock is ahead of its timers by as much.
  const shift = { wall: 0, monotonic: 0 }
  const clock = shiftedClock(yield* Clock.clockWith(Effect.succeed), shift)
  const settings = {
    ...config,
    vault: { ...config.vault, address: sandbox.vaultAddr, token: sandbox.vaultToken },
    awsEndpoint: sandbox.awsUrl,
  }
  const given = Layer.merge(Layer.succeed(AppConfig, settings), Redactor.layer)
  const layers = yield* Scope.make()

  yield* Effect.gen(function* () {
    const context = yield* Layer.buildWithScope(Layer.provideMerge(layerWorld, given), layers)
    const manager = Context.get(context, LeaseManager)
    const session = Context.get(context, AwsSession)
    const auth = Context.get(context, VaultAuth)
    const redactor = Context.get(context, Redactor)
    const target = yield* Effect.fromResult(leaseTarget(settings, whoAmI.principal, undefined))

    const open = yield* Latch.make(true)
    const counts = { calls: 0, lost: 0, inFlight: 0 }
    const times = { warm: [] as Array<number>, calm: [] as Array<number>, turning: [] as Array<number> }
    let phase: keyof typeof times = "warm"
    let isOver = false

    const call = Effect.gen(function* () {
      yield* open.await
      const began = { phase, at: performance.now() }
      counts.inFlight++
      const exit = yield* Effect.exit(redactor.during(session.send(whoAmI)))
      counts.inFlight--
      counts.calls++
      if (began.phase === phase) times[phase].push(performance.now() - began.at)
      if (Exit.isSuccess(exit) && JSON.stringify(exit.value).includes(":assumed-role/mcp-agent-role/")) return
      if (++counts.lost <= 5)
        lines.push(`      lost: ${Exit.isSuccess(exit) ? "another identity" : Cause.pretty(exit.cause)}`)
    })
    const until = (isSo: Effect.Effect<boolean>) =>
      isSo.pipe(
        Effect.tap((so) => (so ? Effect.void : Effect.sleep("1 millis"))),
        Effect.repeat({ until: (so) => so }),
      )
    const moreCalls = (more: number) => {
      const enough = counts.calls + more
      return until(Effect.sync(() => counts.calls >= enough))
    }
    /** Does something while no call is in flight. */
    const quietly = <A>(work: Effect.Effect<A>) =>
      open.close.pipe(
        Effect.andThen(until(Effect.sync(() => counts.inFlight === 0))),
        Effect.andThen(work),
        Effect.ensuring(open.open),
      )
    const sleepFor = (millis: number) =>
      quietly(
        Effect.sync(() => {
          shift.wall += millis
          world.age(millis)
        }),
      )

    const rotate = {
      refresh: manager.refresh(target),
      rejected: Effect.gen(function* () {
        world.end((yield* manager.lease(target)).credentials.accessKeyId)
        // A call that met the end is sent once more: it must not meet the next one, too.
        yield* moreCalls(2 * CALLERS)
      }),
      revoked: Effect.gen(function* () {
        const [used] = yield* auth.sessions
        yield* Effect.promise(() =>
          fetch(`${sandbox.vaultAddr}/v1/auth/token/revoke-accessor`, {
            method: "POST",
            headers: { "x-vault-token": Redacted.value(sandbox.vaultToken) },
            body: JSON.stringify({ accessor: used?.session.accessor }),
          }),
        )
        yield* manager.refresh(target)
      }),
      slept: Effect.gen(function* () {
        const [status] = yield* manager.status
        yield* sleepFor(Math.floor(Duration.toMillis(status?.remaining ?? Duration.zero)) - MINUTE - 2000)
        yield* moreCalls(CALLERS / 4)
        yield* sleepFor(3000)
        yield* moreCalls(CALLERS / 4)
      }),
    }
    const rotations: Record<Kind, number> = { refresh: 0, rejected: 0, revoked: 0, slept: 0 }
    let nth = 0
    const turn = Effect.fnUntraced(function* (times: number) {
      for (let n = 0; n < times; n++) {
        const kind = kindOf(nth++)
        const before = yield* manager.lease(target)
        yield* rotate[kind]
        if ((yield* manager.lease(target)).id !== before.id) rotations[kind]++
      }
    })
    /** The heap with no call in flight and nothing on its way out. */
    const restingHeap = quietly(
      Effect.gen(function* () {
        yield* until(Effect.map(world.left, ([leases]) => leases === 1))
        const lease = yield* Effect.orDie(manager.lease(target))
        world.forgetAllBut(lease.credentials.accessKeyId)
        return yield* heapMb
      }),
    )

    const callers = yield* Effect.forkChild(
      Effect.all(
        Array.from({ length: CALLERS }, () => Effect.repeat(call, { until: () => isOver })),
        { concurrency: "unbounded", discard: true },
      ),
    )
    yield* moreCalls(20 * CALLERS)
    yield* turn(40)
    for (const kind of Object.keys(rotations) as Array<Kind>) rotations[kind] = 0
    const heaps = [yield* restingHeap]
    for (let n = 0; n < TURNS; n++) {
      phase = "calm"
      yield* Effect.sleep(CALM)
      phase = "turning"
      yield* turn(ROTATIONS / TURNS)
      if (n === TURNS / 2 - 1 || n === TURNS - 1) heaps.push(yield* restingHeap)
    }
    isOver = true
    yield* Fiber.join(callers)
    yield* Scope.close(layers, Exit.void)
    const left = yield* world.left

    const { keys, least, refused, signatures } = world.seen
    const all = Object.values(rotations).reduce((sum, n) => sum + n, 0)
    report(`rotations under ${CALLERS} calls in flight`, String(all), String(ROTATIONS), all >= ROTATIONS)
    for (const [kind, words] of Object.entries(KINDS)) lines.push(`      ${rotations[kind as Kind]} x ${words}`)
    report("calls lost", `${counts.lost} of ${counts.calls}`, "0", counts.lost === 0)
    report("least validity of a session signed with", `${(least / 1000).toFixed(1)} s`, "60 s", least >= MINUTE)
    lines.push(
      `      ${signatures} signatures with ${keys.size} sessions; ${refused} met an ended one and were sent again`,
    )
    report(
      "left in Vault: leases, tokens",
      left.join(", "),
      "0, 0",
      left.every((n) => n === 0),
    )
    const [, half = 0, end = 0] = heaps
    report(
      "heap after gc at start, half and end",
      `${heaps.map((mb) => mb.toFixed(1)).join(", ")} MB`,
      `+${HEAP_MB} MB in the second half`,
      end - half <= HEAP_MB,
    )
    for (const part of [0.5, 0.99]) {
      const [calm, turning] = [quantile(times.calm, part), quantile(times.turning, part)]
      lines.push(
        `      p${part * 100} of a call: ${calm.toFixed(1)} ms, while leases rotate ${turning.toFixed(1)} ms: ${(turning / calm).toFixed(2)}x`,
      )
    }
  }).pipe(Effect.provideService(Clock.Clock, clock), Effect.ensuring(Scope.close(layers, Exit.void)))
})

await Effect.runPromise(
  soak.pipe(Effect.scoped, Effect.provideService(References.MinimumLogLevel, "Error"), Effect.timeout("10 minutes")),
)
console.log(lines.join("\n"))
process.exit(failed ? 1 : 0)
