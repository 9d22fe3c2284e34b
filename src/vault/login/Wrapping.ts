/**
 * Opens wrapping tokens, each at most once: what was in one is remembered, so that neither a later login nor a second
 * principal spends it again, and so that a wrapping token that somebody else has opened is not confused with our own.
 */
import { Effect, Redacted, Semaphore } from "effect"
import type { Vault } from "../Vault.ts"
import { VaultError } from "../VaultError.ts"
import type { Unwrapped, VaultToken } from "../VaultModel.ts"
import { WrappingFailed } from "./LoginReason.ts"
import type { Watch } from "./Watch.ts"

/** A wrapping token, what it is to hold, and where it was read. */
export interface Wrapping {
  readonly token: VaultToken
  readonly holds: WrappingFailed["holds"]
  readonly source: string
}

/** What is known of the wrapping token seen last. */
interface Note {
  readonly token: VaultToken
  readonly content: Unwrapped | "asked for" | "handed out"
}

/** Vault's answer to a wrapping token that it does not know, or knows no more. */
const INVALID = /wrapping token is not valid/i

/** The opener, for one login's wrapping token and those that replace it. */
export const makeOpener = Effect.fnUntraced(function* (vault: Vault["Service"], watch: Watch) {
  const gate = yield* Semaphore.make(1)
  let note: Note | undefined

  const open = Effect.fnUntraced(function* (wrapping: Wrapping): Effect.fn.Return<Unwrapped, VaultError> {
    const before = note !== undefined && isSame(note.token, wrapping.token) ? note.content : undefined
    if (typeof before === "object") return before
    if (before === "handed out") return yield* failed(wrapping, "spent")
    yield* watch(wrapping.token)
    note = { token: wrapping.token, content: "asked for" }
    return yield* Effect.uninterruptibleMask((restore) =>
      restore(vault.unwrap(wrapping.token)).pipe(
        // Nothing may come in between: what is not noted now is lost.
        Effect.tap((content) =>
          Effect.sync(() => {
            note = { token: wrapping.token, content }
          }),
        ),
        Effect.tap(({ secretId, token }) => watch(token, secretId)),
        Effect.mapError((error) => {
          if (!isSilence(error) && before === undefined) note = undefined
          return isInvalid(error) ? failed(wrapping, before === undefined ? "refused" : "unanswered") : error
        }),
      ),
    )
  })

  return {
    /** What the wrapping token holds; a note of it stays. */
    open: (wrapping: Wrapping) => Semaphore.withPermit(gate, open(wrapping)),
    /** Forgets the content, which has been given to somebody; remembers that it was opened. */
    handOut: Effect.sync(() => {
      if (note !== undefined) note = { token: note.token, content: "handed out" }
    }),
  }
})

/** The failure of a wrapping token in words. */
export const failed = ({ holds, source }: Wrapping, problem: WrappingFailed["problem"]): VaultError =>
  new VaultError({ reason: new WrappingFailed({ holds, source, problem }) })

const isInvalid = ({ reason }: VaultError): boolean =>
  reason._tag === "TokenDead" || (reason._tag === "InvalidRequest" && INVALID.test(reason.text))

/** Whether it may have been opened all the same. */
const isSilence = ({ reason }: VaultError): boolean => reason._tag === "OutcomeUnknown" || reason._tag === "Malformed"

const isSame = (one: VaultToken, other: VaultToken): boolean => Redacted.value(one) === Redacted.value(other)
