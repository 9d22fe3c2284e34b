/** JSON of another shape than the one that is waited for; XML, where all is text anyway, passes as it is. */
import { Effect } from "effect"
import type { Trouble } from "../Faults.ts"
import type { Json, JsonRecord } from "../vault/Protocol.ts"
import { rewritten } from "./Rewrite.ts"

/** A number as text, a list of its values for an object. */
const twisted = (value: Json): Json => {
  if (typeof value === "number") return String(value)
  if (Array.isArray(value)) return value.map(twisted)
  return typeof value === "object" && value !== null ? Object.values(value).map(twisted) : value
}

/** Each member twisted; the root stays an object, so that the members are looked at. */
const twistedMembers = (record: JsonRecord): JsonRecord =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, twisted(value)]))

/** Does the work and answers in the wrong types. */
export const wrongType: Trouble = {
  halves: ["vault", "aws"],
  does: ({ request, rest }) => Effect.map(rest(request), (response) => rewritten(response, twistedMembers)),
}
