/** Behaviours 39 and 40 of the Vault client: addresses as people write them, namespaces, and names in paths. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Layer, Redacted, Scope, Duration } from "effect"
import * as http from "node:http"
import * as https from "node:https"
import * as net from "node:net"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { TokenSource } from "../../src/config/TokenSource.ts"
import { LeaseId } from "../../src/core/Ids.ts"
import { Redactor } from "../../src/guard/Redactor.ts"
import { LeaseManager } from "../../src/lease/LeaseManager.ts"
import { Vault } from "../../src/vault/Vault.ts"
import { Login } from "../../src/vault/login/Login.ts"
import { VaultAuth } from "../../src/vault/VaultAuth.ts"
import { file, hasOpenssl } from "../kit/Certificates.ts"
import { target } from "../kit/FakeVault.ts"
import { vaultFrom } from "../kit/FromEnv.ts"
import { askReal, CREDS, listening, LOOKUP, vaultLike } from "../kit/RealVault.ts"
import {
  type Answer,
  askVault,
  callVault,
  configLayer,
  envelope,
  inTime,
  type Seen,
  token,
  vaultOver,
} from "../kit/VaultOverHttp.ts"
import { memoryJournal } from "../kit/MemoryJournal.ts"

const OK: Answer = { status: 200, json: { data: {} } }

describe("an address", () => {
  it.effect("39 may have a path, trailing slashes, no port, or be an IPv6 one", () =>
    Effect.gen(function* () {
      for (const [written, host, path] of [
        ["http://vault.test:8200", "vault.test:8200", "/v1/auth/token/lookup-self"],
        ["http://vault.test:8200/", "vault.test:8200", "/v1/auth/token/lookup-self"],
        ["http://vault.test/behind//", "vault.test", "/behind/v1/auth/token/lookup-self"],
        ["HTTP://VAULT.test/a/b", "vault.test", "/a/b/v1/auth/token/lookup-self"],
        ["http://[::1]:8200", "[::1]:8200", "/v1/auth/token/lookup-self"],
        ["http://[FD00::1]/", "[fd00::1]", "/v1/auth/token/lookup-self"],
      ] as const) {
        const vault = yield* vaultFrom({ VAULT_ADDR: written })
        const { seen } = yield* askVault(LOOKUP, () => OK, vault)
        assert.deepStrictEqual([seen[0]?.host, seen[0]?.path], [host, path], written)
      }
    }),
  )

  it.effect("39 without a scheme, of another scheme, or with credentials is refused plainly and not repeated", () =>
    Effect.gen(function* () {
      for (const written of [
        "vault.test:8200",
        "//vault.test",
        "ftp://vault.test",
        "https://",
        "https://me:hunter2@vault.test",
        "https://hunter2@vault.test",
        "https://vault.test?token=hunter2",
        "https://vault.test/#hunter2",
        "unix://run/vault.sock",
      ]) {
        const refused = yield* Effect.flip(vaultFrom({ VAULT_ADDR: written }))
        assert.include(refused.message, "VAULT_ADDR")
        assert.include(refused.message, "https://vault.example.com:8200")
        const { message, reason, seen } = yield* askVault(LOOKUP, () => OK, { address: written })
        assert.strictEqual(reason?._tag, "AddressRefused", written)
        assert.include(message, "Set VAULT_ADDR to something like")
        assert.strictEqual(seen.length, 0)
        for (const text of [refused.message, message]) assert.notInclude(text, "hunter2")
      }
    }),
  )

  it.live("39 of a unix socket is spoken to over the socket, which messages name", () =>
    Effect.gen(function* () {
      const folder = yield* Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(join(tmpdir(), "vault-address-"))),
        (made) => Effect.sync(() => rmSync(made, { recursive: true })),
      )
      const vault = yield* vaultFrom({ VAULT_AGENT_ADDR: `unix://${folder}/agent.sock`, VAULT_MAX_RETRIES: "0" })
      const absent = yield* askReal(vault.address, vault)
      assert.include(absent.message, `Vault at unix://${folder}/agent.sock cannot be reached`)
      const heard: Array<string | undefined> = []
      const server = http.createServer((request, response) => {
        heard.push(request.url)
        // An Agent whose Vault is a standby: over the socket nothing else can be reached.
        if (request.url?.includes("creds")) response.writeHead(307, { location: "http://localhost:1/v1/x" }).end()
        else vaultLike(request, response)
      })
      yield* Effect.acquireRelease(
        Effect.callback<void>((resume) => void server.listen(join(folder, "agent.sock"), () => resume(Effect.void))),
        () => Effect.callback<void>((resume) => void server.close(() => resume(Effect.void))),
      )
      assert.strictEqual((yield* askReal(vault.address, vault)).status, 200)
      const standby = yield* askReal(vault.address, vault, CREDS)
      assert.strictEqual(standby.reason?._tag, "Standby")
      assert.include(standby.message, `unix://${folder}/agent.sock`)
      assert.deepStrictEqual(heard, ["/v1/auth/token/lookup-self", "/v1/aws/creds/dev"])
    }),
  )

  it.live.skipIf(!hasOpenssl)("39 of the wrong scheme is told, either way round, with the scheme to write", () =>
    Effect.gen(function* () {
      // A Vault's own listener, which is Go's, answers plain HTTP in words; others close the connection.
      const words = "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n"
      const goes = yield* listening(net.createServer((socket) => void socket.once("data", () => socket.end(words))))
      const key = { key: readFileSync(file("good.key")), cert: readFileSync(file("good.pem")) }
      const nodes = yield* listening(https.createServer(key, vaultLike))
      for (const port of [goes, nodes]) {
        const { message } = yield* askReal(`http://127.0.0.1:${port}`)
        assert.include(message, "https://")
      }
      const plain = yield* listening(http.createServer(vaultLike))
      const { message, reason } = yield* askReal(`https://127.0.0.1:${plain}`, {}, CREDS)
      assert.strictEqual(reason?._tag, "TlsFailed")
      assert.include(message, "Write http://")
    }),
  )
})

const NAMESPACE = "team-a/prod"
const LEASE = LeaseId.make("aws/creds/dev/AbCdEfGhIjKlMnOpQrStUvWx.Ns1Id")
const auth = { client_token: "hvs.child", accessor: "acc", policies: ["p"], lease_duration: 900, renewable: true }
const data = { access_key: "AKIAIOSFODNN7EXAMPLE", secret_key: "secret", security_token: null }

/** A Vault as far as leasing goes. */
const leasing = ({ path }: Seen): Answer => {
  if (path.endsWith("/lookup-self")) return envelope({ data: { type: "service", ttl: 3600, policies: ["p"] } })
  if (path.endsWith("/capabilities-self")) return envelope({ data: { "auth/token/create": ["update"] } })
  if (path.startsWith("/v1/auth/token/create") || path.endsWith("/renew-self")) return envelope({ auth })
  if (path.includes("/creds/")) return envelope({ lease_id: LEASE, lease_duration: 600, renewable: true, data })
  if (path.endsWith("/leases/renew")) return envelope({ lease_id: LEASE, lease_duration: 600, renewable: true })
  return { status: 204 }
}

describe("a namespace", () => {
  it.effect("40 goes with every call that leasing makes, from the first look at the token to its end", () =>
    Effect.gen(function* () {
      const { seen, vault } = vaultOver(leasing, { namespace: NAMESPACE })
      const tokens = Layer.succeed(TokenSource, { token: Effect.succeed(Redacted.make("hvs.operator")) })
      const login = Layer.succeed(Login, { logIn: undefined })
      const given = Layer.mergeAll(configLayer({ namespace: NAMESPACE }), Redactor.layer, tokens, login, memoryJournal)
      const layer = LeaseManager.layer.pipe(
        Layer.provideMerge(VaultAuth.layer),
        Layer.provide(vault),
        Layer.provide(given),
      )
      const scope = yield* Scope.make()
      const world = yield* Layer.buildWithScope(layer, scope)
      yield* Effect.gen(function* () {
        const manager = yield* LeaseManager
        yield* manager.lease(target)
        yield* inTime(Effect.sleep("11 minutes"))
        yield* manager.revoke(target.principal)
        yield* manager.lease(target)
      }).pipe(Effect.provide(world))
      yield* Scope.close(scope, Exit.void)
      const paths = new Set(seen.map(({ path }) => path.replace(/\?.*/, "").slice(4)))
      for (const path of [
        "auth/token/lookup-self",
        "sys/capabilities-self",
        "auth/token/create",
        "aws/creds/mcp-agent-role",
        "sys/leases/renew",
        "auth/token/renew-self",
        "sys/leases/revoke",
        "auth/token/revoke-self",
      ]) {
        assert.isTrue(paths.has(path), path)
      }
      for (const { headers, path } of seen) assert.strictEqual(headers["x-vault-namespace"], NAMESPACE, path)
    }),
  )

  it.effect("40 leaves lease ids as they are, with the namespace's own id at the end", () =>
    Effect.gen(function* () {
      const { value } = yield* callVault(
        (vault) => vault.credentials(token, { endpoint: "creds", mount: "aws", role: "dev" }),
        leasing,
      )
      assert.strictEqual(value?.leaseId, LEASE)
      for (const use of [
        (vault: Vault["Service"]) => vault.renewLease(token, LEASE, Duration.minutes(5)),
        (vault: Vault["Service"]) => vault.revokeLease(token, LEASE, { sync: true }),
        (vault: Vault["Service"]) => vault.lookupLease(token, LEASE),
      ]) {
        const { seen } = yield* callVault<unknown, unknown>(use, leasing)
        assert.deepInclude(seen[0]?.body, { lease_id: LEASE })
      }
    }),
  )
})

describe("a name in a path", () => {
  it.effect("40 is encoded or refused, and never leads to another endpoint", () =>
    Effect.gen(function* () {
      const sent = [
        ["dev", "/v1/aws/creds/dev"],
        ["a b", "/v1/aws/creds/a%20b"],
        ["dév", "/v1/aws/creds/d%C3%A9v"],
        ["r\u00f4le?ttl=9#x", "/v1/aws/creds/r%C3%B4le%3Fttl%3D9%23x"],
        ["a%2f..%2f..%2fsys", "/v1/aws/creds/a%252f..%252f..%252fsys"],
        ["%2e%2e", "/v1/aws/creds/%252e%252e"],
        ["😀", "/v1/aws/creds/%F0%9F%98%80"],
      ] as const
      for (const [role, path] of sent) {
        const { seen } = yield* callVault(
          (vault) => vault.credentials(token, { endpoint: "creds", mount: "aws", role }),
          leasing,
        )
        assert.strictEqual(seen[0]?.path, path)
      }
      for (const role of ["", ".", "..", "../../sys/seal", "a/b", "a\\b", "a\nb", "\u007f", "\ud800"]) {
        const { error, seen } = yield* callVault(
          (vault) => vault.credentials(token, { endpoint: "creds", mount: "aws", role }),
          leasing,
        )
        assert.strictEqual(error?.reason._tag, "InvalidRequest", JSON.stringify(role))
        assert.strictEqual(seen.length, 0)
      }
    }),
  )

  it.effect("40 of a mount may have slashes between its parts, and the parts are held to the same", () =>
    Effect.gen(function* () {
      for (const [mount, path] of [
        ["team/aws", "/v1/team/aws/creds/dev"],
        ["/team/aws/", "/v1/team/aws/creds/dev"],
        ["tëam/a b", "/v1/t%C3%ABam/a%20b/creds/dev"],
        ["aws%2f..%2fsys", "/v1/aws%252f..%252fsys/creds/dev"],
      ] as const) {
        const { seen } = yield* callVault(
          (vault) => vault.credentials(token, { endpoint: "creds", mount, role: "dev" }),
          leasing,
        )
        assert.strictEqual(seen[0]?.path, path)
      }
      for (const mount of ["..", "aws/..", "aws/../sys", "a//b", "", "/", "aws/./x", "a\\b"]) {
        const { error, seen } = yield* callVault(
          (vault) => vault.credentials(token, { endpoint: "creds", mount, role: "dev" }),
          leasing,
        )
        assert.strictEqual(error?.reason._tag, "InvalidRequest", mount)
        assert.strictEqual(seen.length, 0)
      }
    }),
  )
})
