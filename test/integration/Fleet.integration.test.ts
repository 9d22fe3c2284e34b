/** Real MCP servers through the MCP agent's tools: two from npm and our own, in both eras, over stdio and Streamable HTTP. */
import { createServer, type Server as HttpServer } from "node:http"
import type { AddressInfo } from "node:net"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { createMcpHandler, Server } from "@modelcontextprotocol/server"
import { Effect, Schedule } from "effect"
import { DEADLINE } from "../../src/cli/Ending.ts"
import { frontedWorld, NARROW, type Way, WAYS } from "../kit/Endings.ts"
import { fleetFile, folder, hostile, lives, makeFleet, textOf } from "../kit/Fleets.ts"
import { BIN, callMessage, initialize, rawServer } from "../kit/RawServer.ts"
import { started, watching } from "../kit/Spawned.ts"

const npm = (name: string) =>
  fileURLToPath(new URL(`../../node_modules/@modelcontextprotocol/${name}/dist/index.js`, import.meta.url))

const FILESYSTEM = npm("server-filesystem")
const EVERYTHING = npm("server-everything")
const MODERN = fileURLToPath(new URL("../fleet/fixtures/modern.mjs", import.meta.url))
const node = (...args: ReadonlyArray<string>) => ({ command: process.execPath, args })

type Args = Readonly<Record<string, unknown>>

const call = (server: string, tool: string, args: Args = {}) => ({ server, tool, arguments: args })

describe("the filesystem server from npm, over stdio", () => {
  it.live("is started, listed, searched, described and called, and keeps its own borders", () =>
    Effect.gen(function* () {
      const root = yield* folder
      writeFileSync(join(root, "note.txt"), "a note")
      const { bad, good } = yield* makeFleet({ files: node(FILESYSTEM, root) })
      assert.match(
        yield* bad("mcp_list_tools", { server: "files" }),
        /is configured.*mcp_start_server.*\ncode=server_not_ready/s,
      )
      const ready = yield* good("mcp_start_server", { server: "files" })
      assert.deepInclude(ready, { state: "ready", transport: "stdio", protocol: "2025-11-25", restarts: 0 })
      assert.match(String(ready["calls_itself"]), /^secure-filesystem-server /)
      const list = yield* good("mcp_list_tools", { server: "files" })
      assert.isAbove(Number(list["total"]), 10)
      const found = yield* good<{ tools: ReadonlyArray<Args>; not_asked: ReadonlyArray<unknown> }>("mcp_find_tool", {
        query: "read a text file",
      })
      assert.deepInclude(found.tools[0], { server: "files", tool: "read_text_file", standing: "known" })
      assert.deepStrictEqual(found.not_asked, [])
      const described = yield* good<{ input_schema: Args; hints: Args }>("mcp_describe_tool", {
        server: "files",
        tool: "write_file",
      })
      assert.deepStrictEqual(described.input_schema["required"], ["path", "content"])
      assert.strictEqual(described.hints["readOnly"], false)
      const path = join(root, "new.txt")
      yield* good("mcp_call_tool", call("files", "write_file", { path, content: "written" }))
      assert.strictEqual(readFileSync(path, "utf8"), "written")
      const note = yield* good("mcp_call_tool", call("files", "read_text_file", { path: join(root, "note.txt") }))
      assert.strictEqual(textOf(note), "a note")
      const outside = yield* good("mcp_call_tool", call("files", "read_text_file", { path: "/etc/hostname" }))
      assert.deepInclude(outside, { is_error: true })
      const wrong = yield* bad("mcp_call_tool", call("files", "write_file", { path, content: 5 }))
      assert.match(wrong, /nothing was sent:\n.*#\/content.*\ncode=invalid_arguments/s)
      assert.strictEqual(readFileSync(path, "utf8"), "written")
      assert.match(
        yield* bad("mcp_call_tool", call("files", "write_fil")),
        /Did you mean write_file\?.*code=tool_unknown/s,
      )
      assert.match(yield* bad("mcp_start_server", { server: "file" }), /did you mean files\?.*\ncode=server_unknown/s)
    }),
  )
})

/** What the everything server offers to a client that can do nothing for it. */
const everything = Effect.fnUntraced(function* ({ good, told }: Effect.Success<ReturnType<typeof makeFleet>>) {
  assert.strictEqual(textOf(yield* good("mcp_call_tool", call("all", "echo", { message: "hi" }))), "Echo: hi")
  assert.match(textOf(yield* good("mcp_call_tool", call("all", "get-sum", { a: 2, b: 3 }))), /\b5\b/)
  const weather = yield* good("mcp_call_tool", call("all", "get-structured-content", { location: "New York" }))
  assert.hasAllKeys(weather["structured"], ["temperature", "conditions", "humidity"])
  assert.deepStrictEqual(weather["content"], [], "the text says the same and is left out")
  assert.deepStrictEqual(weather["notes"], [])
  const image = yield* good<{ content: ReadonlyArray<Args> }>("mcp_call_tool", call("all", "get-tiny-image"))
  const shown = image.content.find(({ type }) => type === "image")
  assert.strictEqual(shown?.["mime_type"], "image/png")
  assert.isAbove(Number(shown?.["bytes"]), 1000)
  assert.notProperty(shown, "data")
  const links = yield* good<{ content: ReadonlyArray<Args> }>(
    "mcp_call_tool",
    call("all", "get-resource-links", { count: 2 }),
  )
  assert.strictEqual(links.content.filter(({ type }) => type === "resource_link").length, 2)
  yield* good("mcp_call_tool", call("all", "trigger-long-running-operation", { duration: 0.6, steps: 2 }))
  assert.includeMembers(told, ["1 "])
  const { tools } = yield* good<{ tools: ReadonlyArray<{ tool: string }> }>("mcp_list_tools", { server: "all" })
  for (const { tool } of tools) assert.notMatch(tool, /sampling|elicitation|roots/, "nothing that asks back is offered")
})

/** A port that nobody listens on. */
const freePort = Effect.callback<number>((resume) => {
  const server = createServer().listen(0, "127.0.0.1", () => {
    const { port } = server.address() as AddressInfo
    server.close(() => resume(Effect.succeed(port)))
  })
})

describe("the everything server from npm", () => {
  it.live("works over stdio", () =>
    Effect.gen(function* () {
      const made = yield* makeFleet({ all: node(EVERYTHING, "stdio") })
      yield* made.good("mcp_start_server", { server: "all" })
      yield* everything(made)
      const env: unknown = JSON.parse(textOf(yield* made.good("mcp_call_tool", call("all", "get-env"))))
      assert.notMatch(Object.keys(env as object).join(" "), /VAULT|BAO|AWS|TOKEN/)
    }),
  )

  it.live("works over Streamable HTTP, and is connected again after it was started anew", () =>
    Effect.gen(function* () {
      const port = yield* freePort
      const run = () => started(process.execPath, [EVERYTHING, "streamableHttp"], { PORT: String(port) })
      const made = yield* makeFleet(
        { all: { type: "http", url: `http://127.0.0.1:${port}/mcp` } },
        { limits: { health: "300 millis" } },
      )
      assert.match(yield* made.bad("mcp_start_server", { server: "all" }), /cannot be reached \(ECONNREFUSED\)/)
      yield* Effect.scoped(
        Effect.gen(function* () {
          const { says } = yield* run()
          yield* says(/listening on port/)
          const ready = yield* made.good("mcp_start_server", { server: "all" })
          assert.deepInclude(ready, { state: "ready", transport: "http", protocol: "2025-11-25" })
          yield* everything(made)
        }),
      )
      const { says } = yield* run()
      yield* says(/listening on port/)
      const servers = made.good<{ servers: ReadonlyArray<Args> }>("mcp_list_servers")
      yield* Effect.repeat(servers, {
        schedule: Schedule.spaced("50 millis"),
        until: ({ servers: [one] }) => one?.["state"] === "ready" && Number(one["restarts"]) > 0,
      }).pipe(Effect.timeout("20 seconds"))
      assert.strictEqual(
        textOf(yield* made.good("mcp_call_tool", call("all", "echo", { message: "again" }))),
        "Echo: again",
      )
    }),
  )
})

describe("our own server", () => {
  it.live("works in the newer era, in a sandbox of its own", () =>
    Effect.gen(function* () {
      const { bad, good } = yield* makeFleet({ aws: node(BIN, "serve", "--sandbox") })
      const ready = yield* good("mcp_start_server", { server: "aws" })
      assert.deepInclude(ready, { state: "ready", protocol: "2026-07-28" })
      const buckets = yield* good<{ structured: { buckets: ReadonlyArray<Args> } }>(
        "mcp_call_tool",
        call("aws", "s3_list_buckets"),
      )
      assert.isAbove(buckets.structured.buckets.length, 2)
      const found = yield* good<{ tools: ReadonlyArray<Args> }>("mcp_find_tool", {
        query: "start an instance",
        server: "aws",
      })
      assert.strictEqual(found.tools[0]?.["tool"], "ec2_start_instance")
      const failed = yield* good("mcp_call_tool", call("aws", "s3_get_object", { bucket: "acme-config", key: "none" }))
      assert.deepInclude(failed, { is_error: true })
      assert.match(textOf(failed), /code=NoSuchKey/)
      assert.match(
        yield* bad("mcp_call_tool", call("aws", "s3_get_object", { bucket: "b", key: "k", surprise: 1 })),
        /nothing was sent.*surprise.*code=invalid_arguments/s,
      )
    }),
  )
})

describe("a server of the newer era over stdio", () => {
  it.live("tells of changed tools, of progress, and is told no when it asks back", () =>
    Effect.gen(function* () {
      const { bad, good, told } = yield* makeFleet({ x: node(MODERN) })
      assert.deepInclude(yield* good("mcp_start_server", { server: "x" }), { protocol: "2026-07-28" })
      assert.strictEqual(textOf(yield* good("mcp_call_tool", call("x", "echo"))), "echo")
      assert.match(yield* bad("mcp_call_tool", call("x", "ask")), /asks back.*\ncode=input_wanted/s)
      yield* good("mcp_call_tool", call("x", "progress"))
      assert.deepStrictEqual(told, ["1 step 1", "2 step 2"])
      assert.match(
        yield* bad("mcp_call_tool", { ...call("x", "hang"), timeout_seconds: 1 }),
        /no answer in time.*\ncode=outcome_unknown/s,
      )
      yield* good("mcp_call_tool", call("x", "change"))
      const standing = Effect.map(good("mcp_describe_tool", { server: "x", tool: "echo" }), (one) => one["standing"])
      yield* Effect.repeat(standing, {
        schedule: Schedule.spaced("20 millis"),
        until: (one) => one === "changed",
      }).pipe(Effect.timeout("5 seconds"))
      assert.match(yield* bad("mcp_call_tool", call("x", "echo")), /has changed.*\ncode=tool_changed/s)
    }),
  )
})

/** A server of the newer era over HTTP, which lets in by a header alone; `odd` answers what no server should. */
const modernHttp = (secret: string, odd: ReadonlyMap<string, (server: HttpServer) => Response>) =>
  Effect.acquireRelease(
    Effect.callback<{ readonly server: HttpServer; readonly url: string; readonly seen: Array<string> }>((resume) => {
      const handler = createMcpHandler(() => {
        const mcp = new Server({ name: "modern", version: "1" }, { capabilities: { tools: {} } })
        mcp.setRequestHandler("tools/list", () => ({
          tools: [
            {
              name: "echo",
              description: "echoes",
              inputSchema: { type: "object", properties: { text: { type: "string" } } },
            },
            { name: "leak", description: "tells what it was given", inputSchema: { type: "object" } },
          ],
        }))
        mcp.setRequestHandler("tools/call", ({ params }) => ({
          content: [
            {
              type: "text",
              text: params.name === "leak" ? `Bearer ${secret}` : `echo ${String(params.arguments?.["text"])}`,
            },
          ],
        }))
        return mcp
      })
      const seen: Array<string> = []
      const server = createServer((request, response) => {
        const chunks: Array<Buffer> = []
        request.on("data", (chunk: Buffer) => chunks.push(chunk))
        request.on("end", () => {
          const headers = new Headers(
            Object.entries(request.headers).map(([key, value]) => [key, String(value)] as [string, string]),
          )
          const path = request.url ?? "/"
          seen.push(`${request.method} ${path} ${headers.get("mcp-method") ?? ""}`.trim())
          const special = odd.get(path)
          const answered =
            special !== undefined
              ? Promise.resolve(special(server))
              : headers.get("authorization") !== `Bearer ${secret}`
                ? Promise.resolve(new Response("no", { status: 401 }))
                : handler.fetch(
                    new Request(`http://127.0.0.1${path}`, {
                      method: request.method ?? "GET",
                      headers,
                      ...(chunks.length === 0 ? {} : { body: Buffer.concat(chunks) }),
                    }),
                  )
          const pass = async (): Promise<void> => {
            const result = await answered
            response.writeHead(result.status, Object.fromEntries(result.headers))
            if (result.body !== null) for await (const chunk of result.body) response.write(chunk)
            response.end()
          }
          void pass()
        })
      }).listen(0, "127.0.0.1", () => {
        const { port } = server.address() as AddressInfo
        resume(Effect.succeed({ server, url: `http://127.0.0.1:${port}`, seen }))
      })
    }),
    ({ server }) =>
      Effect.callback<void>((resume) => {
        server.close(() => resume(Effect.void))
        server.closeAllConnections()
      }),
  )

const stream = (text: string) => new Response(text, { headers: { "content-type": "text/event-stream" } })

describe("a server of the newer era over Streamable HTTP", () => {
  const SECRET = "header-secret-canary-0001"
  const headers = { Authorization: `Bearer ${SECRET}` }

  it.live("is let in by its headers, which come back in no result and no error", () =>
    Effect.gen(function* () {
      const { seen, url } = yield* modernHttp(SECRET, new Map())
      const made = yield* makeFleet({
        good: { url: `${url}/mcp`, headers },
        shut: { url: `${url}/mcp`, headers: { Authorization: "Bearer wrong-wrong" } },
      })
      const ready = yield* made.good("mcp_start_server", { server: "good" })
      assert.deepInclude(ready, { state: "ready", protocol: "2026-07-28", location: `${url}/mcp` })
      assert.strictEqual(textOf(yield* made.good("mcp_call_tool", call("good", "echo", { text: "hi" }))), "echo hi")
      assert.strictEqual(textOf(yield* made.good("mcp_call_tool", call("good", "leak"))), "[redacted]")
      assert.match(yield* made.bad("mcp_call_tool", call("good", "echo", { text: `send ${SECRET}` })), /hold a secret/)
      const shut = yield* made.bad("mcp_start_server", { server: "shut" })
      assert.match(shut, /answered 401: its headers do not let us in/)
      assert.notInclude(shut, "wrong-wrong")
      assert.include(seen, "POST /mcp server/discover")
    }),
  )

  it.live("leads nowhere else: a redirect to another origin is not followed, and its header goes nowhere", () =>
    Effect.gen(function* () {
      const strange = yield* modernHttp(SECRET, new Map())
      const near = yield* modernHttp(
        SECRET,
        new Map([["/mcp", () => new Response(null, { status: 307, headers: { location: `${strange.url}/mcp` } })]]),
      )
      const made = yield* makeFleet({ x: { url: `${near.url}/mcp`, headers } })
      assert.match(yield* made.bad("mcp_start_server", { server: "x" }), /answered 307/)
      assert.deepStrictEqual(strange.seen, [])
    }),
  )

  it.live("that floods or answers no MCP is given up with the reason", () =>
    Effect.gen(function* () {
      const big = "x".repeat(11 * 1024 * 1024)
      const odd = new Map([
        ["/json", () => Response.json({ jsonrpc: "2.0", id: "server-discover-probe-1", result: { text: big } })],
        ["/line", () => stream(`data: ${big}\n\n`)],
        ["/html", () => new Response("<html>hello</html>", { headers: { "content-type": "text/html" } })],
        ["/down", () => new Response("no", { status: 503 })],
      ])
      const { url } = yield* modernHttp(SECRET, odd)
      const made = yield* makeFleet(
        Object.fromEntries([...odd.keys()].map((path) => [path.slice(1), { url: `${url}${path}` }])),
      )
      for (const [server, why] of [
        ["json", /message of more than 10 MiB/],
        ["line", /message of more than 10 MiB/],
        ["html", /did not start/],
        ["down", /answered 503/],
      ] as const)
        assert.match(yield* made.bad("mcp_start_server", { server }), why, server)
    }),
  )
})

describe("the end of this program", () => {
  /** A server of ours with a lease, with a server that will not go and its child, and, where it is not killed, one that is just being started. */
  const withStubborn = Effect.fnUntraced(function* (way?: Way) {
    const world = yield* frontedWorld()
    const file = yield* fleetFile({ x: hostile("stubborn"), y: hostile("ok"), z: hostile("deaf") })
    const server = rawServer([], {
      ...world.env,
      ...way?.env,
      VAULT_AWS_MCP_TOOLSETS: "mcp,aws",
      VAULT_AWS_MCP_MCP_CONFIG: file,
      VAULT_AWS_MCP_STATE_DIR: yield* folder,
    })
    yield* Effect.addFinalizer(() => Effect.sync(() => void server.child.kill("SIGKILL")))
    const ask = (id: number, tool: string, args: object) =>
      Effect.promise(async () => {
        server.send(callMessage(id, tool, args))
        const { result } = await server.answer(id)
        return (result?.["structuredContent"] ?? {}) as Args
      })
    yield* Effect.promise(() => initialize(server))
    yield* ask(2, "aws_get_caller_identity", {})
    for (const [id, name] of [
      [3, "x"],
      [4, "y"],
    ] as const)
      assert.strictEqual((yield* ask(id, "mcp_start_server", { server: name }))["state"], "ready")
    const orphan = Number(textOf(yield* ask(5, "mcp_call_tool", { server: "x", tool: "orphan" })))
    const other = Number(textOf(yield* ask(6, "mcp_call_tool", { server: "y", tool: "pid" })))
    const stubborn = Number(textOf(yield* ask(10, "mcp_call_tool", { server: "x", tool: "pid" })))
    if (way !== undefined) server.send(callMessage(7, "mcp_start_server", { server: "z" }))
    server.send(callMessage(8, "mcp_call_tool", { server: "y", tool: "hang" }))
    yield* ask(9, "mcp_call_tool", { server: "y", tool: "echo" })
    assert.deepStrictEqual([orphan, other].map(lives), [true, true])
    assert.deepStrictEqual(yield* world.left, { tokens: 1, leases: 1 })
    return { server, pids: [orphan, other], stubborn, world }
  })

  const allGone = (pids: ReadonlyArray<number>) =>
    Effect.repeat(
      Effect.sync(() => pids.some(lives)),
      { schedule: Schedule.spaced("20 millis"), until: (any) => !any },
    ).pipe(Effect.timeout("3 seconds"))

  for (const name of [
    "end of input",
    "SIGTERM",
    "SIGINT, SIGTERM and SIGKILL within 500 ms",
    "an uncaught exception",
  ] as const)
    it.live(
      `${name}: every server and its children go in time, and the lease is given back beside them`,
      () =>
        Effect.gen(function* () {
          const way: Way = WAYS[name]
          const { pids, server, world } = yield* withStubborn(way)
          const ended = yield* watching(server.child).endsAfter(way.end)
          assert.deepInclude(ended, { code: name === "an uncaught exception" ? 1 : 0, signal: null })
          assert.isBelow(ended.millis, DEADLINE.server + 1100)
          yield* allGone(pids)
          assert.deepStrictEqual(yield* world.left, { tokens: 0, leases: 0 })
        }),
      NARROW,
    )

  it.live("killed, it leaves servers with a closed stdin, by which they end", () =>
    Effect.gen(function* () {
      const { pids, server, stubborn } = yield* withStubborn()
      server.child.kill("SIGKILL")
      yield* allGone(pids.slice(1))
      // The one that will not go is the test's to end, with its child.
      process.kill(-stubborn, "SIGKILL")
      yield* allGone(pids)
    }),
  )

  it.live("in access ask starts no server and calls no tool, and says what would allow it", () =>
    Effect.gen(function* () {
      for (const access of ["ask", "read-only"] as const) {
        const made = yield* makeFleet({ x: hostile("ok") }, { access })
        for (const [tool, args] of [
          ["mcp_start_server", { server: "x" }],
          ["mcp_call_tool", call("x", "echo")],
          ["mcp_describe_tool", { server: "x", tool: "echo", accept_changes: true }],
        ] as const)
          assert.match(
            yield* made.bad(tool, args),
            /nothing was done.*ACCESS=full.*\ncode=access_refused/s,
            `${access} ${tool}`,
          )
        const { servers } = yield* made.good<{ servers: ReadonlyArray<Args> }>("mcp_list_servers")
        assert.strictEqual(servers[0]?.["state"], "configured")
      }
    }),
  )
})
