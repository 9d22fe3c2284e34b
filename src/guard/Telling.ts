/** Which names say that what they name may be a secret: of a tool's arguments, and of keys within their values. */

/** What may hold anything. */
const OPEN = new Set(["arguments", "content", "data", "env", "headers", "input", "parameters"])

/** Parts of names that say so, and words that do only where they stand alone: an `author` is no `auth`. */
const SECRET =
  /passw|passphrase|secret|token|credential|private|api[_-]?key|access[_-]?key|authorization|(?:^|[_.-])(?:auth|cookie|pin|otp)(?:$|[_.-])/i

/** Whether the value of this name is not to be written down. */
export const isTelling = (name: string): boolean => OPEN.has(name.toLowerCase()) || SECRET.test(name)
