/** Watches what a connection brings: which messages are waited for, and whether there is too much of the others. */
import { makeMeter } from "./Meter.ts"

/** A message of the protocol, as far as it is looked at here. */
export interface WireMessage {
  readonly id?: unknown
  readonly method?: unknown
  readonly params?: Readonly<Record<string, unknown>> | undefined
}

/** Counts messages that nobody waits for, and knows which are waited for. */
export const makeWatch = (alarm: (why: string) => void) => {
  const meter = makeMeter()
  const waited = new Set<unknown>()
  const raise = (why: string | undefined): boolean => {
    if (why !== undefined) alarm(why)
    return why === undefined
  }
  return {
    meter,
    sent: (message: WireMessage): void => {
      if (!("method" in message)) return
      if ("id" in message) waited.add(message.id)
      else if (message.method === "notifications/cancelled") waited.delete(message.params?.["requestId"])
    },
    came: (message: WireMessage): void => {
      if (!("method" in message) && waited.delete(message.id)) meter.answered()
      else raise(meter.message())
    },
    /** Whether more may come. */
    bytes: (count: number): boolean => raise(meter.bytes(count)),
    garbage: (): void => void raise(meter.garbage()),
  }
}

export type Watch = ReturnType<typeof makeWatch>
