/**
 * Static roles of an AWS engine: an IAM user that exists already, whose key Vault replaces from time to time. The
 * credentials have no lease. Here a key that is due is replaced when it is next read.
 */
import { Effect } from "effect"
import type { AskAws } from "./AwsConfig.ts"
import { passedOn } from "./AwsConfig.ts"
import { type AwsRefused, needed } from "./AwsUpstream.ts"
import { type Handler, type Route, route } from "./Backend.ts"
import { listed } from "./LeaseRoutes.ts"
import { bad, type JsonRecord, refusedAs } from "./Protocol.ts"
import { elements, elementText } from "./Xml.ts"

interface StaticRole {
  readonly name: string
  readonly id: string
  readonly username: string
  /** Seconds. */
  readonly period: number
  readonly accessKey: string
  readonly secretKey: string
  readonly rotatedAt: number
}

const shown = (role: StaticRole): JsonRecord => ({
  id: role.id,
  name: role.name,
  rotation_period: role.period,
  username: role.username,
})

/** A new key for a user; the oldest one makes room when there are two already, as AWS allows no more. */
const newKey = Effect.fnUntraced(function* (
  ask: AskAws,
  username: string,
): Effect.fn.Return<{ readonly accessKey: string; readonly secretKey: string }, AwsRefused> {
  const keys = elements(yield* ask("iam", "ListAccessKeys", { UserName: username }), "member")
  const oldest = [...keys].sort((a, b) =>
    (elementText(a, "CreateDate") ?? "") < (elementText(b, "CreateDate") ?? "") ? -1 : 1,
  )[0]
  if (keys.length >= 2 && oldest !== undefined)
    yield* ask("iam", "DeleteAccessKey", { UserName: username, AccessKeyId: elementText(oldest, "AccessKeyId") ?? "" })
  const xml = yield* ask("iam", "CreateAccessKey", { UserName: username })
  return { accessKey: yield* needed(xml, "AccessKeyId"), secretKey: yield* needed(xml, "SecretAccessKey") }
})

/** `static-roles` and `static-creds`. */
export const staticRoutes = (ask: AskAws): ReadonlyArray<Route> => {
  const roles = new Map<string, StaticRole>()

  const write: Handler = Effect.fnUntraced(function* ({ now, params }) {
    const name = params.text("name")
    const before = roles.get(name)
    const username = params.text("username") || before?.username || ""
    const period = params.number("rotation_period", before?.period ?? 0)
    if (username === "") return yield* bad("missing required field: username")
    if (period < 1) return yield* bad("role rotation period out of range: must be greater than 1 second")
    const user = yield* Effect.mapError(ask("iam", "GetUser", { UserName: username }), (refused) =>
      refusedAs(500, `unable to validate username ${JSON.stringify(username)}: ${refused.text}`),
    )
    const key =
      before?.username === username
        ? before
        : yield* Effect.mapError(newKey(ask, username), passedOn("failed to add new static role"))
    const role: StaticRole = {
      name,
      id: elementText(user, "UserId") ?? "",
      username,
      period,
      accessKey: key.accessKey,
      secretKey: key.secretKey,
      rotatedAt: before?.rotatedAt ?? now,
    }
    roles.set(name, role)
    return { data: shown(role) }
  })

  const creds: Handler = Effect.fnUntraced(function* ({ now, params }) {
    let role = roles.get(params.text("name"))
    if (role === undefined) return undefined
    if (now >= role.rotatedAt + role.period * 1000) {
      const key = yield* Effect.mapError(newKey(ask, role.username), passedOn("failed to rotate"))
      role = { ...role, ...key, rotatedAt: now }
      roles.set(role.name, role)
    }
    return { data: { access_key: role.accessKey, secret_key: role.secretKey } }
  })

  const remove: Handler = Effect.fnUntraced(function* ({ params }) {
    const role = roles.get(params.text("name"))
    if (role === undefined) return undefined
    roles.delete(role.name)
    yield* Effect.ignore(ask("iam", "DeleteAccessKey", { UserName: role.username, AccessKeyId: role.accessKey }))
    return undefined
  })

  const read: Handler = ({ params }) => {
    const role = roles.get(params.text("name"))
    return Effect.succeed(role === undefined ? undefined : { data: shown(role) })
  }
  return [
    { path: route("static-roles/?"), on: { list: () => Effect.succeed(listed([...roles.keys()].sort())) } },
    {
      path: route("static-roles/(?<name>NAME)"),
      fields: { username: "text", rotation_period: "duration" },
      on: { read, update: write, delete: remove },
    },
    { path: route("static-creds/(?<name>NAME)"), on: { read: creds } },
  ]
}
