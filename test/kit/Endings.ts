/** What tests of the end share: a world whose Vault can fall ill, processes that work in it, and ways to end them. */
import type { ChildProcess } from "node:child_process"
import { assert } from "@effect/vitest"
import { Deferred, Effect, Exit, Redacted } from "effect"
import { fault } from "../../src/sandbox/Faults.ts"
import { hang } from "../../src/sandbox/faults/Connection.ts"
import { observe } from "../../src/sandbox/faults/Custom.ts"
import { type Sandbox, startSandbox } from "../../src/sandbox/Sandbox.ts"
import { BIN, callMessage, initialize, rawServer } from "./RawServer.ts"
import { spawned, watching } from "./Spawned.ts"
import { vaultFront } from "./VaultFront.ts"

/** A token that may lease and close leases, but not make children: the product uses it itself. */
const childless = ({ vault, vaultToken }: Sandbox) =>
  Effect.map(
    vault.handler({
      method: "POST",
      path: "/v1/auth/token/create",
      query: "",
      headers: { "x-vault-token": Redacted.value(vaultToken), "content-type": "application/json" },
      body: Buffer.from(JSON.stringify({ policies: ["vault-aws-mcp"], ttl: "1h" })),
    }),
    (response) => {
      const body = "body" in response ? Buffer.from(response.body).toString() : "{}"
      return (JSON.parse(body) as { readonly auth: { readonly client_token: string } }).auth.client_token
    },
  )

/** A sandbox of the test's own, its Vault behind a front, and the environment that leads there. */
export const frontedWorld = Effect.fnUntraced(function* (token: "makes children" | "childless" = "makes children") {
  const sandbox = yield* startSandbox({ empty: false })
  const front = yield* vaultFront(sandbox.vaultAddr)
  const operators = token === "childless" ? yield* childless(sandbox) : Redacted.value(sandbox.vaultToken)
  return {
    sandbox,
    front,
    env: {
      VAULT_AWS_MCP_VAULT_ADDR: front.address,
      VAULT_AWS_MCP_VAULT_TOKEN: operators,
      VAULT_AWS_MCP_AWS_ENDPOINT_URL: sandbox.awsUrl,
    },
    /** Tokens besides the root token, and leases, that are alive. */
    left: Effect.all({ tokens: sandbox.vault.liveTokens, leases: sandbox.vault.liveLeases }),
  }
})

export type FrontedWorld = Effect.Success<ReturnType<typeof frontedWorld>>

/** A bug on demand: SIGUSR2 makes the process throw, or reject, an error with a secret in its message. */
const bug = (does: string) => {
  const code = `const error = () => new Error("boom, client_token=hvs.canary-canary-canary-canary"); process.on("SIGUSR2", () => { ${does} })`
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}` }
}

/** One way to end a process; `env` is what it must be started with. */
export interface Way {
  readonly env?: Readonly<Record<string, string>>
  readonly end: (child: ChildProcess) => void
}

const signal = (name: NodeJS.Signals): Way => ({ end: (child) => void child.kill(name) })

/** Claude Code's way: SIGINT, SIGTERM 100 ms later, SIGKILL half a second after the first. */
const claudeCode = (child: ChildProcess): void => {
  child.kill("SIGINT")
  setTimeout(() => child.kill("SIGTERM"), 100).unref()
  setTimeout(() => child.kill("SIGKILL"), 500).unref()
}

/** The reader goes away, which the process learns when it writes next. */
const closeStdout = (child: ChildProcess): void => {
  child.stdout?.on("close", () => {
    child.stdin?.write(`${JSON.stringify({ jsonrpc: "2.0", id: 9, method: "tools/list" })}\n`)
  })
  child.stdout?.destroy()
}

/** The ways, by name. */
export const WAYS = {
  "end of input": { end: (child) => void child.stdin?.end() },
  SIGINT: signal("SIGINT"),
  SIGTERM: signal("SIGTERM"),
  SIGHUP: signal("SIGHUP"),
  "SIGINT, SIGTERM and SIGKILL within 500 ms": { end: claudeCode },
  "a closed stdout": { end: closeStdout },
  "an uncaught exception": { ...signal("SIGUSR2"), env: bug("throw error()") },
  "an unhandled rejection": { ...signal("SIGUSR2"), env: bug("void Promise.reject(error())") },
} as const satisfies Readonly<Record<string, Way>>

/**
 * Claude Code's half second and the limit of the finalizers are near each other: a machine at several times its load may
 * miss one, and is asked again.
 */
export const NARROW = { retry: 2 }

/** A server that holds a lease. */
export const leasedServer = Effect.fnUntraced(function* (world: FrontedWorld, way?: Way) {
  const server = yield* Effect.acquireRelease(
    Effect.sync(() => rawServer([], { ...world.env, ...way?.env })),
    ({ child }) => Effect.sync(() => void child.kill("SIGKILL")),
  )
  const process = watching(server.child)
  const answer = yield* Effect.promise(async () => {
    await initialize(server)
    server.send(callMessage(2, "aws_get_caller_identity"))
    return server.answer(2)
  })
  assert.notStrictEqual(answer.result?.["isError"], true)
  assert.deepStrictEqual(yield* world.left, { tokens: 1, leases: 1 })
  return process
})

/** The next call for the caller's identity reaches AWS and gets no answer. Gives what waits for that. */
export const hangingAws = Effect.fnUntraced(function* ({ sandbox }: FrontedWorld) {
  const reached = yield* Deferred.make<void>()
  const at = { half: "aws", about: "GetCallerIdentity", times: 1 } as const
  const see = () => Deferred.doneUnsafe(reached, Exit.void)
  yield* sandbox.faults.add(fault(observe(see), at), fault(hang, at))
  return Deferred.await(reached)
})

/** A command that holds a lease and waits for AWS. */
export const leasedCommand = Effect.fnUntraced(function* (world: FrontedWorld, way?: Way) {
  const reached = yield* hangingAws(world)
  const process = yield* spawned([BIN, "call", "aws_get_caller_identity"], { ...world.env, ...way?.env })
  yield* reached
  assert.deepStrictEqual(yield* world.left, { tokens: 1, leases: 1 })
  return process
})

/** Nothing but messages of the protocol. */
export const assertProtocol = (out: string): void => {
  for (const line of out.split("\n").filter((line) => line !== "")) {
    assert.strictEqual((JSON.parse(line) as { readonly jsonrpc?: string }).jsonrpc, "2.0", line)
  }
  assert.isTrue(out === "" || out.endsWith("\n"), "the last message is whole")
}

/** Words for people: no secret, no stack. */
export const assertWords = (err: string): void => {
  assert.notMatch(err, /hvs\.|canary|AKIA|ASIA/)
  assert.notMatch(err, /^\s+at /m)
}
