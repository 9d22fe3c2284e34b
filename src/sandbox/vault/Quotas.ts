/**
 * Rate-limit quotas: so many requests in an interval on a path. A window begins with the first request after the last
 * one closed. Lease-count quotas are an Enterprise feature, and this edition says so.
 */
import { Effect } from "effect"
import { type Handler, type Route, route } from "./Backend.ts"
import { listed } from "./LeaseRoutes.ts"
import { bad, type JsonRecord, Refusal } from "./Protocol.ts"

interface Quota {
  readonly name: string
  /** Empty: everything. */
  readonly path: string
  readonly rate: number
  /** Seconds. */
  readonly interval: number
  readonly blockInterval: number
  readonly role: string
  /** When the window opened, and how many requests it has seen. */
  window: { readonly opened: number; used: number }
}

/** The quotas of one Vault. */
export interface Quotas {
  readonly routes: ReadonlyArray<Route>
  /** Counts a request: the headers to answer with, or the 429. */
  readonly take: (path: string, now: number) => Effect.Effect<Readonly<Record<string, string>>, Refusal>
}

const shown = (quota: Quota): JsonRecord => ({
  block_interval: quota.blockInterval,
  interval: quota.interval,
  name: quota.name,
  path: quota.path,
  rate: quota.rate,
  role: quota.role,
  type: "rate-limit",
})

export const makeQuotas = (): Quotas => {
  const quotas = new Map<string, Quota>()
  let headersOn = false

  const take: Quotas["take"] = (path, now) => {
    const quota = [...quotas.values()]
      .filter((candidate) => path.startsWith(candidate.path))
      .sort((a, b) => b.path.length - a.path.length)[0]
    if (quota === undefined) return Effect.succeed({})
    if (now >= quota.window.opened + quota.interval * 1000) quota.window = { opened: now, used: 0 }
    const allowed = quota.window.used < quota.rate
    if (allowed) quota.window.used++
    const reset = String(Math.max(0, Math.floor((quota.window.opened + quota.interval * 1000 - now) / 1000)))
    const headers = headersOn
      ? {
          "x-ratelimit-limit": String(quota.rate),
          "x-ratelimit-remaining": String(Math.max(0, Math.floor(quota.rate - quota.window.used))),
          "x-ratelimit-reset": reset,
        }
      : {}
    if (allowed) return Effect.succeed(headers)
    const errors = [`request path ${JSON.stringify(path)}: rate limit quota exceeded`]
    return new Refusal({ status: 429, errors, headers: headersOn ? { ...headers, "retry-after": reset } : {} })
  }

  const write: Handler = Effect.fnUntraced(function* ({ params }) {
    const name = params.text("name")
    const before = quotas.get(name)
    const rate = Number(params.raw("rate") ?? before?.rate ?? 0)
    if (!(rate > 0)) return yield* bad("'rate' is invalid")
    quotas.set(name, {
      name,
      path: params.text("path", before?.path),
      rate,
      interval: params.number("interval", before?.interval ?? 1) || 1,
      blockInterval: params.number("block_interval", before?.blockInterval),
      role: params.text("role", before?.role),
      window: { opened: 0, used: 0 },
    })
    return undefined
  })
  const read: Handler = ({ params }) => {
    const quota = quotas.get(params.text("name"))
    return Effect.succeed(quota === undefined ? undefined : { data: shown(quota) })
  }
  const configure: Handler = ({ params }) =>
    Effect.sync(() => {
      headersOn = params.flag("enable_rate_limit_response_headers", headersOn)
      return undefined
    })
  const readConfig: Handler = () =>
    Effect.succeed({
      data: {
        enable_rate_limit_audit_logging: false,
        enable_rate_limit_response_headers: headersOn,
        rate_limit_exempt_paths: [],
      },
    })
  const enterprise: Handler = () => new Refusal({ status: 404, errors: ["enterprise-only feature"] })
  return {
    take,
    routes: [
      {
        path: route("quotas/config"),
        fields: {
          enable_rate_limit_response_headers: "flag",
          enable_rate_limit_audit_logging: "flag",
          rate_limit_exempt_paths: "list",
        },
        on: { read: readConfig, update: configure },
      },
      {
        path: route("quotas/rate-limit/?"),
        on: { list: () => Effect.succeed(listed([...quotas.keys()].sort())) },
      },
      {
        path: route("quotas/rate-limit/(?<name>[\\w.-]+)"),
        fields: {
          path: "text",
          rate: "any",
          interval: "duration",
          block_interval: "duration",
          role: "text",
          type: "text",
        },
        on: {
          read,
          update: write,
          delete: ({ params }) =>
            Effect.as(
              Effect.sync(() => quotas.delete(params.text("name"))),
              undefined,
            ),
        },
      },
      { path: route("quotas/lease-count/.+"), arbitrary: true, on: { read: enterprise, update: enterprise } },
    ],
  }
}
