/**
 * The world of the lease soak: the sandbox with an AWS that is as far away as a real one and looks at what each call is
 * signed with.
 */
import { Clock, Duration, Effect, Redacted } from "effect"
import { type AwsHalf, makeAwsHalf } from "../../src/sandbox/aws/Server.ts"
import { serveLoopback } from "../../src/sandbox/Loopback.ts"
import { startSandbox } from "../../src/sandbox/Sandbox.ts"
import { authorizationOf } from "../../src/sandbox/SigV4.ts"

/** How many milliseconds AWS takes for an answer, half more or less: a call in flight sees its lease rotated several times. */
const AWS_AWAY = 150

/** Starts it in the present scope. */
export const startSoakWorld = Effect.fnUntraced(function* () {
  let aws: AwsHalf | undefined
  const seen = { signatures: 0, least: Infinity, keys: new Set<string>(), refused: 0 }
  /** Sessions that were ended under the calls, and the end that they were given out with. */
  const cut = new Map<string, number>()
  const url = yield* serveLoopback((request) => {
    if (aws === undefined) return Effect.die(new Error("asked before it was there"))
    const session = aws.identity.sessions.get(authorizationOf(request)?.accessKeyId ?? "")
    if (session === undefined) return aws.handler(request)
    seen.signatures++
    seen.keys.add(session.accessKeyId)
    if (cut.has(session.accessKeyId)) seen.refused++
    seen.least = Math.min(seen.least, (cut.get(session.accessKeyId) ?? session.expiresAt) - Date.now())
    // Not all the same, or the calls would come in waves.
    const away = AWS_AWAY * (0.5 + ((seen.signatures * 0.618) % 1))
    return Effect.delay(aws.handler(request), Duration.millis(away))
  })
  const sandbox = yield* startSandbox({ empty: false, awsUrl: url })
  const { accessKeyId, secretKey } = sandbox.rootKey
  aws = yield* makeAwsHalf({ rootKey: { accessKeyId, secretKey: Redacted.value(secretKey) }, services: new Map() })
  const { sessions } = aws.identity
  return {
    sandbox,
    /** What calls were signed with. `least`: milliseconds that a session had left; `refused`: it had been ended. */
    seen,
    /** Leases and tokens in Vault, which keeps the real time whoever asks. */
    left: Effect.all([sandbox.vault.liveLeases, sandbox.vault.liveTokens]).pipe(
      Effect.provideService(Clock.Clock, yield* Clock.clockWith(Effect.succeed)),
    ),
    /** Brings the end of every session nearer. */
    age: (millis: number) => {
      for (const [id, session] of sessions) sessions.set(id, { ...session, expiresAt: session.expiresAt - millis })
    },
    /** Ends a session under the calls. */
    end: (id: string) => {
      const session = sessions.get(id)
      if (session === undefined) throw new Error("there is no such session")
      cut.set(id, session.expiresAt)
      sessions.set(id, { ...session, expiresAt: Date.now() - 1 })
    },
    /** AWS remembers what ended for a day; that is not the product's memory. */
    forgetAllBut: (id: string) => {
      for (const old of sessions.keys()) if (old !== id) sessions.delete(old)
      cut.clear()
    },
  }
})
