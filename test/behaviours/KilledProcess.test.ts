/** Behaviour 25: what kill -9 leaves behind, and who cleans it up. Real processes over one sandbox. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, afterEach, assert, beforeAll, beforeEach, describe, it } from "@effect/vitest"
import { Effect, Exit, Redacted, Scope } from "effect"
import { type Sandbox, startSandbox } from "../../src/sandbox/Sandbox.ts"
import { runProgram } from "../kit/Program.ts"
import { callMessage, initialize, type RawServer, rawServer } from "../kit/RawServer.ts"

const scope = Effect.runSync(Scope.make())
let sandbox: Sandbox
let state = ""

beforeAll(async () => {
  sandbox = await Effect.runPromise(Scope.provide(startSandbox({ empty: false }), scope))
})
afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), "vault-aws-mcp-"))
})
afterEach(() => rmSync(state, { recursive: true, force: true }))

const env = (token = Redacted.value(sandbox.vaultToken)) => ({
  VAULT_AWS_MCP_VAULT_ADDR: sandbox.vaultAddr,
  VAULT_AWS_MCP_VAULT_TOKEN: token,
  VAULT_AWS_MCP_AWS_ENDPOINT_URL: sandbox.awsUrl,
  VAULT_AWS_MCP_STATE_DIR: state,
})

const leased = async (): Promise<RawServer> => {
  const server = rawServer([], env())
  await initialize(server)
  server.send(callMessage(2, "aws_get_caller_identity"))
  const { result } = await server.answer(2)
  assert.notStrictEqual(result?.["isError"], true)
  return server
}

const kill = async (server: RawServer) => {
  server.child.kill("SIGKILL")
  assert.strictEqual((await server.exit).signal, "SIGKILL")
}

const command = (...words: ReadonlyArray<string>) => runProgram(words, { env: env() })

const leases = () => Effect.runPromise(sandbox.vault.liveLeases)
const journals = () => readdirSync(join(state, "leases"))

describe("a killed process", () => {
  it("25 leaves a journal for its owner alone, without a secret; status says when Vault and AWS end what it held", async () => {
    const server = await leased()
    const [name = ""] = journals()
    const path = join(state, "leases", name)
    assert.strictEqual(statSync(path).mode & 0o777, 0o600)
    const text = readFileSync(path, "utf8")
    assert.notInclude(text, Redacted.value(sandbox.vaultToken))
    assert.notMatch(text, /hvs\.|ASIA|AKIA|secret|token"\s*:\s*"/i)
    await kill(server)
    assert.strictEqual(await leases(), 1)
    const { out } = await command("status")
    assert.match(
      out,
      new RegExp(
        `process ${server.child.pid}, killed: 1 lease, in Vault until \\S+ at the latest, honoured by AWS until \\S+`,
      ),
    )
    const [lease] = (
      JSON.parse((await command("leases", "--json")).out) as { leases: ReadonlyArray<Record<string, string>> }
    ).leases
    assert.deepInclude(lease, { process: "dead", vault: "open", type: "sts" })
    // The child token lives 15 minutes, the session an hour.
    const life = (name: string) => Date.parse(lease?.[name] ?? "") - Date.now()
    assert.isAtMost(life("vault_ends_at"), 15 * 60_000)
    assert.isAbove(life("aws_access_ends"), 50 * 60_000)
    await command("leases", "revoke", "--dead")
    assert.strictEqual(await leases(), 0)
  })

  it("25 is cleaned up after by the next that leases, and no living process is", async () => {
    const [dead, alive] = [await leased(), await leased()]
    await kill(dead)
    assert.strictEqual(await leases(), 2)
    assert.strictEqual((await command("call", "aws_get_caller_identity")).code, 0)
    assert.strictEqual(await leases(), 1)
    alive.send(callMessage(3, "vault_credential_status"))
    const { result } = await alive.answer(3)
    assert.deepInclude(result?.["structuredContent"], { has_valid_session: true })
    alive.child.stdin?.end()
    assert.strictEqual((await alive.exit).code, 0)
    assert.strictEqual(await leases(), 0)
    assert.strictEqual(await Effect.runPromise(sandbox.vault.liveTokens), 0)
  })

  it("25 is cleaned up after among journals that are broken, cut short or not ours, which stay as they are", async () => {
    const dead = await leased()
    await kill(dead)
    const [name = ""] = journals()
    const own = readFileSync(join(state, "leases", name), "utf8")
    const strange: Record<string, string> = {
      "broken.json": "{{{",
      "empty.json": "",
      "cut.json": own.slice(0, own.length / 2),
      "newer.json": JSON.stringify({ version: 2 }),
      "elsewhere.json": own.replace(/"host":"[^"]*"/, '"host":"another"').replace(/lease_?/g, "$&"),
    }
    for (const [file, text] of Object.entries(strange)) writeFileSync(join(state, "leases", file), text)
    assert.strictEqual((await command("call", "aws_get_caller_identity")).code, 0)
    assert.strictEqual(await leases(), 0)
    for (const [file, text] of Object.entries(strange))
      assert.strictEqual(readFileSync(join(state, "leases", file), "utf8"), text, file)
    assert.match((await command("leases")).err, /Not understood, and left as they are: .*broken\.json/)
  })

  it("25 has its leases revoked by id, and says what that was worth", async () => {
    const dead = await leased()
    await kill(dead)
    const listed = (await command("leases")).out
    const id = /(aws\/creds\/mcp-agent-role\/\S+…)/.exec(listed)?.[1] ?? ""
    assert.include(listed, "killed")
    assert.deepInclude(await command("leases", "revoke", "aws/creds/nothing"), { code: 1, out: "" })
    assert.match((await command("leases", "revoke")).err, /Which leases\?/)
    const revoked = await command("leases", "revoke", id)
    assert.deepInclude(revoked, { code: 0, err: "" })
    assert.match(revoked.out, /closed in Vault; AWS cannot cancel an issued session: it works until \d{4}-/)
    assert.strictEqual(await leases(), 0)
    assert.match((await command("leases")).out, /closed/)
  })
})
