/** The doctor in the sandbox: healthy, and with one link broken at a time. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted, type Scope } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import * as net from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { layerWorld } from "../../src/app/Live.ts"
import { AppConfig, type AppConfigShape } from "../../src/config/AppConfig.ts"
import type { Check } from "../../src/doctor/Check.ts"
import { examine } from "../../src/doctor/Doctor.ts"
import { Redactor } from "../../src/guard/Redactor.ts"
import { fault } from "../../src/sandbox/Faults.ts"
import { answer } from "../../src/sandbox/faults/Custom.ts"
import { type Sandbox, startSandbox } from "../../src/sandbox/Sandbox.ts"
import { config } from "../kit/FakeVault.ts"

type Change = (sandbox: Sandbox) => Effect.Effect<Partial<AppConfigShape["vault"]>, never, Scope.Scope>

/** An operator's own call to the sandbox's Vault. */
const operate = Effect.fnUntraced(function* (sandbox: Sandbox, method: string, path: string, body: object = {}) {
  const response = yield* sandbox.vault.handler({
    method,
    path: `/v1/${path}`,
    query: "",
    headers: { "x-vault-token": Redacted.value(sandbox.vaultToken), "content-type": "application/json" },
    body: Buffer.from(JSON.stringify(body)),
  })
  const text = "closed" in response ? "" : Buffer.from(response.body).toString("utf8")
  return text === "" ? {} : (JSON.parse(text) as { readonly auth?: { readonly client_token: string } })
})

const tokenWith = (sandbox: Sandbox, body: object) =>
  Effect.map(operate(sandbox, "POST", "auth/token/create", body), ({ auth }) => Redacted.make(auth?.client_token ?? ""))

/** Examines a sandbox after a change; checks by their name. */
const after = Effect.fnUntraced(function* (change: Change) {
  const sandbox = yield* startSandbox({ empty: false })
  const vault = {
    ...config.vault,
    address: sandbox.vaultAddr,
    token: sandbox.vaultToken,
    ...(yield* change(sandbox)),
  }
  const settings = Layer.succeed(AppConfig, { ...config, vault, awsEndpoint: sandbox.awsUrl })
  const world = yield* Layer.build(Layer.provideMerge(layerWorld, Layer.merge(settings, Redactor.layer)))
  const checks = yield* Effect.provide(examine, world)
  return Object.fromEntries(checks.map((check) => [check.name, check]))
})

const verdicts = (checks: Readonly<Record<string, Check>>): string =>
  Object.values(checks)
    .map(({ name, verdict }) => `${name}=${verdict}`)
    .join(" ")

describe("the doctor", () => {
  it.live("finds every link good, and warns of a root token", () =>
    Effect.gen(function* () {
      const checks = yield* after(() => Effect.succeed({}))
      assert.strictEqual(
        verdicts(checks),
        "address=ok tls=ok seal=ok token=warn policy=ok mount=ok role=ok credentials=ok identity=ok",
      )
      assert.match(checks["identity"]?.detail ?? "", /assumed-role\/mcp-agent-role/)
    }),
  )

  it.live("a token with just the policy needs no warning", () =>
    Effect.gen(function* () {
      const checks = yield* after((sandbox) =>
        Effect.gen(function* () {
          yield* operate(sandbox, "POST", "sys/policies/acl/full", {
            policy: `path "aws/creds/*" { capabilities = ["read"] }
path "auth/token/create" { capabilities = ["update"] }`,
          })
          return { token: yield* tokenWith(sandbox, { policies: ["full"], ttl: "1h" }) }
        }),
      )
      assert.notInclude(verdicts(checks), "fail")
      assert.strictEqual(checks["token"]?.verdict, "ok")
      assert.strictEqual(checks["role"]?.verdict, "skipped") // this token may not read roles
    }),
  )

  it.live("finds nothing wrong with a unix socket, over which nothing crosses a network", () =>
    Effect.gen(function* () {
      const folder = yield* Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(join(tmpdir(), "vault-doctor-"))),
        (made) => Effect.sync(() => rmSync(made, { recursive: true })),
      )
      const path = join(folder, "agent.sock")
      const checks = yield* after((sandbox) =>
        Effect.acquireRelease(
          Effect.callback<net.Server>((resume) => {
            const port = Number(new URL(sandbox.vaultAddr).port)
            const server = net.createServer((socket) => {
              const inner = net.connect(port, "127.0.0.1")
              inner.on("error", () => socket.destroy()).pipe(socket)
              socket.on("error", () => inner.destroy()).pipe(inner)
            })
            server.listen(path, () => resume(Effect.succeed(server)))
          }),
          (server) => Effect.sync(() => server.close()),
        ).pipe(Effect.as({ address: `unix://${path}` })),
      )
      assert.strictEqual(checks["identity"]?.verdict, "ok")
      assert.deepInclude(checks["tls"], { verdict: "ok", detail: "a socket of this machine" })
    }),
  )

  const broken: ReadonlyArray<readonly [string, Change, string, RegExp]> = [
    ["nobody at the address", () => Effect.succeed({ address: "http://127.0.0.1:1" }), "address", /refused/],
    [
      "a sealed Vault",
      (sandbox) => Effect.as(operate(sandbox, "POST", "sys/seal"), {}),
      "seal",
      /vault operator unseal/,
    ],
    ["no token", () => Effect.succeed({ token: undefined }), "token", /vault login/],
    [
      "a token that is dead",
      () => Effect.succeed({ token: Redacted.make("hvs.dead") }),
      "token",
      /log in|login|token/i,
    ],
    [
      "a token whose uses are counted",
      (sandbox) => Effect.map(tokenWith(sandbox, { num_uses: 50, ttl: "1h" }), (token) => ({ token })),
      "token",
      /num_uses/,
    ],
    [
      "a token without the policy",
      (sandbox) => Effect.map(tokenWith(sandbox, { policies: ["default"], ttl: "1h" }), (token) => ({ token })),
      "policy",
      /path "aws\/creds\/mcp-agent-role" \{ capabilities = \["read"\] \}/,
    ],
    [
      "another engine at the mount",
      () => Effect.succeed({ mount: "secret" }),
      "mount",
      /VAULT_AWS_MCP_VAULT_AWS_MOUNT_PATH/,
    ],
    ["a role that is not there", () => Effect.succeed({ role: "no-such-role" }), "role", /no-such-role/],
    [
      "an AWS that refuses Vault",
      (sandbox) =>
        Effect.as(
          sandbox.faults.add(
            fault(
              answer({
                status: 403,
                headers: { "content-type": "text/xml" },
                body: "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not that role</Message></Error><RequestId>7ad6a0b2-8c4d-4e9b-9d0a-1d2f3a4b5c6d</RequestId></ErrorResponse>",
              }),
              { half: "aws", about: "AssumeRole" },
            ),
          ),
          {},
        ),
      "credentials",
      /AccessDenied[\s\S]*not that role/,
    ],
  ]

  it.live.each(broken)("%s: names the link, says how to mend it, and stops there", ([, change, link, words]) =>
    Effect.gen(function* () {
      const checks = yield* after(change)
      const found = checks[link]
      assert.strictEqual(found?.verdict, "fail", verdicts(checks))
      assert.match(`${found?.detail} ${found?.fix ?? ""}`, words)
      const names = Object.keys(checks)
      const later = names.slice(names.indexOf(link) + 1).map((name) => checks[name]?.verdict)
      assert.notInclude(later, "ok")
      assert.strictEqual(names.at(-1), "identity")
    }),
  )
})
