/**
 * A second node of a Vault, as a standby beside the active one. Both are one Vault in memory: the standby forwards in
 * silence, or sends clients on where they forbid that and when the active node is gone. It learns of neither: like the
 * recorded cluster of two it goes on naming the dead node until an election is made.
 */
import { Effect } from "effect"
import type { WireHandler, WireRequest, WireResponse } from "../Wire.ts"
import { HEADERS } from "./Protocol.ts"
import type { VaultHalf } from "./Server.ts"

/** The standby, and what may happen to the cluster. */
export interface Standby {
  readonly handler: WireHandler
  /** The active node ends. Who closes its listener says so here, as nothing more can be forwarded to it. */
  readonly endActive: Effect.Effect<void>
  /** This node wins an election and is the active one from now on, at this address. */
  readonly elect: (address: string) => Effect.Effect<void>
}

const NO_FORWARDING = "x-vault-no-request-forwarding"

/** The way to the active node: the same path and query at its address. */
const redirect = (to: string, request: WireRequest): WireResponse => {
  const { "content-type": _, ...headers } = HEADERS
  const location = `${to}${request.path}${request.query === "" ? "" : `?${request.query}`}`
  return { status: 307, headers: { ...headers, location }, body: "" }
}

/** A standby of the half that is served at `active` (`http://127.0.0.1:PORT`). */
export const makeStandby = Effect.fn("Sandbox.makeStandby")(function* (
  half: VaultHalf,
  active: string,
): Effect.fn.Return<Standby> {
  yield* half.leadBy(active)
  let activeLives = true
  let elected = false

  const handler: WireHandler = Effect.fnUntraced(function* (request) {
    const status = yield* half.status(request, !elected)
    if (status !== undefined) return status
    if (elected) return yield* half.handler(request)
    const mayForward = activeLives && (request.headers[NO_FORWARDING] ?? "") === ""
    return mayForward ? yield* half.handler(request) : redirect(active, request)
  })
  return {
    handler,
    endActive: Effect.sync(() => {
      activeLives = false
    }),
    elect: (address) =>
      Effect.andThen(
        half.leadBy(address),
        Effect.sync(() => {
          elected = true
        }),
      ),
  }
})
