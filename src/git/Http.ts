/**
 * isomorphic-git's way to the network: undici with bounds. What goes out goes to one origin, that of the remote, whatever
 * a repository's config or an answer says; an answer is read whole before anybody looks at it.
 */
import { Data, Effect, type Scope } from "effect"
import type Undici from "undici"
import { late } from "../core/Late.ts"
import { oneLine } from "../core/Text.ts"
import { VERSION } from "../core/Version.ts"
import { gitError } from "./GitError.ts"

const loadUndici = late(() => import("undici"))

/** Milliseconds: to connect, to the first byte of an answer, and between two pieces of it; and an answer's bytes. */
export interface HttpLimits {
  readonly connect: number
  readonly first: number
  readonly idle: number
  /** It is held in memory as a whole. */
  readonly most: number
}

const LIMITS: HttpLimits = { connect: 10_000, first: 120_000, idle: 60_000, most: 512 * 1024 * 1024 }

const REDIRECTS = new Set([301, 302, 303, 307, 308])

/** What isomorphic-git asks for. */
interface Request {
  readonly url: string
  readonly method?: string | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly body?: AsyncIterable<Uint8Array> | undefined
}

interface Response {
  readonly url: string
  readonly method: string
  readonly statusCode: number
  readonly statusMessage: string
  readonly headers: Record<string, string>
  readonly body: AsyncIterableIterator<Uint8Array>
}

/** The connection to one remote. */
export interface RemoteHttp {
  readonly request: (request: Request) => Promise<Response>
  /** Whether objects or a change of refs may have reached the remote. */
  readonly pushed: () => boolean
}

/** No answer came; the words are those of the operating system or of undici. */
class NoAnswer extends Data.TaggedError("NoAnswer")<{ readonly detail: string }> {}

const collected = async (body: Request["body"]): Promise<Buffer | undefined> => {
  if (body === undefined) return undefined
  const parts: Array<Uint8Array> = []
  for await (const part of body) parts.push(part)
  return Buffer.concat(parts)
}

/** Bytes that are here already, in the form isomorphic-git reads. */
const whole = async function* (bytes: Uint8Array) {
  yield bytes
}

const plainHeaders = (headers: Undici.Dispatcher.ResponseData["headers"]): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, typeof value === "string" ? value : value.join(", ")]],
    ),
  )

/** What went wrong below HTTP, in words. */
const detailOf = (error: unknown): string => {
  const code = error instanceof Error && "code" in error ? String(error.code) : ""
  const said = error instanceof Error ? error.message : String(error)
  return oneLine(code === "" || said.includes(code) ? said : `${code}: ${said}`, 200)
}

/** A connection to the origin of `remote`, closed with the scope. */
export const remoteHttp = Effect.fnUntraced(function* (
  remote: string,
  limits: HttpLimits = LIMITS,
): Effect.fn.Return<RemoteHttp, never, Scope.Scope> {
  const { default: undici } = yield* loadUndici
  const { origin } = new URL(remote)
  const agent = yield* Effect.acquireRelease(
    Effect.sync(
      () =>
        new undici.Agent({
          connect: { timeout: limits.connect, minVersion: "TLSv1.2" },
          headersTimeout: limits.first,
          bodyTimeout: limits.idle,
          maxResponseSize: limits.most,
        }),
    ),
    (made) => Effect.promise(() => made.destroy()),
  )
  let pushed = false
  /** Where a redirect within the origin led: what stood in front of the service's name. */
  let moved: { readonly from: string; readonly to: string } | undefined

  const send = async ({ body, headers = {}, method = "GET", url }: Request): Promise<Response> => {
    let target = moved !== undefined && url.startsWith(moved.from) ? moved.to + url.slice(moved.from.length) : url
    const content = await collected(body)
    for (let i = 0; i < 4; i++) {
      if (new URL(target).origin !== origin)
        throw gitError(
          "git_remote_refused",
          `The remote leads on to ${oneLine(new URL(target).origin, 100)}, where nothing is sent. If that is where it is now, have its address changed (git remote set-url).`,
        )
      if (method === "POST" && target.endsWith("/git-receive-pack")) pushed = true
      const answer = await undici.request(target, {
        dispatcher: agent,
        method: method === "POST" ? "POST" : "GET",
        headers: { ...headers, "user-agent": `git/vault-aws-mcp-${VERSION}` },
        ...(content === undefined ? {} : { body: content }),
      })
      const location = answer.headers["location"]
      if (REDIRECTS.has(answer.statusCode) && typeof location === "string" && method !== "POST") {
        await answer.body.dump()
        const next = new URL(location, target).href
        const [, before] = /^(.*)\/info\/refs\b/.exec(url) ?? []
        const [, after] = /^(.*)\/info\/refs\b/.exec(next) ?? []
        if (before !== undefined && after !== undefined) moved = { from: before, to: after }
        target = next
        continue
      }
      return {
        url,
        method,
        statusCode: answer.statusCode,
        statusMessage: String(answer.statusCode),
        headers: plainHeaders(answer.headers),
        body: whole(new Uint8Array(await answer.body.arrayBuffer())),
      }
    }
    throw gitError("git_unreachable", "The remote redirects in a circle. Check its address.")
  }

  return {
    pushed: () => pushed,
    request: (request) =>
      send(request).catch((error: unknown) => {
        throw error instanceof Error && error.name === "GitError" ? error : new NoAnswer({ detail: detailOf(error) })
      }),
  }
})

/** The detail of an error that says that no answer came; `undefined` for any other. */
export const noAnswer = (error: unknown): string | undefined => (error instanceof NoAnswer ? error.detail : undefined)
