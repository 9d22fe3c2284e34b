/** Trouble on the way: answers that come late, in crumbs, in part or not at all. But for `hang`, the work is done. */
import { Effect, Stream } from "effect"
import type { Trouble } from "../Faults.ts"
import type { WireAnswer, WireResponse } from "../Wire.ts"

const anywhere = ["vault", "aws"] as const

/** An answer changed on its way out; a broken connection stays one. */
const changed = (change: (answer: WireAnswer) => WireResponse): Trouble => ({
  halves: anywhere,
  does: ({ request, rest }) =>
    Effect.map(rest(request), (response) => ("closed" in response ? response : change(response))),
})

/** A change of the body; an answer without one stays as it is. */
const dripping = (change: (bytes: Buffer, answer: WireAnswer) => Pick<WireAnswer, "body" | "rest">): Trouble =>
  changed((answer) => {
    const bytes = Buffer.from(answer.body)
    if (bytes.length === 0 && answer.rest === undefined) return answer
    const length = answer.rest === undefined ? { "content-length": String(bytes.length) } : {}
    return { status: answer.status, headers: { ...answer.headers, ...length }, ...change(bytes, answer) }
  })

/** Does the work and answers so many milliseconds later. */
export const slow = (millis: number): Trouble => ({
  halves: anywhere,
  does: ({ request, rest }) => Effect.tap(rest(request), () => Effect.sleep(millis)),
})

/** The head at once, then one byte every so many milliseconds: no silence is long, and no end is near. */
export const loris = (millis: number): Trouble =>
  dripping((bytes, { rest = Stream.empty }) => {
    const crumbs = Stream.flatMap(Stream.concat(Stream.make(bytes), rest), (piece) => Stream.fromIterable(piece))
    return { body: "", rest: Stream.mapEffect(crumbs, (byte) => Effect.as(Effect.sleep(millis), Uint8Array.of(byte))) }
  })

/** Takes the request, does nothing and never answers. */
export const hang: Trouble = { halves: anywhere, does: () => Effect.never }

/** Does the work and closes the connection without a word. */
export const reset: Trouble = changed(() => ({ closed: true }))

/** Promises the whole answer and breaks off in the middle. */
export const truncated: Trouble = dripping((bytes) => ({
  body: bytes.subarray(0, Math.floor(bytes.length / 2)),
  rest: Stream.fail("cut"),
}))
