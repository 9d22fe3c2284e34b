/** A spawned `serve`, spoken to in raw lines: for what no client library would do, and for what it must not see. */
import { type ChildProcess, spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

export const BIN = fileURLToPath(new URL("../../dist/bin.mjs", import.meta.url))

interface Message {
  readonly id?: number
  readonly result?: Readonly<Record<string, unknown>>
  readonly error?: { readonly code: number; readonly message: string }
  readonly method?: string
}

export interface RawServer {
  readonly child: ChildProcess
  /** Every line of stdout as it came. */
  readonly lines: ReadonlyArray<string>
  readonly stderr: () => string
  readonly send: (message: object | string) => void
  /** The answer to the request of that id. */
  readonly answer: (id: number) => Promise<Message>
  readonly exit: Promise<{ readonly code: number | null; readonly signal: string | null }>
}

/** Where the programs of this test file keep their journals; gone with it. */
const STATE = mkdtempSync(join(tmpdir(), "vault-aws-mcp-state-"))
process.on("exit", () => rmSync(STATE, { recursive: true, force: true }))

/** The environment a test gives: nothing of the machine's own but what Node needs. */
export const cleanEnv = (extra: Readonly<Record<string, string>>): Record<string, string> => ({
  PATH: process.env["PATH"] ?? "",
  HOME: "/nonexistent",
  VAULT_AWS_MCP_ACCESS: "full",
  VAULT_AWS_MCP_STATE_DIR: STATE,
  ...extra,
})

/** Starts the built server. */
export const rawServer = (args: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}): RawServer => {
  const child = spawn(process.execPath, [BIN, "serve", ...args], {
    env: cleanEnv(env),
    stdio: ["pipe", "pipe", "pipe"],
  })
  const lines: Array<string> = []
  const waiting = new Map<number, (message: Message) => void>()
  const early = new Map<number, Message>()
  let rest = ""
  let err = ""
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text))
  child.stdin.on("error", () => {}) // the server may be gone already; its exit is what tests look at
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    rest += text
    for (let at = rest.indexOf("\n"); at >= 0; at = rest.indexOf("\n")) {
      const line = rest.slice(0, at)
      rest = rest.slice(at + 1)
      lines.push(line)
      if (!line.startsWith("{")) continue
      const message = JSON.parse(line) as Message
      if (message.id === undefined) continue
      const waiter = waiting.get(message.id)
      if (waiter === undefined) early.set(message.id, message)
      else waiter(message)
    }
  })
  return {
    child,
    lines,
    stderr: () => err,
    send: (message) => child.stdin.write(typeof message === "string" ? message : `${JSON.stringify(message)}\n`),
    answer: (id) => {
      const known = early.get(id)
      return known === undefined ? new Promise((resolve) => waiting.set(id, resolve)) : Promise.resolve(known)
    },
    exit: new Promise((resolve) => child.on("exit", (code, signal) => resolve({ code, signal }))),
  }
}

/** Opens the connection as the 2025 revisions do. */
export const initialize = async (server: RawServer): Promise<void> => {
  server.send({
    jsonrpc: "2.0",
    id: 1,
    method: "initialize",
    params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "raw", version: "0" } },
  })
  await server.answer(1)
  server.send({ jsonrpc: "2.0", method: "notifications/initialized" })
}

export const callMessage = (id: number, name: string, args: object = {}): object => ({
  jsonrpc: "2.0",
  id,
  method: "tools/call",
  params: { name, arguments: args },
})
