/**
 * Behaviour 44: nothing that this program says or writes, on any stream and at any level, holds a secret it works with, in
 * any spelling.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { Effect, Exit, Redacted, Scope } from "effect"
import { formsOf } from "../../src/guard/Redactor.ts"
import { fault } from "../../src/sandbox/Faults.ts"
import { answer, observe } from "../../src/sandbox/faults/Custom.ts"
import { type Sandbox, startSandbox } from "../../src/sandbox/Sandbox.ts"
import type { WireRequest } from "../../src/sandbox/Wire.ts"
import { runProgram } from "../kit/Program.ts"
import { callMessage, initialize, rawServer } from "../kit/RawServer.ts"

const scope = Effect.runSync(Scope.make())
let sandbox: Sandbox
let state = ""
const tokens = new Set<string>()

/** Every Vault token that came over the wire, the server's own among them. */
const listen = (request: WireRequest): void => {
  const sent = request.headers["authorization"]?.replace(/^Bearer /, "") ?? request.headers["x-vault-token"]
  if (sent !== undefined) tokens.add(sent)
}

beforeAll(async () => {
  state = mkdtempSync(join(tmpdir(), "vault-aws-mcp-"))
  sandbox = await Effect.runPromise(Scope.provide(startSandbox({ empty: false }), scope))
  await Effect.runPromise(sandbox.faults.add(fault(observe(listen), { half: "vault" })))
})
afterAll(async () => {
  rmSync(state, { recursive: true, force: true })
  await Effect.runPromise(Scope.close(scope, Exit.void))
})

const calls: ReadonlyArray<readonly [string, object]> = [
  ["aws_get_caller_identity", {}],
  ["vault_credential_status", {}],
  ["s3_get_object", { bucket: "none-such-bucket", key: "x" }],
  ["s3_list_buckets", { region: "nowhere" }],
  ["aws_call", { service: "sts", operation: "GetSessionToken" }],
  [
    "aws_call",
    {
      service: "sts",
      operation: "AssumeRole",
      parameters: { RoleArn: "arn:aws:iam::123456789012:role/mcp-auditor-role", RoleSessionName: "peek" },
    },
  ],
  ["aws_call", { service: "iam", operation: "CreateAccessKey", parameters: { UserName: "vault-root" } }],
  ["aws_call", { service: "iam", operation: "ListUsers" }],
  ["vault_refresh_credentials", { ttl: "16m" }],
  ["vault_refresh_credentials", { ttl: "5s" }],
  ["vault_revoke_credentials", {}],
  ["ec2_list_instances", {}],
]

/** Everything that must stay inside: what the sandbox's halves gave out, and what came over the wire. */
const secretsOf = ({ identity }: Sandbox): ReadonlyArray<string> => [
  ...tokens,
  ...[...identity.sessions.values()].flatMap(({ secretKey, token }) => [secretKey, token]),
  ...[...identity.keys.values()].map(({ secretKey }) => secretKey),
]

const holdsNone = (said: string, where: string) => {
  for (const secret of secretsOf(sandbox))
    for (const form of formsOf(secret))
      assert.isFalse(said.includes(form), `${where} holds a secret: ${form.slice(0, 6)}…`)
}

/** Every file below a folder. */
const filesOf = (folder: string): ReadonlyArray<string> =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) =>
    entry.isFile() ? [join(entry.parentPath, entry.name)] : [],
  )

const env = () => ({
  VAULT_AWS_MCP_VAULT_ADDR: sandbox.vaultAddr,
  VAULT_AWS_MCP_VAULT_TOKEN: Redacted.value(sandbox.vaultToken),
  VAULT_AWS_MCP_AWS_ENDPOINT_URL: sandbox.awsUrl,
  VAULT_AWS_MCP_STATE_DIR: state,
  VAULT_AWS_MCP_LOG_LEVEL: "debug",
})

describe("secrets", () => {
  it("44 stay inside a server: no key, session token or Vault token in a frame, a log line, the journal or the arguments", async () => {
    const server = rawServer([], env())
    await initialize(server)
    for (const [i, [name, args]] of calls.entries()) {
      server.send(callMessage(10 + i, name, args))
      await server.answer(10 + i)
    }
    const journal = filesOf(state)
    assert.isAbove(journal.length, 0)
    for (const file of journal) holdsNone(readFileSync(file, "utf8"), file)
    const pid = String(server.child.pid)
    if (existsSync("/proc/self/cmdline")) holdsNone(readFileSync(`/proc/${pid}/cmdline`, "utf8"), "its arguments")
    server.child.stdin?.end()
    assert.strictEqual((await server.exit).code, 0)
    const said = `${server.lines.join("\n")}\n${server.stderr()}`
    assert.isAtLeast(tokens.size, 2) // the operator's and the server's own
    assert.isAtLeast(sandbox.identity.sessions.size, 3)
    holdsNone(said, "what it said")
    assert.include(said, "mcp-agent-role")
  })

  it("44 stay inside every command, in words and for programs, with success and with failure", async () => {
    for (const words of [
      ["status"],
      ["status", "--json"],
      ["doctor"],
      ["doctor", "--json"],
      ["leases", "--json"],
      ["leases", "revoke", "--all"],
      ["tools", "aws_call"],
      ["call", "aws_get_caller_identity"],
      ["call", "vault_refresh_credentials", '{"ttl":"17m"}', "--json"],
      ["call", "aws_call", '{"service":"sts","operation":"GetSessionToken"}'],
      ["call", "s3_get_object", '{"bucket":"none-such-bucket","key":"x"}'],
      ["call", "aws_get_caller_identity", "--vault-aws-role", "none-such"],
    ]) {
      const { err, out } = await runProgram(words, { env: env() })
      assert.isAbove(out.length + err.length, 0, words.join(" "))
      holdsNone(`${out}${err}`, words.join(" "))
    }
  })

  it("44 stay inside a server that Vault misleads and whose answers echo what was asked", async () => {
    const echo = ({ body, headers, path }: WireRequest) =>
      answer({
        status: 500,
        headers: { "content-type": "application/json" },
        body: JSON.stringify({
          errors: [`${path} ${JSON.stringify(headers)} ${Buffer.from(body).toString("utf8")} ${[...tokens].join(" ")}`],
        }),
      })
    let last: WireRequest | undefined
    await Effect.runPromise(
      sandbox.faults.add(
        fault(
          observe((request) => (last = request)),
          { half: "vault" },
        ),
      ),
    )
    const server = rawServer([], env())
    await initialize(server)
    server.send(callMessage(2, "aws_get_caller_identity"))
    await server.answer(2)
    assert.isDefined(last)
    if (last !== undefined) await Effect.runPromise(sandbox.faults.add(fault(echo(last), { half: "vault" })))
    server.send(callMessage(3, "vault_refresh_credentials"))
    const { result } = await server.answer(3)
    assert.strictEqual(result?.["isError"], true)
    server.child.kill("SIGTERM")
    await server.exit
    holdsNone(`${server.lines.join("\n")}\n${server.stderr()}`, "what it said")
  })
})
