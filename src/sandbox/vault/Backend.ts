/**
 * How an engine or login method declares its endpoints, and how a request finds its handler: the first pattern that
 * matches the path below the mount decides, parameters are converted, unknown ones are told in a warning.
 */
import { Effect, Result } from "effect"
import type { TlsPeer } from "../Wire.ts"
import { checkFields, type Fields, Params } from "./Fields.ts"
import { bad, type JsonRecord, type Refusal, refusedAs, type Reply } from "./Protocol.ts"
import type { Mount, Token } from "./State.ts"

/** What a request wants; `create` is an `update` of something an endpoint says does not exist yet. */
export type Operation = "read" | "list" | "create" | "update" | "patch" | "delete"

/** A request on its way to a handler. */
export interface Call {
  readonly operation: Operation
  /** Without `/v1/`: `aws/creds/deploy`. */
  readonly path: string
  readonly mount: Mount
  /** Named groups of the pattern and converted parameters in one. */
  readonly params: Params
  /** The body or query as sent, for endpoints that take anything. */
  readonly sent: JsonRecord
  /** Who asks; absent at endpoints that need no token. */
  readonly token: Token | undefined
  /** The TLS connection the request came over; absent: it came in plain HTTP. */
  readonly tls: TlsPeer | undefined
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** Answers a call; nothing to say becomes 404 for reads and lists, 204 for the rest. */
export type Handler = (call: Call) => Effect.Effect<Reply | undefined, Refusal>

/** Nothing to say. */
export const nothing: Effect.Effect<undefined> = Effect.as(Effect.void, undefined)

/** Answers a read with what is kept there; nothing to say where nothing was written yet. */
export const reading =
  <A>(kept: (call: Call) => A | undefined, shown: (kept: A) => JsonRecord): Handler =>
  (call) =>
    Effect.sync(() => {
      const found = kept(call)
      return found === undefined ? undefined : { data: shown(found) }
    })

/** One endpoint. */
export interface Route {
  /** Matched against the whole path below the mount; named groups become parameters. */
  readonly path: RegExp
  readonly fields?: Fields
  /** Takes any parameter without a warning. */
  readonly arbitrary?: boolean
  readonly on: Partial<Readonly<Record<Operation, Handler>>>
  /** Present where Vault tells `create` from `update`. */
  readonly exists?: (params: Params, token: Token | undefined) => boolean
}

/** An engine or login method. The patterns are matched against the path below the mount. */
export interface Backend {
  readonly routes: ReadonlyArray<Route>
  /** Paths that need no token. */
  readonly open?: RegExp
  /** Paths that need the `sudo` capability. */
  readonly sudo?: RegExp
}

/** A pattern for a whole path. `NAME` stands for Vault's generic name, which has no slash. */
export const route = (pattern: string): RegExp => new RegExp(`^${pattern.replaceAll("NAME", "\\w(?:[\\w.-]*\\w)?")}$`)

/** The endpoint a path belongs to, with the parameters the path holds. */
export const findRoute = (
  backend: Backend,
  below: string,
): { readonly route: Route; readonly captured: JsonRecord } | undefined => {
  for (const candidate of backend.routes) {
    const match = candidate.path.exec(below)
    if (match !== null) return { route: candidate, captured: { ...match.groups } }
  }
  return undefined
}

/** Whether an update at this path would create something (policies tell the two apart). */
export const wouldCreate = (
  found: { readonly route: Route; readonly captured: JsonRecord },
  token: Token | undefined,
): boolean => found.route.exists !== undefined && !found.route.exists(new Params(found.captured), token)

/** Runs the handler of a request whose token and rights were checked. */
export const dispatch = Effect.fnUntraced(function* (
  call: Omit<Call, "params">,
  found: { readonly route: Route; readonly captured: JsonRecord } | undefined,
): Effect.fn.Return<Reply | undefined, Refusal> {
  if (found === undefined) return yield* refusedAs(404, "unsupported path")
  const { route, captured } = found
  const handler = route.on[call.operation] ?? (call.operation === "create" ? route.on.update : undefined)
  if (handler === undefined) return yield* refusedAs(405, "unsupported operation")
  const checked = checkFields(route.fields ?? {}, call.sent)
  if (Result.isFailure(checked)) return yield* bad(checked.failure)
  const params = new Params({ ...checked.success.params.values, ...captured })
  const reply = yield* handler({ ...call, params })
  // Names that came in the path may be repeated in the body: the path wins and nobody is warned.
  const ignored = checked.success.ignored.filter((name) => !(name in captured))
  if (reply === undefined || route.arbitrary === true || ignored.length === 0) return reply
  const warning = `Endpoint ignored these unrecognized parameters: [${ignored.join(" ")}]`
  return { ...reply, warnings: [...(reply.warnings ?? []), warning] }
})
