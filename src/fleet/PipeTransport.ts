/** A program on pipes in the form in which the SDK's client takes a transport. Its messages are a line each. */
import { Effect, type Scope } from "effect"
import { type Child, type Hearing, startChild } from "./Child.ts"
import type { Loss, Ports } from "./ConnectionModel.ts"
import { MAX_MESSAGE } from "./Meter.ts"
import type { StdioSpec } from "./ServerSpec.ts"
import type { Trouble } from "./Trouble.ts"
import type { Watch, WireMessage } from "./Watch.ts"

/** How messages are read and written; `parse` throws for what is none. */
export interface Codec<M> {
  readonly parse: (line: string) => M
  readonly print: (message: M) => string
}

/** What the client uses. It knows by `pid` and `stderr` that this is no HTTP. */
export interface PipeTransport<M> {
  readonly pid: number | undefined
  readonly stderr: null
  readonly start: () => Promise<void>
  readonly send: (message: M) => Promise<void>
  readonly close: () => Promise<void>
  onclose?: (() => void) | undefined
  onmessage?: ((message: M) => void) | undefined
}

/** The SDK's view of a program on pipes. It knows by `pid` and `stderr` that this is no HTTP. */
export const pipeTransport = Effect.fnUntraced(function* <M extends WireMessage>(
  spec: StdioSpec,
  ports: Ports,
  watch: Watch,
  codec: Codec<M>,
  lose: (loss: Loss) => void,
): Effect.fn.Return<PipeTransport<M>, Trouble, Scope.Scope> {
  let child: Child | undefined
  let over = false
  const transport: PipeTransport<M> = {
    get pid() {
      return child?.pid
    },
    stderr: null,
    start: () => Promise.resolve(),
    send: (message) => {
      watch.sent(message)
      return child?.write(codec.print(message)) ?? Promise.reject(new Error("the program has not begun"))
    },
    // The program itself is ended by the scope.
    close: () => {
      finish()
      return Promise.resolve()
    },
  }
  const finish = (): void => {
    if (over) return
    over = true
    transport.onclose?.()
  }
  const hearing: Hearing = {
    line: (text) => {
      if (over) return
      try {
        const message = codec.parse(text)
        watch.came(message)
        transport.onmessage?.(message)
      } catch {
        watch.garbage()
      }
    },
    bytes: watch.bytes,
    stderr: ports.onStderr,
    tooLong: () => lose({ why: `it sent a message of more than ${MAX_MESSAGE / 1024 / 1024} MiB`, hostile: true }),
    ended: (why) => {
      lose({ why, hostile: false })
      finish()
    },
  }
  child = yield* startChild(spec, ports.env, ports.nursery, hearing, ports.patience).pipe(
    Effect.mapError((why): Trouble => ({ kind: "lost", why, sent: false })),
  )
  return transport
})
