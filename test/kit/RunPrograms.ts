/**
 * Programs for `run`, each in a process of its own: `node RunPrograms.ts NAME KIND`. They say on stderr what happens to
 * them, so that a test can wait for it.
 */
import { Data, Effect } from "effect"
import type { Kind } from "../../src/cli/Ending.ts"
import { Leaving, run } from "../../src/cli/Run.ts"
import { hearSignals } from "../../src/cli/Signals.ts"

class Refused extends Data.TaggedError("Refused")<{ readonly exitCode: number }> {
  override get message(): string {
    return "refused, with client_token=hvs.canary-canary-canary-canary"
  }
}

const say = (words: string) => Effect.sync(() => void process.stderr.write(`${words}\n`))
const print = (text: string) => Effect.sync(() => void process.stdout.write(text))
const working = Effect.andThen(say("working"), Effect.never)
const quick = Effect.ensuring(say("gave back"))
const slow = Effect.ensuring(
  say("giving back").pipe(Effect.andThen(Effect.sleep("200 millis")), Effect.andThen(say("gave back"))),
)
const hanging = Effect.ensuring(Effect.andThen(say("giving back"), Effect.never))
const soon = (bug: () => void) => Effect.sync(() => void setTimeout(bug, 10))
const boom = () => new Error("boom, with client_token=hvs.canary-canary-canary-canary")

/** Waits until the test closes stdin: its way to say "now". */
const told = Effect.callback<void>((resume) => {
  process.stdin.resume().on("end", () => resume(Effect.void))
})
const inputEnds = Effect.andThen(
  told,
  Leaving.use(({ inputEnded }) => inputEnded),
)

const PROGRAMS: Readonly<Record<string, Effect.Effect<void, Refused, Leaving>>> = {
  succeeds: print("done\n"),
  fails: Effect.fail(new Refused({ exitCode: 7 })),
  dies: Effect.die(boom()),
  interruptsItself: Effect.interrupt,
  givesBack: quick(working),
  givesBackSlowly: slow(working),
  hangs: hanging(working),
  dropsItsInput: quick(Effect.andThen(say("working"), inputEnds)),
  hangsAfterItsInput: hanging(Effect.andThen(say("working"), inputEnds)),
  throwsLate: quick(
    Effect.andThen(
      soon(() => {
        throw boom()
      }),
      working,
    ),
  ),
  rejectsLate: quick(
    Effect.andThen(
      soon(() => void Promise.reject(boom())),
      working,
    ),
  ),
  throwsNoError: quick(
    Effect.andThen(
      soon(() => {
        throw Object.create(null)
      }),
      working,
    ),
  ),
  rejectsNoError: quick(
    Effect.andThen(
      soon(() => void Promise.reject({ token: "canary" })),
      working,
    ),
  ),
  throwsAgainAndAgain: hanging(
    Effect.andThen(
      Effect.sync(
        () =>
          void setInterval(() => {
            throw boom()
          }, 5),
      ),
      working,
    ),
  ),
  printsMuch: Effect.andThen(print("x".repeat(1_000_000)), say("working")),
  printsToNobody: quick(told.pipe(Effect.andThen(print("x")), Effect.andThen(Effect.never))),
  endsForNobody: quick(Effect.andThen(told, print("x"))),
  complainsMuch: quick(
    say("working").pipe(
      Effect.andThen(told),
      Effect.andThen(Effect.sync(() => void process.stderr.write("x".repeat(1_000_000)))),
      Effect.andThen(Effect.sleep("20 millis")),
      Effect.andThen(print("done\n")),
      Effect.andThen(working),
    ),
  ),
  holdsAHandle: Effect.sync(() => void setInterval(() => {}, 1000)),
}

const [name = "", kind] = process.argv.slice(2)
const program = PROGRAMS[name]
if (program === undefined) throw new Error(`no program ${name}`)
run(
  program,
  kind as Kind,
  hearSignals(() => kind as Kind),
) // tests pass one of the two
