/**
 * The built `doctor` on set-ups that are really broken: servers of the test's own, and the sandbox with policies, tokens,
 * roles and engines as an operator may have written them. Each is named and mended in words.
 */
import { spawn } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import * as http from "node:http"
import * as https from "node:https"
import * as net from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { Effect, Exit, Redacted, Scope } from "effect"
import type { Cause } from "../../src/doctor/Cause.ts"
import { type Check, type Link, LINKS } from "../../src/doctor/Check.ts"
import { type Sandbox, startSandbox } from "../../src/sandbox/Sandbox.ts"
import { file, hasOpenssl } from "../kit/Certificates.ts"
import { BIN, cleanEnv } from "../kit/RawServer.ts"
import { listening } from "../kit/RealVault.ts"

const folder = mkdtempSync(join(tmpdir(), "doctor-"))
const scope = Effect.runSync(Scope.make())
let sandbox: Sandbox

beforeAll(async () => {
  sandbox = await Effect.runPromise(Scope.provide(startSandbox({ empty: false }), scope))
})
afterAll(async () => {
  await Effect.runPromise(Scope.close(scope, Exit.void))
  rmSync(folder, { recursive: true, force: true })
})

type Env = Readonly<Record<string, string>>

/** Would be a leak wherever it is printed. */
const CANARY = "hvs.canary-canary-canary-canary-0123456789"

const run = (args: ReadonlyArray<string>, env: Env) =>
  Effect.callback<{ readonly code: number | null; readonly out: string; readonly err: string }>((resume) => {
    const child = spawn(process.execPath, [BIN, "doctor", ...args], { env: cleanEnv(env) })
    let out = ""
    let err = ""
    child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text))
    child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text))
    child.on("close", (code) => {
      const secrets = [CANARY, Redacted.value(sandbox.vaultToken), env["VAULT_AWS_MCP_VAULT_TOKEN"] ?? CANARY]
      for (const secret of secrets) assert.notInclude(`${out}${err}`, secret)
      resume(Effect.succeed({ code, out, err }))
    })
    return Effect.sync(() => void child.kill("SIGKILL"))
  })

/** What the doctor says of a set-up. */
const examine = Effect.fnUntraced(function* (env: Env) {
  const { code, err, out } = yield* run(["--json"], { VAULT_AWS_MCP_STATE_DIR: join(folder, "state"), ...env })
  const { checks } = JSON.parse(out) as { readonly checks: ReadonlyArray<Check> }
  assert.deepStrictEqual(
    checks.map(({ name }) => name),
    [...LINKS],
  )
  return { code, err, checks, of: (link: Link) => checks.find(({ name }) => name === link) }
})

/** The set-up is broken there, by that name, with words of the fix, and nothing after it was looked at. */
const broken = Effect.fnUntraced(function* (env: Env, link: Link, cause: Cause, fix: string) {
  const { checks, code, err, of } = yield* examine(env)
  const told = JSON.stringify(checks.filter(({ verdict }) => verdict !== "skipped"))
  assert.strictEqual(of(link)?.verdict, "fail", told)
  assert.strictEqual(of(link)?.cause, cause, told)
  assert.include(of(link)?.fix, fix)
  assert.strictEqual(code, 1)
  assert.strictEqual(err, `The chain is broken at: ${link} (${cause}).\n`)
  for (const { verdict } of checks.slice(LINKS.indexOf(link) + 1)) assert.strictEqual(verdict, "skipped")
  return of(link)
})

/** The set-up works and is warned of. */
const warned = Effect.fnUntraced(function* (env: Env, link: Link, cause: Cause, fix: string) {
  const { checks, code, of } = yield* examine(env)
  assert.deepInclude(of(link), { verdict: "warn", cause }, JSON.stringify(checks))
  assert.include(of(link)?.fix, fix)
  assert.strictEqual(code, 0)
})

interface Answer {
  readonly auth?: { readonly client_token: string }
}

/** An operator's own call to a sandbox's Vault, over its API. */
const operate = (path: string, body: object = {}, at: Sandbox = sandbox) =>
  Effect.promise(async () => {
    const response = await fetch(`${at.vaultAddr}/v1/${path}`, {
      method: "POST",
      headers: { "x-vault-token": Redacted.value(at.vaultToken), "content-type": "application/json" },
      body: JSON.stringify(body),
    })
    const text = await response.text()
    assert.isTrue(response.ok, `${path}: ${text}`)
    return text === "" ? {} : (JSON.parse(text) as Answer)
  })

const tokenWith = (body: object) =>
  Effect.map(operate("auth/token/create", { ttl: "1h", ...body }), ({ auth }) => auth?.client_token ?? "")

let policies = 0
/** A token with a policy of its own. */
const tokenFor = Effect.fnUntraced(function* (policy: string, more: object = {}) {
  const name = `doctor-${++policies}`
  yield* operate(`sys/policies/acl/${name}`, { policy })
  return yield* tokenWith({ policies: [name], ...more })
})

const READS = `path "aws/creds/mcp-agent-role" { capabilities = ["read"] }`
const CHILD = `path "auth/token/create" { capabilities = ["update"] }`
const ALL = `${READS}\n${CHILD}`

/** The settings of the sandbox, with a token of its root's or another. */
const at = (token = Redacted.value(sandbox.vaultToken), more: Env = {}): Env => ({
  VAULT_AWS_MCP_VAULT_ADDR: sandbox.vaultAddr,
  VAULT_AWS_MCP_VAULT_TOKEN: token,
  VAULT_AWS_MCP_AWS_ENDPOINT_URL: sandbox.awsUrl,
  ...more,
})
const to = (address: string, more: Env = {}): Env => ({
  VAULT_ADDR: address,
  VAULT_AWS_MCP_VAULT_TOKEN: CANARY,
  ...more,
})

/** A server that answers health with a status, and everything else by `rest`. */
const vaultNode = (status: number, health: object, rest: http.RequestListener) =>
  listening(
    http.createServer((request, response) => {
      if (request.url?.startsWith("/v1/sys/health") !== true) return rest(request, response)
      const body = { initialized: true, sealed: false, standby: true, version: "1.14.9", ...health }
      return void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body))
    }),
  ).pipe(Effect.map((port) => `http://127.0.0.1:${port}`))

const answer =
  (status: number, body: object, headers: http.OutgoingHttpHeaders = {}): http.RequestListener =>
  (_, response) =>
    void response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body))

const closedPort = Effect.scoped(listening(net.createServer()))

describe("the way to Vault", () => {
  it.live("dead address", () =>
    Effect.gen(function* () {
      yield* broken(to(`http://127.0.0.1:${yield* closedPort}`), "address", "dead_address", "VAULT_ADDR")
    }),
  )

  it.live("an address that never answers is given up in time", () =>
    Effect.gen(function* () {
      const sockets: Array<net.Socket> = []
      const port = yield* listening(net.createServer((socket) => void sockets.push(socket)))
      yield* Effect.addFinalizer(() => Effect.sync(() => sockets.forEach((socket) => socket.destroy())))
      const began = performance.now()
      yield* broken(to(`http://127.0.0.1:${port}`), "address", "no_answer", "VAULT_ADDR")
      assert.isBelow(performance.now() - began, 20_000)
    }),
  )

  it.live("https on a plain port", () =>
    Effect.gen(function* () {
      const env = at(CANARY, { VAULT_AWS_MCP_VAULT_ADDR: sandbox.vaultAddr.replace("http:", "https:") })
      yield* broken(env, "tls", "https_on_plain_port", sandbox.vaultAddr)
    }),
  )

  const secure = (name: string, options: https.ServerOptions = {}) =>
    listening(
      https.createServer(
        { key: readFileSync(file(`${name}.key`)), cert: readFileSync(file(`${name}.pem`)), ...options },
        answer(200, {}),
      ),
    )

  it.live.runIf(hasOpenssl)("http on a TLS port", () =>
    Effect.gen(function* () {
      const port = yield* secure("good")
      yield* broken(to(`http://127.0.0.1:${port}`), "tls", "http_on_tls_port", `https://127.0.0.1:${port}`)
    }),
  )

  it.live.runIf(hasOpenssl)("unknown CA, expired, wrong host, client certificate required", () =>
    Effect.gen(function* () {
      const ca = { VAULT_CACERT: file("ca.pem") }
      const wanting = { requestCert: true, rejectUnauthorized: true, ca: readFileSync(file("ca.pem")) }
      const cases = [
        [yield* secure("good"), {}, "tls_unknown_ca", "VAULT_CACERT"],
        [yield* secure("expired"), ca, "tls_expired", "renew"],
        [yield* secure("named"), ca, "tls_wrong_host", "VAULT_TLS_SERVER_NAME"],
        [yield* secure("good", wanting), ca, "tls_client_certificate", "VAULT_CLIENT_CERT"],
      ] as const
      for (const [port, env, cause, fix] of cases)
        yield* broken(to(`https://127.0.0.1:${port}`, env), "tls", cause, fix)
    }),
  )

  it.live("sealed, as the sandbox's Vault is after sys/seal", () =>
    Effect.gen(function* () {
      const own = yield* startSandbox({ empty: true })
      yield* operate("sys/seal", {}, own)
      yield* broken(to(own.vaultAddr), "seal", "sealed", "vault operator unseal")
    }),
  )

  it.live("uninitialised", () =>
    Effect.gen(function* () {
      const node = yield* vaultNode(501, { initialized: false, sealed: true }, answer(500, {}))
      yield* broken(to(node), "seal", "uninitialised", "vault operator init")
    }),
  )

  it.live("a standby: its target dead, no active node, a redirect to another host", () =>
    Effect.gen(function* () {
      const dead = `http://127.0.0.1:${yield* closedPort}`
      const nodes = [
        [answer(307, {}, { location: `${dead}/v1/x` }), "standby_target_dead", dead],
        [answer(503, { errors: ["no active Vault instance found"] }), "standby_no_active_node", "election"],
        [
          answer(307, {}, { location: "http://vault-2.test:8200/v1/x" }),
          "standby_other_host",
          "http://vault-2.test:8200",
        ],
      ] as const
      for (const [rest, cause, fix] of nodes) yield* broken(to(yield* vaultNode(429, {}, rest)), "active", cause, fix)
    }),
  )
})

describe("the token", () => {
  it.live("none, and a dead one", () =>
    Effect.gen(function* () {
      const { VAULT_AWS_MCP_VAULT_TOKEN: _, ...none } = at()
      yield* broken(none, "token", "no_token", "vault login")
      yield* broken(at(CANARY), "token", "dead_token", "vault login")
    }),
  )

  it.live("one whose uses are counted", () =>
    Effect.gen(function* () {
      yield* broken(at(yield* tokenFor(ALL, { num_uses: 50 })), "token", "num_uses_token", "without num_uses")
    }),
  )

  it.live("a batch token, one about to end, and root work with a warning", () =>
    Effect.gen(function* () {
      yield* warned(at(yield* tokenFor(ALL, { type: "batch" })), "token", "batch_token", "-type=service")
      yield* warned(at(yield* tokenFor(ALL, { ttl: "10m" })), "token", "token_ending", "vault token renew")
      yield* warned(at(), "token", "root_token", "-policy=vault-aws-mcp")
    }),
  )
})

describe("policies, mount and role", () => {
  it.live(
    "nothing is wrong with a token that has just the README's lines, and nothing is left of the examination",
    () =>
      Effect.gen(function* () {
        const before = [yield* sandbox.vault.liveLeases, 1 + (yield* sandbox.vault.liveTokens)]
        const state = join(folder, "healthy")
        const { checks, code, err } = yield* examine(at(yield* tokenFor(ALL), { VAULT_AWS_MCP_STATE_DIR: state }))
        assert.deepStrictEqual([yield* sandbox.vault.liveLeases, yield* sandbox.vault.liveTokens], before)
        assert.deepStrictEqual(readdirSync(join(state, "leases")), [])
        assert.deepStrictEqual([code, err], [0, ""])
        assert.deepStrictEqual(
          checks.filter(({ verdict }) => verdict !== "ok").map(({ name }) => name),
          ["role"],
        )
      }),
  )

  it.live("a missing policy line, with the mount and the role, for each endpoint", () =>
    Effect.gen(function* () {
      const token = yield* tokenFor(`path "aws/creds/another" { capabilities = ["read"] }`)
      for (const endpoint of ["creds", "sts", "static-creds"]) {
        const env = at(token, { VAULT_AWS_MCP_VAULT_AWS_CREDENTIALS: endpoint })
        const line = `path "aws/${endpoint}/mcp-agent-role" { capabilities = ["read"] }`
        yield* broken(env, "policy", "policy_missing", line)
      }
    }),
  )

  it.live("a token with no right at the mount: the line and the mount are both named", () =>
    Effect.gen(function* () {
      const env = at(yield* tokenFor(ALL), { VAULT_AWS_MCP_VAULT_AWS_MOUNT_PATH: "aws-prod" })
      const check = yield* broken(env, "policy", "policy_or_mount", 'path "aws-prod/creds/mcp-agent-role"')
      assert.include(check?.fix, "VAULT_AWS_MCP_VAULT_AWS_MOUNT_PATH")
    }),
  )

  it.live("a policy that gives nothing back is a warning with both lines", () =>
    Effect.gen(function* () {
      yield* warned(at(yield* tokenFor(READS)), "policy", "give_back_missing", CHILD)
    }),
  )

  it.live("nothing at the mount, and another engine there", () =>
    Effect.gen(function* () {
      const mount = (path: string): Env => ({ VAULT_AWS_MCP_VAULT_AWS_MOUNT_PATH: path })
      yield* broken(at(undefined, mount("no/such")), "mount", "mount_missing", "vault secrets enable -path=no/such aws")
      const line = `path "no/such/creds/mcp-agent-role" { capabilities = ["read"] }`
      yield* broken(at(yield* tokenFor(line), mount("no/such")), "mount", "mount_missing", "vault secrets enable")
      yield* broken(at(undefined, mount("secret")), "mount", "wrong_engine", "VAULT_AWS_MCP_VAULT_AWS_MOUNT_PATH")
    }),
  )

  it.live("an unknown role, seen at the role or told by asking", () =>
    Effect.gen(function* () {
      const role = { VAULT_AWS_MCP_VAULT_AWS_ROLE: "nobody" }
      yield* broken(at(undefined, role), "role", "role_unknown", "vault list aws/roles")
      const blind = yield* tokenFor(`path "aws/creds/*" { capabilities = ["read"] }\n${CHILD}`)
      yield* broken(at(blind, role), "credentials", "role_unknown", "vault list aws/roles")
    }),
  )

  it.live("a role with several ARNs, and an account's ARN that is not among them", () =>
    Effect.gen(function* () {
      const arns = ["arn:aws:iam::123456789012:role/one", "arn:aws:iam::123456789012:role/two"]
      yield* operate("aws/roles/two-arns", { credential_type: "assumed_role", role_arns: arns })
      const role = { VAULT_AWS_MCP_VAULT_AWS_ROLE: "two-arns" }
      yield* broken(at(undefined, role), "role", "role_arn_ambiguous", `role_arn: ${arns[0]}`)
      const blind = yield* tokenFor(`path "aws/creds/*" { capabilities = ["read"] }\n${CHILD}`)
      yield* broken(at(blind, role), "credentials", "role_arn_ambiguous", "role_arn:")
      const path = join(folder, "config.json")
      const prod = { role: "two-arns", role_arn: "arn:aws:iam::123456789012:role/three" }
      writeFileSync(path, JSON.stringify({ accounts: { prod } }))
      const env = at(undefined, { VAULT_AWS_MCP_CONFIG: path })
      yield* broken(env, "accounts", "role_arn_not_allowed", `role_arns=${arns.join(",")},${prod.role_arn}`)
    }),
  )

  it.live("a policy that forbids the session's name", () =>
    Effect.gen(function* () {
      const denying = `path "aws/creds/mcp-agent-role" { capabilities = ["read"]\n denied_parameters = { role_session_name = [] } }`
      const token = yield* tokenFor(`${denying}\n${CHILD}`)
      const fix = "VAULT_AWS_MCP_SESSION_NAME=off"
      yield* broken(at(token), "credentials", "session_name_forbidden", fix)
      assert.strictEqual((yield* examine(at(token, { VAULT_AWS_MCP_SESSION_NAME: "off" }))).code, 0)
    }),
  )

  it.live("a child whose policies do not lease", () =>
    Effect.gen(function* () {
      const env = at(undefined, { VAULT_AWS_MCP_VAULT_CHILD_POLICIES: "default" })
      yield* broken(env, "credentials", "child_policies", READS)
    }),
  )
})

describe("the agents", () => {
  const agent = (role: string | undefined, names?: string): Env => ({
    ...(role === undefined ? {} : { VAULT_AWS_MCP_AGENT_AWS_ROLE: role }),
    ...(names === undefined ? {} : { VAULT_AWS_MCP_AGENT_AWS_POLICIES: names }),
  })
  const creds = (role: string): string => `path "aws/creds/${role}" { capabilities = ["read"] }`

  it.live("a role of their own that is not there, seen at the role or told by asking", () =>
    Effect.gen(function* () {
      const fix = "set VAULT_AWS_MCP_AGENT_AWS_ROLE to one of: vault list aws/roles"
      yield* broken(at(undefined, agent("nobody")), "agents", "role_unknown", fix)
      const blind = yield* tokenFor(`path "aws/creds/*" { capabilities = ["read"] }\n${CHILD}`)
      yield* broken(at(blind, agent("nobody")), "agents", "role_unknown", fix)
      yield* broken(at(yield* tokenFor(ALL), agent("nobody")), "agents", "policy_missing", creds("nobody"))
    }),
  )

  it.live("policies that Vault refuses: not the token's own, or no child may be made", () =>
    Effect.gen(function* () {
      const bound = agent(undefined, "doctor-other")
      const subset = "let VAULT_AWS_MCP_AGENT_AWS_POLICIES name only policies that your token has itself"
      yield* broken(at(yield* tokenFor(ALL), bound), "agents", "child_policies", subset)
      const revoking = `path "sys/leases/revoke" { capabilities = ["update"] }`
      const check = yield* broken(
        at(yield* tokenFor(`${READS}\n${revoking}`), bound),
        "agents",
        "child_refused",
        "unset",
      )
      assert.include(check?.detail, CHILD)
    }),
  )

  it.live("policies that do not lease, and such as are not there", () =>
    Effect.gen(function* () {
      yield* operate("sys/policies/acl/doctor-kv", { policy: `path "secret/*" { capabilities = ["read"] }` })
      const role = "mcp-auditor-role"
      yield* broken(at(undefined, agent(role, "doctor-kv")), "agents", "child_policies", creds(role))
      yield* broken(
        at(undefined, agent(role, "doctor-nil")),
        "agents",
        "policy_unknown",
        "vault policy write doctor-nil",
      )
      yield* operate("sys/policies/acl/doctor-aws", { policy: creds(role) })
      yield* warned(at(undefined, agent(role, "doctor-aws,doctor-nil")), "agents", "policy_unknown", "doctor-nil")
    }),
  )

  it.live("are well with what they need, and nothing is left of looking at them", () =>
    Effect.gen(function* () {
      const role = "mcp-auditor-role"
      yield* operate("sys/policies/acl/doctor-both", { policy: `${ALL}\n${creds(role)}` })
      yield* operate("sys/policies/acl/doctor-agent", { policy: creds(role) })
      const token = yield* tokenWith({ policies: ["doctor-both", "doctor-agent"] })
      const before = [yield* sandbox.vault.liveLeases, yield* sandbox.vault.liveTokens]
      const state = join(folder, "agents")
      const more = { ...agent(role, "doctor-agent"), VAULT_AWS_MCP_STATE_DIR: state }
      const { code, of } = yield* examine(at(token, { ...more, VAULT_AWS_MCP_AGENT_VAULT_POLICIES: "default" }))
      assert.deepInclude(of("agents"), { verdict: "ok", detail: "nothing speaks against aws, vault" })
      assert.strictEqual(code, 0)
      assert.deepStrictEqual([yield* sandbox.vault.liveLeases, yield* sandbox.vault.liveTokens], before)
      assert.deepStrictEqual(readdirSync(join(state, "leases")), [])
    }),
  )
})

const xml =
  (code: string, message: string): http.RequestListener =>
  (_, response) =>
    void response
      .writeHead(403, { "content-type": "text/xml" })
      .end(`<ErrorResponse><Error><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`)

const ROLE = "arn:aws:iam::123456789012:role/McpAgent"
const REFUSED = `User: arn:aws:iam::123456789012:user/vault is not authorized to perform: sts:AssumeRole on resource: ${ROLE}`

let engines = 0
/** An AWS engine whose STS is elsewhere, with a role; the settings to use it. */
const engineAt = Effect.fnUntraced(function* (endpoint: string) {
  const mount = `aws-${++engines}`
  yield* operate(`sys/mounts/${mount}`, { type: "aws" })
  const key = { access_key: "AKIAEXAMPLEEXAMPLE12", secret_key: "a-secret-of-the-test", region: "us-east-1" }
  yield* operate(`${mount}/config/root`, { ...key, iam_endpoint: endpoint, sts_endpoint: endpoint })
  yield* operate(`${mount}/roles/mcp-agent-role`, { credential_type: "assumed_role", role_arns: [ROLE] })
  const token = yield* tokenFor(`path "${mount}/*" { capabilities = ["read"] }\n${CHILD}`)
  return at(token, { VAULT_AWS_MCP_VAULT_AWS_MOUNT_PATH: mount })
})

describe("AWS", () => {
  it.live("refusing AssumeRole is quoted, with the trust policy to write", () =>
    Effect.gen(function* () {
      const sts = yield* listening(http.createServer(xml("AccessDenied", REFUSED)))
      const env = yield* engineAt(`http://127.0.0.1:${sts}`)
      const principal = '"Principal": { "AWS": "arn:aws:iam::123456789012:user/vault" }'
      const check = yield* broken(env, "credentials", "assume_role_refused", principal)
      assert.include(check?.detail, REFUSED)
    }),
  )

  it.live("not knowing the engine's key, and out of Vault's reach", () =>
    Effect.gen(function* () {
      const unknown = yield* engineAt(sandbox.awsUrl)
      yield* broken(unknown, "credentials", "engine_key_refused", "/config/root access_key=")
      const lost = yield* engineAt(`http://127.0.0.1:${yield* closedPort}`)
      yield* broken(lost, "credentials", "engine_cannot_reach_aws", "sts_endpoint")
    }),
  )

  it.live("an endpoint where nobody is, told before anything is leased", () =>
    Effect.gen(function* () {
      const env = at(undefined, { VAULT_AWS_MCP_AWS_ENDPOINT_URL: `http://127.0.0.1:${yield* closedPort}` })
      yield* broken(env, "aws", "aws_unreachable", "VAULT_AWS_MCP_AWS_ENDPOINT_URL")
    }),
  )

  it.live("another one than Vault's engine asks", () =>
    Effect.gen(function* () {
      const other = yield* listening(http.createServer(xml("InvalidClientTokenId", "The token is invalid")))
      const env = at(undefined, { VAULT_AWS_MCP_AWS_ENDPOINT_URL: `http://127.0.0.1:${other}` })
      const before = yield* sandbox.vault.liveLeases
      yield* broken(env, "identity", "credentials_refused", "VAULT_AWS_MCP_AWS_ENDPOINT_URL")
      assert.strictEqual(yield* sandbox.vault.liveLeases, before)
    }),
  )

  it.live("a clock that is twenty minutes off", () =>
    Effect.gen(function* () {
      const date = new Date(Date.now() + 20 * 60_000).toUTCString()
      const ahead = yield* listening(http.createServer(answer(200, {}, { date })))
      const env = at(undefined, { VAULT_AWS_MCP_AWS_ENDPOINT_URL: `http://127.0.0.1:${ahead}` })
      yield* broken(env, "clock", "clock_skew", "timedatectl")
    }),
  )
})

describe("this machine", () => {
  it.live("a state directory that cannot be written is a warning", () =>
    Effect.gen(function* () {
      const inTheWay = join(folder, "a-file")
      writeFileSync(inTheWay, "")
      const env = at(undefined, { VAULT_AWS_MCP_STATE_DIR: join(inTheWay, "state") })
      yield* warned(env, "journal", "state_dir_not_writable", "VAULT_AWS_MCP_STATE_DIR")
    }),
  )

  it.live("people read it within 100 columns, by the name of the cause", () =>
    Effect.gen(function* () {
      const token = yield* tokenFor(`path "aws/creds/another" { capabilities = ["read"] }`)
      const { code, err, out } = yield* run([], at(token))
      assert.deepStrictEqual([code, err], [1, "The chain is broken at: policy (policy_missing).\n"])
      assert.match(out, /^broken {3}policy {6}policy missing: the token may not read/m)
      assert.match(out, /^ {23}path "aws\/creds\/mcp-agent-role" \{ capabilities = \["read"\] \}$/m)
      for (const line of out.split("\n")) assert.isAtMost(line.length, 100, line)
    }),
  )
})
