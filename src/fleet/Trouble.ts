/** What went wrong with one request, whatever the SDK threw for it. Known by the shape of its errors, not by their classes. */

/**
 * `refused`: the server's own error · `input`: it asks back · `silent`: no answer in time · `lost`: the connection ended ·
 * `garbled`: what came, or what an address answered, is not understood. `sent`: whether the server may have acted.
 */
export type Trouble =
  | { readonly kind: "refused"; readonly error: number; readonly says: string }
  | { readonly kind: "input" }
  | { readonly kind: "silent" | "garbled"; readonly why: string; readonly sent: boolean }
  | {
      readonly kind: "lost"
      readonly why: string
      readonly sent: boolean
      /** Whether the connection was ended for what the server did. */
      readonly hostile?: boolean
      /** Whether there was a connection at all. */
      readonly began?: boolean
    }

/** The protocol's error for a client that cannot give what the server needs; we can give nothing. */
const CAPABILITY_MISSING = -32021

/** Words of whatever was thrown: bounded here, cleaned where they are shown. */
const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : "no reason given").slice(0, 2000)

const member = (value: unknown, key: string): unknown =>
  typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined

/** What Node says of an address that cannot be reached lies below fetch's error, and that below the SDK's own. */
const causeOf = (error: unknown): string => {
  let at: unknown = error
  for (let depth = 0; depth < 5 && at !== undefined; depth++) {
    const code = member(at, "code")
    if (depth > 0 && typeof code === "string") return `the address cannot be reached (${code})`
    at = member(at, "cause") ?? member(member(at, "data"), "cause")
  }
  return wordsOf(error)
}

const httpWhy = (status: number): string =>
  status === 401 || status === 403
    ? `the address answered ${status}: its headers do not let us in`
    : `the address answered ${status}`

/** The trouble that an error stands for. `sent`: whether the request could have reached the server. */
export const troubleOf = (error: unknown, sent: boolean): Trouble => {
  const code = member(error, "code")
  const name = member(error, "name")
  const status = member(error, "status") ?? member(member(error, "data"), "status")
  if (code === CAPABILITY_MISSING) return { kind: "input" }
  if (typeof code === "number" && typeof status !== "number")
    return { kind: "refused", error: code, says: wordsOf(error) }
  if (name === "UnauthorizedError") return { kind: "garbled", why: httpWhy(401), sent: false }
  // What an address refuses by its status it has not done; a 5xx leaves that open.
  if (typeof status === "number") return { kind: "garbled", why: httpWhy(status), sent: sent && status >= 500 }
  switch (code) {
    case "REQUEST_TIMEOUT":
      return { kind: "silent", why: "no answer in time", sent }
    case "CONNECTION_CLOSED":
    case "NOT_CONNECTED":
      return { kind: "lost", why: "the connection ended", sent: sent && code === "CONNECTION_CLOSED", began: true }
    case "UNSUPPORTED_RESULT_TYPE":
    case "INPUT_REQUIRED_ROUNDS_EXCEEDED":
      return { kind: "input" }
    case "INVALID_RESULT":
      return { kind: "garbled", why: "what it answered is not what the protocol says", sent }
    default:
      return { kind: "garbled", why: causeOf(error), sent }
  }
}
