/**
 * A connection to one server, in both eras of the protocol, over stdio or Streamable HTTP: the only file that knows the
 * MCP SDK's client. It declares no capability, so that nothing can be asked of us, and leaves to the SDK neither the
 * program's life nor the schemas that a server writes.
 */
import {
  Client,
  deserializeMessage,
  serializeMessage,
  StreamableHTTPClientTransport,
  type Transport,
} from "@modelcontextprotocol/client"
import { CfWorkerJsonSchemaValidator } from "@modelcontextprotocol/client/validators/cf-worker"
import { Deferred, Duration, Effect, Exit, Redacted, type Scope } from "effect"
import { VERSION } from "../core/Version.ts"
import type { Connection, Loss, Ports } from "./ConnectionModel.ts"
import { boundedFetch } from "./HttpReach.ts"
import { Limits } from "./Limits.ts"
import { pipeTransport } from "./PipeTransport.ts"
import type { HttpSpec, ServerSpec } from "./ServerSpec.ts"
import { type Trouble, troubleOf } from "./Trouble.ts"
import { makeWatch, type Watch } from "./Watch.ts"

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Takes whatever comes: what is in it is looked at elsewhere. */
const anything = {
  "~standard": {
    version: 1 as const,
    vendor: "vault-aws-mcp",
    validate: (value: unknown) => ({ value }),
  },
}

/** The SDK's own transport, counted; `lose` is told when it brings too much. */
const httpTransport = (spec: HttpSpec, watch: Watch, lose: (loss: Loss) => void): StreamableHTTPClientTransport => {
  const headers = Object.entries(spec.headers).map(([key, value]) => [key, Redacted.value(value)] as const)
  const transport = new StreamableHTTPClientTransport(spec.url, {
    fetch: boundedFetch(watch.meter, (why) => lose({ why, hostile: true })),
    requestInit: { headers: Object.fromEntries(headers) },
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
}

/** Opens a connection in the present scope. `modern: false` spares a server the opening that it does not know. */
export const open = Effect.fn("Connection.open")(function* (
  { way }: ServerSpec,
  ports: Ports,
  modern: boolean,
): Effect.fn.Return<Connection, Trouble, Scope.Scope> {
  const lost = yield* Deferred.make<Loss>()
  const lose = (loss: Loss): void => void Deferred.doneUnsafe(lost, Exit.succeed(loss))
  const watch = makeWatch((why) => lose({ why, hostile: true }))
  const limits = yield* Limits
  const transport: Transport & Partial<Pick<StreamableHTTPClientTransport, "terminateSession">> =
    way.kind === "http"
      ? httpTransport(way, watch, lose)
      : yield* pipeTransport(way, ports, watch, { parse: deserializeMessage, print: serializeMessage }, lose)
  const client = yield* Effect.acquireRelease(
    Effect.sync(
      () =>
        new Client(
          { name: "vault-aws-mcp", version: VERSION },
          {
            capabilities: {},
            versionNegotiation: modern
              ? { mode: "auto", probe: { timeoutMs: Duration.toMillis(limits.probe) } }
              : { mode: "legacy" },
            inputRequired: { autoFulfill: false },
            // It never compiles a schema of the server's: see Schemas.
            jsonSchemaValidator: new CfWorkerJsonSchemaValidator(),
            listChanged: { tools: { autoRefresh: false, debounceMs: 0, onChanged: ports.onToolsChanged } },
          },
        ),
    ),
    // A session is given back first: once it is closed, the transport sends nothing.
    (client) =>
      Effect.flatMap(ports.patience, (patience) =>
        Effect.tryPromise(() => transport.terminateSession?.() ?? Promise.resolve()).pipe(
          Effect.timeout(patience),
          Effect.ignore,
          Effect.andThen(
            Effect.ignore(
              Effect.timeout(
                Effect.tryPromise(() => client.close()),
                patience,
              ),
            ),
          ),
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

  const within = Duration.toMillis(limits.handshake)
  yield* ask(false, (signal) => client.connect(transport, { signal, timeout: within })).pipe(
    Effect.timeoutOrElse({
      duration: limits.handshake,
      orElse: () =>
        Effect.fail<Trouble>({ kind: "silent", why: `no handshake within ${within / 1000} s`, sent: false }),
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
          timeout: Duration.toMillis(limits.page),
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
        ? ask(false, (signal) => client.ping({ signal, timeout: Duration.toMillis(limits.ping) })).pipe(Effect.asVoid)
        : ask(false, (signal) => client.discover({ signal, timeout: Duration.toMillis(limits.ping) })).pipe(
            Effect.asVoid,
          ),
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
