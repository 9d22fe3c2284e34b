/** For tests: one's own answer in place of the half's, and a look at what passes. */
import { Effect } from "effect"
import type { Trouble } from "../Faults.ts"
import type { WireRequest, WireResponse } from "../Wire.ts"

/** Says this instead of doing anything. */
export const answer = (response: WireResponse): Trouble => ({
  halves: ["vault", "aws"],
  does: () => Effect.succeed(response),
})

/** Shows the requests that come here and changes nothing. */
export const observe = (see: (request: WireRequest) => void): Trouble => ({
  halves: ["vault", "aws"],
  does: ({ request, rest }) =>
    Effect.suspend(() => {
      see(request)
      return rest(request)
    }),
})
