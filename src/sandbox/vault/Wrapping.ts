/**
 * Response wrapping: an answer is kept behind a token of one use. `sys/wrapping/lookup` looks at it without using it,
 * `unwrap` takes the wrapping token as the caller's token or in the body, never in both.
 */
import { DateTime, Effect } from "effect"
import type { WireResponse } from "../Wire.ts"
import { type Call, type Handler, type Route, route } from "./Backend.ts"
import type { Deps } from "./Deps.ts"
import { recordOf } from "./Fields.ts"
import { bad, envelope, type JsonRecord, jsonResponse, type Refusal, type Reply } from "./Protocol.ts"
import type { VaultRequest } from "./Request.ts"
import { marked, randomText, type VaultState, type Wrapped } from "./State.ts"

const WRONG = "wrapping token is not valid or does not exist"

const iso = (millis: number): string => DateTime.formatIso(DateTime.makeUnsafe(millis))

/** Keeps an answer and gives the envelope that is told instead. `more` are members of newer envelopes. */
export const wrapped = (
  state: VaultState,
  reply: Reply,
  request: Pick<VaultRequest, "path" | "wrapTtl">,
  now: number,
  more: JsonRecord = {},
): WireResponse => {
  const { path, wrapTtl: ttl } = request
  const token = marked(state, `${state.server.edition.tokenPrefix.service}${randomText(91)}`)
  const body = envelope(reply, more)
  const kept: Wrapped = { accessor: randomText(24), creationPath: path, createdAt: now, ttl, body }
  state.wrapped.set(token, kept)
  const accessor = reply.wrappedAccessor ?? reply.auth?.["accessor"]
  return jsonResponse(200, {
    ...envelope({}, more),
    request_id: "",
    wrap_info: {
      token,
      accessor: kept.accessor,
      ttl,
      creation_time: iso(now),
      creation_path: path,
      ...(accessor === undefined ? {} : { wrapped_accessor: accessor }),
    },
  })
}

/** Takes an answer out of its wrapping; a second time there is nothing left. */
const unwrap = (state: VaultState, token: string): JsonRecord | undefined => {
  const kept = state.wrapped.get(token)
  state.wrapped.delete(token)
  return recordOf(kept?.body)
}

/**
 * The answer to `sys/wrapping/unwrap` asked with a token that is none of the token table: it is a wrapping token, or
 * nothing. Asked with a token of the table, the wrapping token is in the body.
 */
export const unwrapped = (
  state: VaultState,
  callerIsToken: boolean,
  caller: string,
  sent: JsonRecord,
): WireResponse | Refusal => {
  const inBody = typeof sent["token"] === "string" ? sent["token"] : ""
  const body = unwrap(state, callerIsToken || caller === "" ? inBody : caller)
  return body === undefined ? bad(WRONG) : jsonResponse(200, body)
}

/** `sys/wrapping/lookup` and `sys/wrapping/wrap`; unwrapping is answered by the server itself. */
export const wrappingRoutes = ({ state }: Deps): ReadonlyArray<Route> => {
  const lookup: Handler = Effect.fnUntraced(function* (call: Call) {
    const kept = state.wrapped.get(call.params.text("token"))
    if (kept === undefined) return yield* bad(WRONG)
    return {
      data: { creation_path: kept.creationPath, creation_time: iso(kept.createdAt), creation_ttl: kept.ttl },
    }
  })
  return [
    { path: route("wrapping/lookup"), fields: { token: "text" }, on: { update: lookup, read: lookup } },
    {
      path: route("wrapping/wrap"),
      arbitrary: true,
      on: { update: (call) => Effect.succeed({ data: call.sent }) },
    },
  ]
}
