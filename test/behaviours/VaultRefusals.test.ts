/** Behaviours 33 to 35 of the Vault client: lost answers, limits, and the two meanings of 403. */
import { assert, describe, it } from "@effect/vitest"
import { Clock, Duration, Effect, Exit, Layer, Redacted, Scope } from "effect"
import * as http from "node:http"
import { inspect } from "node:util"
import { layerWorld } from "../../src/app/Live.ts"
import { AppConfig } from "../../src/config/AppConfig.ts"
import { Redactor } from "../../src/guard/Redactor.ts"
import { LeaseManager } from "../../src/lease/LeaseManager.ts"
import { fault } from "../../src/sandbox/Faults.ts"
import { reset } from "../../src/sandbox/faults/Connection.ts"
import { startSandbox } from "../../src/sandbox/Sandbox.ts"
import { Vault } from "../../src/vault/Vault.ts"
import type { VaultCall } from "../../src/vault/VaultCall.ts"
import { config, target } from "../kit/FakeVault.ts"
import { askReal, CREDS, listening, LOOKUP } from "../kit/RealVault.ts"
import {
  type Answer,
  askVault,
  callVault,
  CANARY,
  DEAD,
  DENIED,
  envelope,
  refusal,
  type Seen,
  token,
} from "../kit/VaultOverHttp.ts"

const OK: Answer = { status: 200, json: { data: {} } }
const ROLE = { ...CREDS, subject: { mount: "aws", role: "dev" } } satisfies VaultCall
/** From the first request to the last. */
const took = (seen: ReadonlyArray<Seen>) => (seen.at(-1)?.at ?? 0) - (seen[0]?.at ?? 0)

describe("a lost answer", () => {
  const losses: ReadonlyArray<readonly [string, http.RequestListener]> = [
    ["502", (_, response) => void response.writeHead(502).end("<h1>bad gateway</h1>")],
    ["504", (_, response) => void response.writeHead(504).end()],
    ["a reset", (request) => void request.socket.resetAndDestroy()],
    ["an end", (request) => void request.socket.end()],
    [
      "half an answer",
      ({ socket }, response) =>
        void response.writeHead(200, { "content-length": 900 }).write('{"data":', () => socket.destroySoon()),
    ],
  ]
  for (const [name, lose] of losses) {
    it.live(`33 by ${name} after the creds request was sent is not asked for again, and the stray lease is told`, () =>
      Effect.gen(function* () {
        let creds = 0
        let reads = 0
        const server = http.createServer((request, response) => {
          if (request.url?.includes("creds")) creds++
          else reads++
          lose(request, response)
        })
        const address = `http://127.0.0.1:${yield* listening(server)}`
        const { message, reason } = yield* askReal(address, { maxRetries: 5 }, CREDS)
        assert.strictEqual(reason?._tag, "OutcomeUnknown")
        assert.include(message, "may have issued something that nobody saw")
        assert.include(message, "ends with the Vault token")
        assert.strictEqual(creds, 1)
        // What only reads is asked for again.
        yield* askReal(address, { maxRetries: 1 }, LOOKUP)
        assert.strictEqual(reads, 2)
      }),
    )
  }

  it.live("33 leaves a lease that the child token takes with it", () =>
    Effect.gen(function* () {
      const sandbox = yield* startSandbox({ empty: false })
      const vault = { ...config.vault, address: sandbox.vaultAddr, token: sandbox.vaultToken }
      const given = Layer.merge(Layer.succeed(AppConfig, { ...config, vault }), Redactor.layer)
      const scope = yield* Scope.make()
      const world = yield* Layer.buildWithScope(Layer.provideMerge(layerWorld, given), scope)
      yield* sandbox.faults.add(fault(reset, { half: "vault", about: "/creds/", times: 1 }))
      const error = yield* LeaseManager.use((manager) => Effect.flip(manager.lease(target))).pipe(Effect.provide(world))
      assert.strictEqual(error.code, "vault_outcome_unknown")
      assert.strictEqual(yield* sandbox.vault.liveLeases, 1)
      yield* Scope.close(scope, Exit.void)
      // Vault ends a revoked token's leases a moment later.
      const left = yield* Effect.all([sandbox.vault.liveLeases, sandbox.vault.liveTokens]).pipe(
        Effect.delay("5 millis"),
        Effect.repeat({ until: ([leases, tokens]) => leases + tokens === 0, times: 400 }),
      )
      assert.deepStrictEqual(left, [0, 0])
    }),
  )
})

describe("a limit", () => {
  const quota = (headers: Record<string, string>): Answer => ({
    status: 429,
    json: { errors: ['request path "aws/creds/dev": rate limit quota exceeded'] },
    headers,
  })
  const DATE = "Wed, 21 Oct 2026 07:28:00 GMT"

  it.effect("34 with Retry-After in seconds or as a date is kept to, up to the time limit", () =>
    Effect.gen(function* () {
      for (const headers of [
        { "retry-after": "9" },
        { "retry-after": "Wed, 21 Oct 2026 07:28:09 GMT", date: DATE },
      ] as const) {
        const patient = yield* askVault(CREDS, (_, nth) => (nth === 1 ? quota(headers) : OK))
        assert.strictEqual(patient.reply?.status, 200)
        assert.isAtLeast(took(patient.seen), 9000)
        assert.isBelow(took(patient.seen), 9200)
        const began = yield* Clock.currentTimeMillis
        const hurried = yield* askVault(CREDS, () => quota(headers), { timeout: Duration.seconds(5) })
        assert.strictEqual(hurried.seen.length, 1)
        assert.isBelow((yield* Clock.currentTimeMillis) - began, 5000)
        assert.include(hurried.message, "Try again in 9 s")
      }
    }),
  )

  it.effect("34 on the number of leases is not hammered", () =>
    Effect.gen(function* () {
      const { message, reason, seen } = yield* askVault(CREDS, () => refusal(429, "lease count quota exceeded"), {
        maxRetries: 9,
      })
      assert.strictEqual(reason?._tag, "RateLimited")
      assert.include(message, "lease count quota exceeded")
      assert.strictEqual(seen.length, 1)
    }),
  )

  it.effect("34 of a state that is not there yet (412) is asked again, also for credentials", () =>
    Effect.gen(function* () {
      const behind = refusal(412, "required index state not present")
      const { reply, seen } = yield* askVault(CREDS, (_, nth) => (nth === 1 ? behind : OK))
      assert.strictEqual(reply?.status, 200)
      assert.strictEqual(seen.length, 2)
    }),
  )

  it.effect("34 is not what 429, 472 and 473 mean at sys/health: they name the state of the node", () =>
    Effect.gen(function* () {
      const base = { initialized: true, sealed: false, standby: true }
      for (const [status, more, state] of [
        [429, {}, "standby"],
        [472, { replication_dr_mode: "secondary" }, "dr-secondary"],
        [473, { performance_standby: true }, "performance-standby"],
        [501, { initialized: false, sealed: true }, "uninitialised"],
        [503, { sealed: true }, "sealed"],
        [200, { standby: false }, "active"],
      ] as const) {
        const { seen, value } = yield* callVault(
          (vault) => vault.health,
          () => ({ status, json: { ...base, ...more } }),
        )
        assert.strictEqual(value?.state, state)
        assert.strictEqual(seen.length, 1)
      }
    }),
  )
})

describe("a 403", () => {
  it.effect("35 of a dead token says to log in, one of a missing policy gives the line that the policy needs", () =>
    Effect.gen(function* () {
      for (const text of ["permission denied", "invalid token", "bad token"]) {
        const dead = yield* askVault(ROLE, () => refusal(403, text))
        assert.strictEqual(dead.reason?._tag, "TokenDead", text)
        assert.include(dead.message, "Log in again")
      }
      const cases = [
        [ROLE, 'path "aws/creds/dev" { capabilities = ["read"] }'],
        [
          { method: "POST", path: ["sys", "leases", "revoke"], body: {}, sent: "repeatable" },
          'path "sys/leases/revoke" { capabilities = ["update"] }',
        ],
        [
          { method: "PUT", path: ["auth", "token", "create"], body: {}, sent: "once" },
          'path "auth/token/create" { capabilities = ["update"] }',
        ],
      ] as const
      for (const [call, line] of cases) {
        const denied = yield* askVault(call, () => DENIED)
        assert.strictEqual(denied.reason?._tag, "PermissionMissing")
        assert.include(denied.message, line)
        assert.strictEqual(denied.seen.length, 1)
      }
    }),
  )

  it.effect("35 in unknown words is decided by what lookup-self says", () =>
    Effect.gen(function* () {
      for (const [self, tag] of [
        [DEAD, "TokenDead"],
        [DENIED, "PermissionMissing"],
        [OK, "PermissionMissing"],
        [{ code: "ECONNREFUSED" }, "PermissionMissing"],
      ] as const) {
        const { reason } = yield* askVault(ROLE, ({ path }) =>
          path.startsWith("/v1/aws") ? refusal(403, "no way") : self,
        )
        assert.strictEqual(reason?._tag, tag)
      }
    }),
  )

  it.effect("35 never shows the token, whatever the answer quotes", () =>
    Effect.gen(function* () {
      const echo = `denied: Authorization: Bearer ${CANARY}, X-Vault-Token: ${CANARY}`
      const secret = { headers: { "x-pass": Redacted.make("hunter2") } }
      for (const answer of [
        refusal(403, echo),
        refusal(403, `1 error occurred:\n\t* permission denied\n\n${echo}`),
        { status: 403, page: `<title>${echo} hunter2</title>` },
        envelope({ errors: [echo], data: { [CANARY]: CANARY } }, 403),
      ]) {
        const { message, reason } = yield* askVault(ROLE, () => answer, secret)
        const said = message + JSON.stringify(reason) + inspect(reason, { depth: 9, showHidden: true })
        assert.notInclude(said, CANARY)
        assert.notInclude(said, CANARY.slice(4))
        assert.notInclude(said, "hunter2")
      }
    }),
  )

  it.effect("35 for a revocation without the right is not asked again", () =>
    Effect.gen(function* () {
      const { error, seen } = yield* callVault(
        (vault: Vault["Service"]) => vault.revokeSelf(token),
        () => DENIED,
      )
      assert.strictEqual(error?.reason._tag, "PermissionMissing")
      assert.strictEqual(seen.length, 1)
    }),
  )
})
