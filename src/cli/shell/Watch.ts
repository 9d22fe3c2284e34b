/** Draws a board below the words while something goes on. */
import { Clock, Effect, Schedule, type Scope } from "effect"
import type { Board } from "./Board.ts"
import type { Terminal } from "./Terminal.ts"

/** How often what lives is drawn. */
const OFTEN = "100 millis"

/** Until the scope is closed; nothing of it is left then. */
export const watch = Effect.fnUntraced(function* (
  terminal: Terminal["Service"],
  board: Board,
): Effect.fn.Return<void, never, Scope.Scope> {
  if (!terminal.interactive) return
  // Runs after whoever draws has ended.
  yield* Effect.addFinalizer(() => terminal.live([]))
  const draw = Effect.gen(function* () {
    const { height = 24 } = yield* terminal.size
    yield* terminal.live(board.lines(yield* Clock.currentTimeMillis, height))
  })
  yield* Effect.forkScoped(Effect.repeat(draw, Schedule.spaced(OFTEN)))
})
