/** However the server ends, it ends with code 0, in time, with clean stdout, and its leases are given back. */
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { Duration, Effect, Exit, Redacted, Scope } from "effect"
import { fault } from "../../src/sandbox/Faults.ts"
import { hang } from "../../src/sandbox/faults/Connection.ts"
import { type Sandbox, startSandbox } from "../../src/sandbox/Sandbox.ts"
import { callMessage, initialize, type RawServer, rawServer } from "../kit/RawServer.ts"

const scope = Effect.runSync(Scope.make())
let sandbox: Sandbox

const env = () => ({
  VAULT_AWS_MCP_VAULT_ADDR: sandbox.vaultAddr,
  VAULT_AWS_MCP_VAULT_TOKEN: Redacted.value(sandbox.vaultToken),
  VAULT_AWS_MCP_AWS_ENDPOINT_URL: sandbox.awsUrl,
})

const after = (millis: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, millis))

beforeAll(async () => {
  sandbox = await Effect.runPromise(Scope.provide(startSandbox({ empty: false }), scope))
})
afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))

/** A server that holds a lease. */
const leased = async (): Promise<RawServer> => {
  const server = rawServer([], env())
  await initialize(server)
  server.send(callMessage(2, "aws_get_caller_identity"))
  const { result } = await server.answer(2)
  assert.notStrictEqual(result?.["isError"], true)
  assert.isAbove(await Effect.runPromise(sandbox.vault.liveLeases), 0)
  return server
}

const endings: ReadonlyArray<readonly [string, (server: RawServer) => Promise<void>]> = [
  ["end of input", async ({ child }) => void child.stdin?.end()],
  ["SIGINT", async ({ child }) => void child.kill("SIGINT")],
  ["SIGTERM", async ({ child }) => void child.kill("SIGTERM")],
  ["SIGHUP", async ({ child }) => void child.kill("SIGHUP")],
  [
    "a closed stdout",
    async ({ child, send }) => {
      child.stdout?.destroy()
      send({ jsonrpc: "2.0", id: 9, method: "tools/list" })
    },
  ],
  [
    "SIGINT, SIGTERM 100 ms later, killed after 500 ms",
    async ({ child }) => {
      child.kill("SIGINT")
      await after(100)
      child.kill("SIGTERM")
      await after(400)
      child.kill("SIGKILL")
    },
  ],
]

describe("shutdown", () => {
  for (const [name, end] of endings) {
    it(`${name}: code 0, leases and token given back, nothing but JSON on stdout`, async () => {
      const server = await leased()
      await end(server)
      assert.deepStrictEqual(await server.exit, { code: 0, signal: null })
      assert.strictEqual(await Effect.runPromise(sandbox.vault.liveLeases), 0)
      assert.strictEqual(await Effect.runPromise(sandbox.vault.liveTokens), 0)
      for (const line of server.lines) assert.strictEqual(typeof JSON.parse(line), "object")
    })
  }

  it("a Vault that hangs does not hold the server beyond its deadline", async () => {
    const server = await leased()
    await Effect.runPromise(sandbox.faults.add(fault(hang)))
    const started = process.hrtime.bigint()
    server.child.kill("SIGTERM")
    const { code } = await server.exit
    const took = Duration.toMillis(Duration.nanos(process.hrtime.bigint() - started))
    assert.strictEqual(code, 0)
    assert.isBelow(took, 2000)
  })

  it("calls under way are aborted, not answered", async () => {
    const own = await Effect.runPromise(Scope.provide(startSandbox({ empty: false }), scope))
    await Effect.runPromise(own.faults.add(fault(hang, { half: "aws", about: "GetCallerIdentity" })))
    const server = rawServer([], {
      VAULT_AWS_MCP_VAULT_ADDR: own.vaultAddr,
      VAULT_AWS_MCP_VAULT_TOKEN: Redacted.value(own.vaultToken),
      VAULT_AWS_MCP_AWS_ENDPOINT_URL: own.awsUrl,
    })
    await initialize(server)
    server.send(callMessage(2, "aws_get_caller_identity"))
    while ((await Effect.runPromise(own.vault.liveLeases)) === 0) await after(10)
    server.child.stdin?.end()
    assert.strictEqual((await server.exit).code, 0)
    assert.isFalse(server.lines.some((line) => line.includes('"id":2')))
    assert.strictEqual(await Effect.runPromise(own.vault.liveLeases), 0)
  })
})
