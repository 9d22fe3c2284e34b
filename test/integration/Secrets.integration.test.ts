/** Nothing that a server says, on either stream and at any level, holds a secret it works with, in any spelling. */
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { Effect, Exit, Redacted, Scope } from "effect"
import { formsOf } from "../../src/guard/Redactor.ts"
import { fault } from "../../src/sandbox/Faults.ts"
import { observe } from "../../src/sandbox/faults/Custom.ts"
import { type Sandbox, startSandbox } from "../../src/sandbox/Sandbox.ts"
import type { WireRequest } from "../../src/sandbox/Wire.ts"
import { callMessage, initialize, rawServer } from "../kit/RawServer.ts"

const scope = Effect.runSync(Scope.make())
let sandbox: Sandbox
const tokens = new Set<string>()

/** Every Vault token that came over the wire, the server's own among them. */
const listen = (request: WireRequest): void => {
  const sent = request.headers["authorization"]?.replace(/^Bearer /, "") ?? request.headers["x-vault-token"]
  if (sent !== undefined) tokens.add(sent)
}

beforeAll(async () => {
  sandbox = await Effect.runPromise(Scope.provide(startSandbox({ empty: false }), scope))
  await Effect.runPromise(sandbox.faults.add(fault(observe(listen), { half: "vault" })))
})
afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))

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

describe("secrets", () => {
  it("stay inside: no key, session token or Vault token in any frame or log line", async () => {
    const server = rawServer(["--log-level", "debug"], {
      VAULT_AWS_MCP_VAULT_ADDR: sandbox.vaultAddr,
      VAULT_AWS_MCP_VAULT_TOKEN: Redacted.value(sandbox.vaultToken),
      VAULT_AWS_MCP_AWS_ENDPOINT_URL: sandbox.awsUrl,
    })
    await initialize(server)
    for (const [i, [name, args]] of calls.entries()) {
      server.send(callMessage(10 + i, name, args))
      await server.answer(10 + i)
    }
    server.child.stdin?.end()
    assert.strictEqual((await server.exit).code, 0)
    const said = `${server.lines.join("\n")}\n${server.stderr()}`
    const { keys, sessions } = sandbox.identity
    const secrets = [
      ...tokens,
      ...[...sessions.values()].flatMap(({ secretKey, token }) => [secretKey, token]),
      ...[...keys.values()].map(({ secretKey }) => secretKey),
    ]
    assert.isAtLeast(tokens.size, 2) // the operator's and the server's own
    assert.isAtLeast(sessions.size, 3)
    for (const secret of secrets) {
      for (const form of formsOf(secret)) assert.isFalse(said.includes(form), `a secret was said: ${form.slice(0, 6)}…`)
    }
    assert.include(said, "mcp-agent-role")
  })
})
