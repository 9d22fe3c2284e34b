/** AWS identities of instances and containers, and the metadata services that give them. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import { HttpClient } from "effect/http"
import { inspect } from "node:util"
import { containerKeys, instanceKeys, isContainerAddress } from "../../../src/vault/login/Platform.ts"
import { type Answer, fakeNetwork, inTime, type Seen } from "../../kit/VaultOverHttp.ts"

const IMDS = "http://169.254.169.254"
const SESSION = "AQAEAcanarySessionOfTheMetadataService=="
const keys = { AccessKeyId: "ASIAIOSFODNN7EXAMPLE", SecretAccessKey: "canary-secret", Token: "canary-token" }
const answer = (page: string, status = 200): Answer => ({ status, page })

/** The metadata service of an instance with a role. */
const imds = (seen: Seen): Answer => {
  if (seen.method === "PUT") return answer(SESSION)
  if (seen.headers["x-aws-ec2-metadata-token"] !== SESSION) return answer("no", 401)
  if (seen.path.endsWith("/security-credentials/")) return answer("vault-login-role\n")
  return answer(JSON.stringify({ Code: "Success", Type: "AWS-HMAC", Expiration: "2030-01-01T00:00:00Z", ...keys }))
}

/** Asks a service that answers so; the keys or the fault, and what was asked. */
const over = <A, E extends { readonly why: string }>(
  network: (seen: Seen, nth: number) => Answer,
  ask: (client: HttpClient.HttpClient) => Effect.Effect<A, E>,
) => {
  const { layer, seen } = fakeNetwork(network)
  return HttpClient.HttpClient.use((client) => inTime(Effect.result(ask(client)))).pipe(
    Effect.map((result) => ({
      seen,
      found: result._tag === "Success" ? result.success : undefined,
      why: result._tag === "Failure" ? result.failure.why : "",
      shown: inspect(result, { depth: 20 }),
    })),
    Effect.provide(Layer.fresh(layer)),
  )
}
const fromInstance = (network: (seen: Seen, nth: number) => Answer) =>
  over(network, (client) => instanceKeys(client, IMDS, () => Effect.void))
const fromContainer = (network: (seen: Seen, nth: number) => Answer, url: string, authorization?: string) =>
  over(network, (client) =>
    containerKeys(client, url, authorization === undefined ? undefined : Redacted.make(authorization)),
  )

describe("an instance", () => {
  it.effect("gives the keys of its role by version 2 of its metadata service", () =>
    Effect.gen(function* () {
      const { found, seen } = yield* fromInstance(imds)
      assert.strictEqual(found?.accessKeyId, keys.AccessKeyId)
      assert.strictEqual(found && Redacted.value(found.secretAccessKey), "canary-secret")
      assert.strictEqual(found?.sessionToken && Redacted.value(found.sessionToken), "canary-token")
      const role = "/latest/meta-data/iam/security-credentials/"
      assert.deepStrictEqual(
        seen.map(({ headers, host, method, path }) => [method, host, path, headers["x-aws-ec2-metadata-token"]]),
        [
          ["PUT", "169.254.169.254", "/latest/api/token", undefined],
          ["GET", "169.254.169.254", role, SESSION],
          ["GET", "169.254.169.254", `${role}vault-login-role`, SESSION],
        ],
      )
      assert.strictEqual(seen[0]?.headers["x-aws-ec2-metadata-token-ttl-seconds"], "60")
      for (const { headers } of seen) assert.notProperty(headers, "traceparent")
    }),
  )

  it.effect("is never asked by version 1, whatever becomes of the session", () =>
    Effect.gen(function* () {
      for (const refused of [answer("", 403), answer("", 404), answer(""), answer("two\nlines"), answer("x", 302)]) {
        const { found, seen } = yield* fromInstance((it) => (it.method === "PUT" ? refused : imds(it)))
        assert.isUndefined(found)
        assert.deepStrictEqual([...new Set(seen.map(({ method }) => method))], ["PUT"])
      }
    }),
  )

  it.effect("without a role is told so", () =>
    Effect.gen(function* () {
      for (const none of [answer("", 404), answer(""), answer("../../evil"), answer("<html>")]) {
        const { seen, why } = yield* fromInstance((it) =>
          it.path.endsWith("/security-credentials/") ? none : imds(it),
        )
        assert.include(why, "attach an instance profile")
        assert.strictEqual(seen.length, 2)
      }
    }),
  )

  it.effect("that does not answer is asked twice, two seconds each, and the hop limit is named", () =>
    Effect.gen(function* () {
      for (const nothing of ["silence", { code: "ECONNREFUSED", syscall: "connect" }] as const) {
        const { seen, why } = yield* fromInstance(() => nothing)
        assert.include(why, "hop limit")
        assert.strictEqual(seen.length, 2)
        const gap = (seen[1]?.at ?? 0) - (seen[0]?.at ?? 0)
        assert.isAtLeast(gap, nothing === "silence" ? 2000 : 0)
        assert.isAtMost(gap, 2100)
      }
    }),
  )

  it.effect("that stumbles once is asked again", () =>
    Effect.gen(function* () {
      for (const stumble of [answer("", 500), answer("", 429), { code: "ECONNRESET" }, "silence"] as const) {
        const { found, seen } = yield* fromInstance((it, nth) => (nth === 3 ? stumble : imds(it)))
        assert.isDefined(found)
        assert.strictEqual(seen.length, 4)
      }
    }),
  )

  it.effect("that answers anything but keys gives none, and its answer is not repeated", () =>
    Effect.gen(function* () {
      const pages = [
        "canary",
        '{"AccessKeyId":"canary-secret',
        JSON.stringify({ ...keys, Code: "AssumeRoleUnauthorizedAccess" }),
        JSON.stringify({ ...keys, AccessKeyId: "not a key" }),
        JSON.stringify({ ...keys, SecretAccessKey: "" }),
        JSON.stringify([keys]),
        "canary".repeat(20_000),
      ]
      for (const page of pages) {
        const network = (it: Seen) => (it.path.endsWith("-role") ? answer(page) : imds(it))
        const { found, shown, why } = yield* fromInstance(network)
        assert.isUndefined(found, page.slice(0, 40))
        assert.include(why, "without usable credentials")
        assert.notInclude(shown, "canary")
      }
    }),
  )
})

describe("a container", () => {
  const ECS = "http://169.254.170.2/v2/credentials/uuid?a=1"

  it.effect("gives its keys to one request, with the authorization where there is one", () =>
    Effect.gen(function* () {
      const bare = yield* fromContainer(() => answer(JSON.stringify(keys)), ECS)
      assert.strictEqual(bare.found?.accessKeyId, keys.AccessKeyId)
      assert.deepStrictEqual(
        bare.seen.map(({ headers, method, path }) => [method, path, headers["authorization"]]),
        [["GET", "/v2/credentials/uuid?a=1", undefined]],
      )
      const pod = yield* fromContainer(
        () => answer(JSON.stringify(keys)),
        "http://169.254.170.23/v1/credentials",
        "jwt x",
      )
      assert.strictEqual(pod.seen[0]?.headers["authorization"], "jwt x")
      assert.strictEqual(pod.found && Redacted.value(pod.found.secretAccessKey), "canary-secret")
    }),
  )

  it.effect("is not asked at a strange address, nor with an authorization that is no header", () =>
    Effect.gen(function* () {
      for (const url of [
        "http://evil.example/",
        "http://169.254.170.2@evil.example/x",
        "ftp://127.0.0.1/",
        "",
        "/v2/x",
      ]) {
        const { seen, why } = yield* fromContainer(() => answer(JSON.stringify(keys)), url)
        assert.include(why, "not asked for keys")
        assert.deepStrictEqual(seen, [])
      }
      const { seen, why } = yield* fromContainer(() => answer(JSON.stringify(keys)), ECS, "canary\u00e9")
      assert.include(why, "no header")
      assert.notInclude(why, "canary")
      assert.deepStrictEqual(seen, [])
    }),
  )

  it.effect("that refuses is told by its status, without its words", () =>
    Effect.gen(function* () {
      const { seen, why } = yield* fromContainer(() => answer('{"message":"canary"}', 403), ECS)
      assert.strictEqual(why, "answered 403 at http://169.254.170.2/v2/credentials/uuid")
      assert.strictEqual(seen.length, 1)
    }),
  )

  it("has its keys at the addresses that the official clients ask", () => {
    const asked = (url: string) => isContainerAddress(new URL(url))
    for (const url of [
      "http://127.0.0.1:1234/x",
      "http://127.9.9.9/",
      "http://127.1/",
      "http://localhost/",
      "http://[::1]:80/",
      "http://[0:0:0:0:0:0:0:1]/",
      "http://169.254.170.2/",
      "http://169.254.170.23/",
      "http://[fd00:ec2::23]/",
      "https://credentials.example/",
    ])
      assert.isTrue(asked(url), url)
    for (const url of [
      "http://credentials.example/",
      "http://169.254.169.254/",
      "http://169.254.170.3/",
      "http://127.0.0.1.evil.example/",
      "http://localhost.evil.example/",
      "http://[fd00:ec2::24]/",
      "http://user@127.0.0.1/",
      "https://user:password@credentials.example/",
      "file:///etc/passwd",
    ])
      assert.isFalse(asked(url), url)
  })
})
