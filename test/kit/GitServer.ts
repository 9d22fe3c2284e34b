/** git's own server of repositories, `git http-backend`, behind HTTP with Basic authentication on loopback. */
import { spawn } from "node:child_process"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { Effect, type Scope } from "effect"
import { httpBackend } from "./RealGit.ts"

/** A request as it came in. */
export interface GitRequest {
  readonly method: string
  readonly url: string
  readonly authorization: string | undefined
}

export interface GitServer {
  /** Address without a slash at the end; repositories lie below it by their folder's name. */
  readonly url: string
  readonly seen: Array<GitRequest>
  /** Decides about a request before git sees it; answers for itself, or lets it pass. */
  intercept: (request: IncomingMessage, response: ServerResponse) => "answered" | "pass"
}

/** Who may come in. */
export interface Door {
  readonly username: string
  readonly password: string
}

const serve = (folder: string, request: IncomingMessage, response: ServerResponse): void => {
  const url = new URL(request.url ?? "/", "http://localhost")
  const child = spawn(httpBackend(), [], {
    env: {
      PATH: process.env["PATH"] ?? "",
      HOME: "/nonexistent",
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: "1",
      REMOTE_USER: "somebody",
      REMOTE_ADDR: "127.0.0.1",
      REQUEST_METHOD: request.method ?? "GET",
      PATH_INFO: decodeURIComponent(url.pathname),
      QUERY_STRING: url.search.slice(1),
      CONTENT_TYPE: request.headers["content-type"] ?? "",
      ...(request.headers["content-length"] === undefined ? {} : { CONTENT_LENGTH: request.headers["content-length"] }),
    },
    stdio: ["pipe", "pipe", "ignore"],
  })
  request.pipe(child.stdin)
  child.stdin.on("error", () => undefined)
  const chunks: Array<Buffer> = []
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk))
  child.on("close", () => {
    const output = Buffer.concat(chunks)
    const end = output.indexOf("\r\n\r\n")
    const head = output.subarray(0, Math.max(end, 0)).toString("latin1").split("\r\n")
    let status = 200
    for (const line of head) {
      const [, name = "", value = ""] = /^([^:]+):\s*(.*)$/.exec(line) ?? []
      if (name.toLowerCase() === "status") status = Number(value.slice(0, 3))
      else if (name !== "") response.setHeader(name, value)
    }
    response.writeHead(status).end(output.subarray(end + 4))
  })
}

/** Serves the repositories in `folder` until the scope ends; without a door to everybody. */
export const gitServer = (folder: string, door?: Door): Effect.Effect<GitServer, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.callback<GitServer & { readonly close: () => void }>((resume) => {
      const seen: Array<GitRequest> = []
      const expected =
        door === undefined ? undefined : `Basic ${Buffer.from(`${door.username}:${door.password}`).toString("base64")}`
      const server = createServer((request, response) => {
        const { authorization } = request.headers
        seen.push({ method: request.method ?? "", url: request.url ?? "", authorization })
        if (made.intercept(request, response) === "answered") return
        if (expected !== undefined && authorization !== expected) {
          request.resume()
          response.writeHead(401, { "www-authenticate": 'Basic realm="git"' }).end("who are you?")
          return
        }
        serve(folder, request, response)
      })
      const made: GitServer & { readonly close: () => void } = {
        url: "",
        seen,
        intercept: () => "pass",
        close: () => {
          server.closeAllConnections()
          server.close()
        },
      }
      server.listen(0, "127.0.0.1", () => {
        // Its port is known now.
        Object.assign(made, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
        resume(Effect.succeed(made))
      })
    }),
    ({ close }) => Effect.sync(close),
  )
