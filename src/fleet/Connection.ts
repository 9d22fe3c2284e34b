/**
 * A connection to one server, in both eras of the protocol, over stdio or Streamable HTTP: the only file that knows the
 * MCP SDK's client. It declares no capability, so that nothing can be asked of us, and leaves to the SDK neither the
 * program's life nor the schemas that a server writes.
 */
import {
  Client,
  deserializeMessage,
  type JSONRPCMessage,
  serializeMessage,
  StreamableHTTPClientTransport,
  type Transport,
} from "@modelcontextprotocol/client"
import { CfWorkerJsonSchemaValidator } from "@modelcontextprotocol/client/validators/cf-worker"
import { Deferred, Duration, Effect, Exit, Redacted, type Scope } from "effect"
import { VERSION } from "../core/Version.ts"
import { type Hearing, type Nursery, startChild } from "./Child.ts"
import { boundedFetch } from "./HttpReach.ts"
import { makeMeter, MAX_MESSAGE } from "./Meter.ts"
import type { HttpSpec, ServerSpec, StdioSpec } from "./ServerSpec.ts"
import { type Trouble, troubleOf } from "./Trouble.ts"

/** The opening that older servers do not know is waited for so long before the older one is tried. */
const PROBE = 5000
/** From the start of the program to the end of the handshake. */
const HANDSHAKE = 30_000
const PING = 10_000
const LIST = 20_000
/** A session that is given back at the end. */
const FAREWELL = Duration.seconds(1)

/** Why a connection is over. `hostile`: it was ended for what the server did, and is not to be begun again by itself. */
export interface Loss {
  readonly why: string
  readonly hostile: boolean
}

/** A tool as far as a call needs it. */
export interface Callee {
  readonly name: string
  readonly inputSchema: Readonly<Record<string, unknown>>
}

/** How far a call has come, as the server tells it. */
export interface Step {
  readonly progress: number
  readonly total?: number
  readonly message?: string
}

/** What a server answered to a call: its own data, by the protocol's shape and in no other way checked. */
export interface CallAnswer {
  readonly content: ReadonlyArray<Readonly<Record<string, unknown>>>
  readonly structuredContent?: unknown
  readonly isError?: boolean | undefined
}

/** An open connection. */
export interface Connection {
  readonly era: "modern" | "legacy"
  readonly protocol: string
  /** As the server names itself. */
  readonly server: { readonly name: string; readonly version: string } | undefined
  /** One page of the tools, not looked at. */
  readonly page: (
    cursor: string | undefined,
  ) => Effect.Effect<{ readonly tools: unknown; readonly nextCursor: unknown }, Trouble>
  readonly call: (
    tool: Callee,
    args: Readonly<Record<string, unknown>>,
    timeout: Duration.Duration,
    onStep: (step: Step) => void,
  ) => Effect.Effect<CallAnswer, Trouble>
  /** Succeeds when the server answers. */
  readonly ping: Effect.Effect<void, Trouble>
  /** Waits for the connection's end. */
  readonly lost: Effect.Effect<Loss>
  readonly garbageSeen: () => number
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** What a connection stands on. */
export interface Ports {
  readonly env: Readonly<Record<string, string>>
  readonly nursery: Nursery
  readonly patience: Effect.Effect<Duration.Duration>
  /** A piece of a program's stderr. */
  readonly onStderr: (chunk: Buffer) => void
  /** The server says that its tools are others now. */
  readonly onToolsChanged: () => void
}

/** Takes whatever comes: what is in it is looked at elsewhere. */
const anything = {
  "~standard": {
    version: 1 as const,
    vendor: "vault-aws-mcp",
    validate: (value: unknown) => ({ value }),
  },
}

/** Counts messages that nobody waits for, and knows which are waited for. */
const makeWatch = (alarm: (why: string) => void) => {
  const meter = makeMeter()
  const waited = new Set<string | number>()
  const raise = (why: string | undefined): void => {
    if (why !== undefined) alarm(why)
  }
  return {
    meter,
    sent: (message: JSONRPCMessage): void => {
      if ("method" in message && "id" in message) waited.add(message.id)
    },
    came: (message: JSONRPCMessage): void => {
      const answers = !("method" in message) && message.id !== undefined && waited.delete(message.id)
      if (answers) meter.answered()
      else raise(meter.message())
    },
    bytes: (count: number): void => raise(meter.bytes(count)),
    garbage: (): void => raise(meter.garbage()),
  }
}

type Watch = ReturnType<typeof makeWatch>

/** The SDK's view of a program on pipes. It knows by `pid` and `stderr` that this is no HTTP. */
const stdioTransport = Effect.fnUntraced(function* (
  spec: StdioSpec,
  ports: Ports,
  watch: Watch,
  lose: (loss: Loss) => void,
): Effect.fn.Return<Transport, Trouble, Scope.Scope> {
  let over = false
  const finish = (): void => {
    if (over) return
    over = true
    transport.onclose?.()
  }
  const line = (text: string): void => {
    if (over) return
    let message: JSONRPCMessage
    try {
      message = deserializeMessage(text)
    } catch {
      return watch.garbage()
    }
    watch.came(message)
    transport.onmessage?.(message)
  }
  const hearing: Hearing = {
    line,
    bytes: watch.bytes,
    stderr: ports.onStderr,
    tooLong: () => lose({ why: `it sent a message of more than ${MAX_MESSAGE / 1024 / 1024} MiB`, hostile: true }),
    ended: (why) => {
      lose({ why, hostile: false })
      finish()
    },
  }
  const child = yield* startChild(spec, ports.env, ports.nursery, hearing, ports.patience).pipe(
    Effect.mapError((why): Trouble => ({ kind: "lost", why, sent: false })),
  )
  const transport: Transport & { readonly pid: number; readonly stderr: null } = {
    pid: child.pid,
    stderr: null,
    start: () => Promise.resolve(),
    send: (message) => {
      watch.sent(message)
      return child.write(serializeMessage(message))
    },
    // The program itself is ended by the scope.
    close: () => {
      finish()
      return Promise.resolve()
    },
  }
  return transport
})

const httpTransport = (
  spec: HttpSpec,
  watch: Watch,
  lose: (loss: Loss) => void,
): Effect.Effect<Transport, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const transport = new StreamableHTTPClientTransport(spec.url, {
        fetch: boundedFetch(watch.meter, (why) => lose({ why, hostile: true })),
        requestInit: {
          headers: Object.fromEntries(
            Object.entries(spec.headers).map(([key, value]) => [key, Redacted.value(value)] as const),
          ),
        },
        reconnectionOptions: {
          initialReconnectionDelay: 1000,
          maxReconnectionDelay: 30_000,
          reconnectionDelayGrowFactor: 2,
          maxRetries: 5,
        },
      })
      const send = transport.send.bind(transport)
      transport.send = (message, options) => {
        if (!Array.isArray(message)) watch.sent(message)
        return send(message, options)
      }
      transport.onmessage = watch.came
      return transport
    }),
    (transport) =>
      Effect.ignore(
        Effect.timeout(
          Effect.tryPromise(() => transport.terminateSession()),
          FAREWELL,
        ),
      ).pipe(Effect.andThen(Effect.ignore(Effect.tryPromise(() => transport.close())))),
  )

/** Opens a connection in the present scope. `modern: false` spares a server the opening that it does not know. */
export const open = Effect.fn("Connection.open")(function* (
  { way }: ServerSpec,
  ports: Ports,
  modern: boolean,
): Effect.fn.Return<Connection, Trouble, Scope.Scope> {
  const lost = yield* Deferred.make<Loss>()
  const lose = (loss: Loss): void => void Deferred.doneUnsafe(lost, Exit.succeed(loss))
  const watch = makeWatch((why) => lose({ why, hostile: true }))
  const transport = yield* way.kind === "stdio"
    ? stdioTransport(way, ports, watch, lose)
    : httpTransport(way, watch, lose)
  const client = yield* Effect.acquireRelease(
    Effect.sync(
      () =>
        new Client(
          { name: "vault-aws-mcp", version: VERSION },
          {
            capabilities: {},
            versionNegotiation: modern ? { mode: "auto", probe: { timeoutMs: PROBE } } : { mode: "legacy" },
            inputRequired: { autoFulfill: false },
            // It never compiles a schema of the server's: see Schemas.
            jsonSchemaValidator: new CfWorkerJsonSchemaValidator(),
            listChanged: { tools: { autoRefresh: false, debounceMs: 0, onChanged: ports.onToolsChanged } },
          },
        ),
    ),
    (client) =>
      Effect.ignore(
        Effect.timeout(
          Effect.tryPromise(() => client.close()),
          FAREWELL,
        ),
      ),
  )
  client.onerror = () => {} // what matters of it ends a request or the connection

  /** What the SDK does, ended by what ends the connection. */
  const ask = <A>(sent: boolean, work: (signal: AbortSignal) => Promise<A>): Effect.Effect<A, Trouble> =>
    Effect.gen(function* () {
      const gone = (sent: boolean) =>
        Effect.flatMap(Deferred.await(lost), ({ hostile, why }) =>
          Effect.fail<Trouble>({ kind: "lost", why, sent, hostile, began: true }),
        )
      if (yield* Deferred.isDone(lost)) return yield* gone(false)
      return yield* Effect.tryPromise({ try: work, catch: (error) => troubleOf(error, sent) }).pipe(
        // What the SDK makes of an end says less than the end itself.
        Effect.catch((trouble) =>
          Effect.flatMap(Deferred.isDone(lost), (ended) => (ended ? gone(sent) : Effect.fail(trouble))),
        ),
        Effect.raceFirst(gone(sent)),
      )
    })

  yield* ask(false, (signal) => client.connect(transport, { signal, timeout: HANDSHAKE })).pipe(
    Effect.timeoutOrElse({
      duration: Duration.millis(HANDSHAKE),
      orElse: () =>
        Effect.fail<Trouble>({ kind: "silent", why: `no handshake within ${HANDSHAKE / 1000} s`, sent: false }),
    }),
  )
  const server = client.getServerVersion()
  const era = client.getProtocolEra() ?? "legacy"
  return {
    era,
    protocol: client.getNegotiatedProtocolVersion() ?? "",
    server: server === undefined ? undefined : { name: server.name, version: server.version },
    page: (cursor) =>
      ask(false, (signal) =>
        client.request({ method: "tools/list", params: cursor === undefined ? {} : { cursor } }, anything, {
          signal,
          timeout: LIST,
        }),
      ).pipe(
        Effect.map((result) =>
          isObject(result)
            ? { tools: result["tools"], nextCursor: result["nextCursor"] }
            : { tools: undefined, nextCursor: undefined },
        ),
      ),
    call: ({ inputSchema, name }, args, timeout, onStep) =>
      ask(true, (signal) =>
        client.callTool(
          { name, arguments: args },
          {
            signal,
            timeout: Duration.toMillis(timeout),
            // By it the SDK fills headers that the schema asks for; without an output schema it checks nothing.
            toolDefinition: { name, inputSchema: { ...inputSchema, type: "object" } },
            onprogress: ({ message, progress, total }) =>
              onStep({
                progress,
                ...(total === undefined ? {} : { total }),
                ...(message === undefined ? {} : { message }),
              }),
          },
        ),
      ),
    ping:
      era === "legacy"
        ? ask(false, (signal) => client.ping({ signal, timeout: PING })).pipe(Effect.asVoid)
        : ask(false, (signal) => client.discover({ signal, timeout: PING })).pipe(Effect.asVoid),
    lost: Deferred.await(lost),
    garbageSeen: watch.meter.garbageSeen,
  }
})

/** What is wrong with a value by a schema that was tamed before: see Schemas. Empty when nothing is. */
export const problemsBy = (schema: Readonly<Record<string, unknown>>): ((value: unknown) => ReadonlyArray<string>) => {
  const check = new CfWorkerJsonSchemaValidator({ draft: "2020-12", shortcircuit: false }).getValidator<unknown>(schema)
  return (value) => {
    const result = check(value)
    return result.valid ? [] : result.errorMessage.split("; ")
  }
}
