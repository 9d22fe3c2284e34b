/** Behaviours 30 to 32 of the Vault client: standby nodes, a sealed Vault, elections. */
import { assert, describe, it } from "@effect/vitest"
import { Clock, Duration, Effect, Redacted } from "effect"
import { TestClock } from "effect/testing"
import * as http from "node:http"
import { Sealed } from "../../src/vault/ReachReason.ts"
import type { VaultCall } from "../../src/vault/VaultCall.ts"
import { VaultError } from "../../src/vault/VaultError.ts"
import { sts, target, withManager } from "../kit/FakeVault.ts"
import { askReal, CREDS, listening, LOOKUP, vaultLike } from "../kit/RealVault.ts"
import { makeToolWorld } from "../kit/ToolWorld.ts"
import { type Answer, askVault, CANARY, refusal, type Seen } from "../kit/VaultOverHttp.ts"

const OK: Answer = { status: 200, json: { data: {} } }
const to = (location: string): Answer => ({ status: 307, headers: { location } })
/** From the first request to the last. */
const took = (seen: ReadonlyArray<Seen>) => (seen.at(-1)?.at ?? 0) - (seen[0]?.at ?? 0)
const hosts = (seen: ReadonlyArray<Seen>) => seen.map((call) => call.host)

describe("a standby", () => {
  it.effect("30 is followed one hop, with the same method, body and token on the same scheme", () =>
    Effect.gen(function* () {
      const call: VaultCall = { method: "POST", path: ["auth", "token", "create"], body: { ttl: "5m" }, sent: "once" }
      const { reply, seen } = yield* askVault(
        call,
        (_, nth) => (nth === 1 ? to("https://vault.test:8210/v1/auth/token/create") : OK),
        { address: "https://vault.test:8200", namespace: "team-a" },
      )
      assert.strictEqual(reply?.status, 200)
      assert.deepStrictEqual(hosts(seen), ["vault.test:8200", "vault.test:8210"])
      const [first, hop] = seen
      assert.strictEqual(hop?.headers["authorization"], `Bearer ${CANARY}`)
      assert.deepStrictEqual(
        [hop?.method, hop?.path, hop?.body, hop?.headers["x-vault-namespace"], hop?.headers["x-vault-request"]],
        [first?.method, first?.path, first?.body, "team-a", "true"],
      )
    }),
  )

  it.effect("30 is not followed from https to http, to another scheme or host, or a second time", () =>
    Effect.gen(function* () {
      const address = "https://vault.test:8200"
      for (const location of [
        "http://vault.test:8200/v1/aws/creds/dev",
        "ftp://vault.test:8200/v1/aws/creds/dev",
        "https://other.test:8200/v1/aws/creds/dev",
        "https://vault.test.other.test/v1/aws/creds/dev",
        "https://vault.test@other.test/v1/aws/creds/dev",
        "//other.test/v1/aws/creds/dev",
      ]) {
        const { message, reason, seen } = yield* askVault(CREDS, () => to(location), { address })
        assert.strictEqual(reason?._tag, "Standby", location)
        assert.deepStrictEqual(hosts(seen), ["vault.test:8200"], location)
        assert.notInclude(message, CANARY)
      }
      const twice = yield* askVault(
        CREDS,
        ({ host }) => to(`https://vault.test:${host === "vault.test:8200" ? 8210 : 8220}/v1/aws/creds/dev`),
        { address, maxRetries: 0 },
      )
      assert.strictEqual(twice.reason?._tag, "Standby")
      assert.deepStrictEqual(hosts(twice.seen), ["vault.test:8200", "vault.test:8210"])
    }),
  )

  it.live("30 gets no token to another host, also where that host is the same machine", () =>
    Effect.gen(function* () {
      const heard: Array<string | undefined> = []
      const other = yield* listening(
        http.createServer((request, response) => {
          heard.push(request.headers.authorization)
          vaultLike(request, response)
        }),
      )
      const standby = yield* listening(
        http.createServer((request, response) =>
          response.writeHead(307, { location: `http://localhost:${other}${request.url}` }).end(),
        ),
      )
      const { message, reason } = yield* askReal(`http://127.0.0.1:${standby}`, {}, CREDS)
      assert.strictEqual(reason?._tag, "Standby")
      assert.include(message, `set VAULT_ADDR to it`)
      assert.deepStrictEqual(heard, [])
    }),
  )

  it.effect("30 is left alone where VAULT_DISABLE_REDIRECTS is set, and the active node is named", () =>
    Effect.gen(function* () {
      const { message, reason, seen } = yield* askVault(CREDS, () => to("http://vault.test:8210/v1/x"), {
        redirects: false,
      })
      assert.strictEqual(reason?._tag, "Standby")
      assert.strictEqual(seen.length, 1)
      assert.include(message, "VAULT_DISABLE_REDIRECTS")
      assert.include(message, "http://vault.test:8210")
    }),
  )

  it.effect("30 that goes on naming a killed active node is asked again until another is active", () =>
    Effect.gen(function* () {
      // The standby names the dead node for a while; then it names the new one.
      const elected =
        (millis: number) =>
        ({ at, host }: Seen): Answer => {
          if (host === "vault.test:8210") return { code: "ECONNREFUSED" }
          if (host === "vault.test:8220") return OK
          return to(`http://vault.test:${at < millis ? 8210 : 8220}/v1/aws/creds/dev`)
        }
      const hurried = yield* askVault(CREDS, elected(4000), { timeout: Duration.seconds(2) })
      assert.strictEqual(hurried.reason?._tag, "Standby")
      assert.include(hurried.message, "http://vault.test:8210")
      assert.isBelow(took(hurried.seen), 2000)
      const { reply, seen } = yield* askVault(CREDS, elected(8000))
      assert.strictEqual(reply?.status, 200)
      assert.strictEqual(seen.at(-1)?.host, "vault.test:8220")
      assert.isAbove(took(seen), 4000)
    }),
  )
})

const sealed = new VaultError({ reason: new Sealed({ address: "http://vault.test" }) })

describe("a sealed Vault", () => {
  it.live(
    "31 leaves cached credentials working, is told at once for new ones, and needs no restart to be used again",
    () =>
      Effect.gen(function* () {
        const world = yield* makeToolWorld()
        const { unsealKey } = world.sandbox.vault
        const operator = (path: string, body: object) =>
          Effect.promise(() =>
            fetch(`${world.sandbox.vaultAddr}/v1/sys/${path}`, {
              method: "PUT",
              headers: { "x-vault-token": Redacted.value(world.sandbox.vaultToken) },
              body: JSON.stringify(body),
            }),
          )
        yield* world.good("s3_list_buckets")
        yield* operator("seal", {})
        yield* world.good("s3_list_buckets")
        yield* world.good("ec2_list_instances")
        const [waited, text] = yield* Effect.timed(world.bad("vault_refresh_credentials"))
        assert.include(text, "Vault is sealed")
        assert.include(text, "go on working")
        assert.isBelow(Duration.toMillis(waited), 1000)
        const status = yield* world.good<{ vault: { state: string } }>("vault_credential_status")
        assert.strictEqual(status.vault.state, "sealed")
        yield* operator("unseal", { key: unsealKey })
        yield* world.good("vault_refresh_credentials")
        yield* world.good("s3_list_buckets")
      }),
  )

  it.effect("31 is asked once by a request, whether that may be repeated or not", () =>
    Effect.gen(function* () {
      for (const call of [CREDS, LOOKUP]) {
        const { reason, seen } = yield* askVault(call, () => refusal(503, "Vault is sealed"))
        assert.strictEqual(reason?._tag, "Sealed")
        assert.strictEqual(seen.length, 1)
      }
    }),
  )

  it.effect("31 is asked for a replacement less and less often, and the old lease serves until then", () =>
    Effect.gen(function* () {
      let sealedNow = false
      const times: Array<number> = []
      const { value } = yield* withManager(
        {
          credentials: (n) =>
            Effect.flatMap(Clock.currentTimeMillis, (at) => {
              times.push(at)
              return sealedNow ? Effect.fail(sealed) : Effect.succeed(sts(n))
            }),
        },
        (manager) =>
          Effect.gen(function* () {
            const first = yield* manager.lease(target)
            yield* TestClock.adjust("45 minutes")
            yield* manager.lease(target)
            sealedNow = true
            // The replacement is due at 51 of 60 minutes: 10 s, 20 s, 40 s, … after that.
            yield* TestClock.adjust("11 minutes")
            const asked = times.slice(1)
            const cached = yield* manager.lease(target)
            sealedNow = false
            yield* TestClock.adjust("5 minutes")
            return { asked, first, cached, after: yield* manager.lease(target) }
          }),
      )
      const { accessKeyId } = value.first.credentials
      assert.strictEqual(value.cached.credentials.accessKeyId, accessKeyId)
      const pauses = value.asked.slice(1).map((at, nth) => at - (value.asked[nth] ?? 0))
      assert.isAtLeast(pauses.length, 3)
      assert.deepStrictEqual(
        pauses,
        pauses.toSorted((one, other) => one - other),
      )
      assert.isAtLeast(pauses.at(-1) ?? 0, 2 * (pauses[0] ?? 0))
      assert.isAtMost(pauses.at(-1) ?? 0, 5 * 60_000)
      assert.notStrictEqual(value.after.credentials.accessKeyId, accessKeyId)
    }),
  )
})

describe("an election", () => {
  const noLeader = [
    refusal(503, "no active Vault instance found"),
    refusal(500, "local node not active but active cluster node not found"),
    refusal(503, "node is not active"),
  ]

  it.effect("32 is waited for by a request for credentials, as Vault says that it did nothing", () =>
    Effect.gen(function* () {
      for (const answer of noLeader) {
        const began = yield* Clock.currentTimeMillis
        const { reply, seen } = yield* askVault(CREDS, ({ at }) => (at < began + 6000 ? answer : OK))
        assert.strictEqual(reply?.status, 200)
        assert.isBelow(took(seen), 8000)
        const pauses = seen.slice(1).map(({ at }, nth) => at - (seen[nth]?.at ?? 0))
        for (const pause of pauses) assert.isAtLeast(pause, 950)
      }
    }),
  )

  it.effect("32 that does not end is told within the time limit of the request", () =>
    Effect.gen(function* () {
      for (const answer of noLeader) {
        const { message, reason, seen } = yield* askVault(CREDS, () => answer, { timeout: Duration.seconds(3) })
        assert.strictEqual(reason?._tag, "Standby")
        assert.include(message, "no active node")
        assert.isAbove(seen.length, 1)
        assert.isBelow(took(seen), 3000)
      }
    }),
  )
})
