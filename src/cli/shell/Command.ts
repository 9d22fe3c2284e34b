/** What a command of the shell is, and what they have in common. */
import { type Context, Effect } from "effect"
import type { World } from "../../app/World.ts"
import { folded, styled } from "../Output.ts"
import type { CommandName } from "./CommandNames.ts"
import type { CommandWords } from "./Complete.ts"
import type { Room, Went } from "./Room.ts"

/** A command: how it is typed, and what it does. */
export interface Command extends CommandWords {
  readonly name: CommandName
  /** Words that it takes at most. */
  readonly most: number
  readonly usage: string
  readonly says: string
  readonly run: (room: Room, words: ReadonlyArray<string>) => Effect.Effect<Went>
}

/** It went well. */
export const WELL: Went = "well"

/** A result: an object that is a line of JSON for programs, or text for people within so many cells. */
export const tell = (
  { json, terminal }: Room,
  forPrograms: () => object,
  forPeople: (width: number | undefined) => string,
): Effect.Effect<void> =>
  json
    ? Effect.suspend(() => terminal.out(JSON.stringify(forPrograms())))
    : Effect.flatMap(terminal.size, ({ width }) => terminal.out(forPeople(width)))

/** Says why a line was not done. */
export const wrong = (room: Room, what: string): Effect.Effect<Went> =>
  tellTrouble(room, what, (text) => ({ outcome: "refused", text }))

/** Trouble in words, or as what `forPrograms` makes of them. */
export const tellTrouble = (
  { json, redactor, terminal }: Room,
  what: string,
  forPrograms: (text: string) => object,
): Effect.Effect<Went> => {
  const words = redactor.text(what)
  const line = terminal.line?.()
  const told = json
    ? terminal.out(JSON.stringify({ ...(line === undefined ? {} : { line }), ...forPrograms(words) }))
    : Effect.flatMap(terminal.size, ({ width }) => {
        const told = line === undefined ? words : `line ${line}: ${words}`
        return terminal.note(styled("red", folded(told.split("\n"), width)))
      })
  return Effect.as(told, "failed")
}

/** Looks or acts in the world, which may be made for it; what goes wrong is told in its own words. */
export const inWorld = <E extends { readonly message: string }>(
  room: Room,
  body: (world: Context.Context<World>) => Effect.Effect<Went, E>,
): Effect.Effect<Went> => Effect.flatMap(room.world, body).pipe(Effect.catch(({ message }) => wrong(room, message)))
