/** Wrapping tokens: of secret ids and of tokens. */
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber, Layer, Redacted } from "effect"
import { TestClock } from "effect/testing"
import { Redactor } from "../../../src/guard/Redactor.ts"
import { TokenSource } from "../../../src/config/TokenSource.ts"
import { makeWrappedToken } from "../../../src/vault/login/WrappedToken.ts"
import { makeOpener } from "../../../src/vault/login/Wrapping.ts"
import { Vault } from "../../../src/vault/Vault.ts"
import { folder, granted, LOGGED_IN, logIn, loginOver, type LoginWorld } from "../../kit/LoginOver.ts"
import {
  type Answer,
  configLayer,
  DEAD,
  DENIED,
  envelope,
  inTime,
  refusal,
  type Seen,
} from "../../kit/VaultOverHttp.ts"

const WRAPPING = "hvs.canary2WrappingTokenThatNobodyMaySee"
const SECRET_ID = "canary3-secret-id-that-nobody-may-see"
const INVALID = refusal(400, "wrapping token is not valid or does not exist")
const UNWRAP = "/v1/sys/wrapping/unwrap"

const wrappedSecretId = envelope({ data: { secret_id: SECRET_ID, secret_id_accessor: "a", secret_id_ttl: 600 } })

const approle = (path: string) =>
  ({
    method: "approle",
    mount: "approle",
    roleId: "role-1",
    secretId: { _tag: "file", path },
    wrapped: true,
  }) as const

/** A Vault whose wrapping tokens open once each, and that takes every login. */
const vaultOf = (content: (nth: number) => Answer = () => wrappedSecretId) => {
  const opened = new Set<string>()
  return (seen: Seen): Answer => {
    if (seen.path !== UNWRAP) return granted()
    const wrapping = seen.headers["authorization"] ?? ""
    if (opened.has(wrapping)) return INVALID
    opened.add(wrapping)
    return content(opened.size)
  }
}
const paths = (seen: ReadonlyArray<Seen>) => seen.map(({ path }) => path.replace("/v1/", ""))
const failing = Effect.map(Effect.flip(logIn), ({ message, reason }) => ({
  message,
  problem: reason._tag === "WrappingFailed" ? reason.problem : reason._tag,
}))

describe("a wrapped secret id", () => {
  it.effect("is opened once, with the wrapping token as the caller's and not in the body", () =>
    Effect.gen(function* () {
      const path = yield* (yield* folder).write("wrapped", `${WRAPPING}\n`)
      const { layer, seen } = loginOver(approle(path), { vault: vaultOf() })
      yield* Effect.andThen(logIn, logIn).pipe(Effect.provide(layer))
      assert.deepStrictEqual(paths(seen), ["sys/wrapping/unwrap", "auth/approle/login", "auth/approle/login"])
      assert.strictEqual(seen[0]?.method, "POST")
      assert.strictEqual(seen[0]?.headers["authorization"], `Bearer ${WRAPPING}`)
      assert.deepStrictEqual(seen[0]?.body, {})
      for (const login of seen.slice(1)) {
        assert.deepStrictEqual(login.body, { role_id: "role-1", secret_id: SECRET_ID })
        assert.strictEqual(login.headers["authorization"], undefined)
      }
    }),
  )

  it.effect("in a new wrapping token is opened at the next login", () =>
    Effect.gen(function* () {
      const { write } = yield* folder
      const path = yield* write("wrapped", WRAPPING)
      const { layer, seen } = loginOver(approle(path), {
        vault: vaultOf((nth) => envelope({ data: { secret_id: `${SECRET_ID}-${nth}` } })),
      })
      yield* Effect.gen(function* () {
        yield* logIn
        yield* write("wrapped", `${WRAPPING}2`)
        yield* logIn
      }).pipe(Effect.provide(layer))
      const sent = seen
        .filter(({ path }) => path !== UNWRAP)
        .map(({ body }) => Reflect.get(body as object, "secret_id"))
      assert.deepStrictEqual(sent, [`${SECRET_ID}-1`, `${SECRET_ID}-2`])
    }),
  )

  it.effect("is opened once for all who log in while it is being opened", () =>
    Effect.gen(function* () {
      const log: Array<string> = []
      const slow = Layer.mock(Vault, {
        unwrap: () =>
          Effect.sync(() => log.push("unwrap")).pipe(
            Effect.andThen(Effect.sleep("1 second")),
            Effect.as({ grant: undefined, token: undefined, secretId: Redacted.make(SECRET_ID) }),
          ),
      })
      const opener = yield* Effect.flatMap(Vault, (vault) => makeOpener(vault, () => Effect.void)).pipe(
        Effect.provide(slow),
      )
      const open = opener.open({ token: Redacted.make(WRAPPING), holds: "secret id", source: "/run/w" })
      const all = yield* Effect.forEach([1, 2, 3], () => Effect.forkChild(open, { startImmediately: true }))
      yield* TestClock.adjust("1 second")
      for (const { secretId } of yield* Effect.forEach(all, (fiber) => Fiber.join(fiber)))
        assert.strictEqual(secretId && Redacted.value(secretId), SECRET_ID)
      assert.deepStrictEqual(log, ["unwrap"])
    }),
  )

  it.effect("that somebody else has opened is told as a possible interception, with what to do", () =>
    Effect.gen(function* () {
      const path = yield* (yield* folder).write("wrapped", WRAPPING)
      for (const answer of [INVALID, DEAD]) {
        const { layer, seen } = loginOver(approle(path), { vault: () => answer })
        const { message, problem } = yield* failing.pipe(Effect.provide(layer))
        assert.strictEqual(problem, "refused")
        for (const words of ["interception", "somebody else", "revoked", "audit log", path])
          assert.include(message, words)
        assert.notInclude(message, "canary")
        assert.deepStrictEqual(paths(seen), ["sys/wrapping/unwrap"])
      }
    }),
  )

  it.effect("whose opening got no answer is not blamed on somebody else, nor opened a second time on its own", () =>
    Effect.gen(function* () {
      const path = yield* (yield* folder).write("wrapped", WRAPPING)
      for (const lost of [{ code: "ECONNRESET" }, { status: 200, page: "<html>" }, "silence"] as const) {
        const { layer, seen } = loginOver(approle(path), { vault: (_, nth) => (nth === 1 ? lost : INVALID) })
        yield* Effect.gen(function* () {
          const first = yield* inTime(failing)
          assert.include(["OutcomeUnknown", "Malformed"], first.problem)
          if (first.problem === "OutcomeUnknown") assert.include(first.message, "may have opened the wrapping token")
          assert.strictEqual(seen.length, 1)
          for (const again of [yield* failing, yield* failing]) {
            assert.strictEqual(again.problem, "unanswered")
            assert.include(again.message, "got no answer")
          }
        }).pipe(Effect.provide(layer))
      }
    }),
  )

  it.effect("whose opening was interrupted is not blamed on somebody else either", () =>
    Effect.gen(function* () {
      const path = yield* (yield* folder).write("wrapped", WRAPPING)
      const { layer, seen } = loginOver(approle(path), { vault: (_, nth) => (nth === 1 ? "silence" : INVALID) })
      yield* Effect.gen(function* () {
        const first = yield* Effect.forkChild(logIn, { startImmediately: true })
        while (seen.length === 0) yield* Effect.yieldNow
        yield* Fiber.interrupt(first)
        assert.strictEqual((yield* failing).problem, "unanswered")
      }).pipe(Effect.provide(layer))
    }),
  )

  it.effect("that Vault could not be asked for is opened when it can, and no interception", () =>
    Effect.gen(function* () {
      const path = yield* (yield* folder).write("wrapped", WRAPPING)
      const vault = vaultOf()
      const { layer, seen } = loginOver(approle(path), {
        vault: (it, nth) => (nth === 1 ? refusal(503, "Vault is sealed") : vault(it)),
      })
      yield* Effect.gen(function* () {
        assert.strictEqual((yield* failing).problem, "Sealed")
        yield* logIn
      }).pipe(Effect.provide(layer))
      assert.deepStrictEqual(paths(seen).slice(1), ["sys/wrapping/unwrap", "auth/approle/login"])
    }),
  )

  it.effect("is remembered when the login that it was opened for fails", () =>
    Effect.gen(function* () {
      const path = yield* (yield* folder).write("wrapped", WRAPPING)
      const vault = vaultOf()
      const { layer, seen } = loginOver(approle(path), {
        vault: (it, nth) => (nth === 2 ? refusal(500, "storage") : vault(it)),
      })
      yield* Effect.andThen(failing, logIn).pipe(Effect.provide(layer))
      assert.deepStrictEqual(paths(seen), ["sys/wrapping/unwrap", "auth/approle/login", "auth/approle/login"])
    }),
  )

  it.effect("that is something else is told so, each time, and opened once", () =>
    Effect.gen(function* () {
      const path = yield* (yield* folder).write("wrapped", WRAPPING)
      const { layer, seen } = loginOver(approle(path), { vault: vaultOf(() => envelope({ data: { foo: "bar" } })) })
      yield* Effect.gen(function* () {
        for (const { message, problem } of [yield* failing, yield* failing]) {
          assert.strictEqual(problem, "unfit")
          assert.include(message, "holds no secret id")
        }
      }).pipe(Effect.provide(layer))
      assert.strictEqual(seen.length, 1)
    }),
  )

  it.effect("and its wrapping token are shown to the redactor", () =>
    Effect.gen(function* () {
      const path = yield* (yield* folder).write("wrapped", WRAPPING)
      const { layer } = loginOver(approle(path), { vault: vaultOf() })
      const text = yield* Effect.andThen(
        logIn,
        Redactor.use((it) => Effect.succeed(it.data(`${WRAPPING} ${SECRET_ID}`))),
      ).pipe(Effect.provide(layer))
      assert.strictEqual(text, "[redacted] [redacted]")
    }),
  )
})

describe("a wrapped token", () => {
  const INSIDE = "hvs.canary4TokenInsideOfAWrappingToken"
  const auth = { client_token: INSIDE, accessor: "acc", policies: ["agent"], lease_duration: 900, renewable: true }
  const lookup = envelope({
    data: { accessor: "acc", policies: ["agent"], ttl: 300, renewable: true, type: "service" },
  })
  const wrapped = { method: "token", wrapped: true } as const

  /** A login over a Vault that opens the wrapping token to `content` and answers lookups of what is in it. */
  const over = (content: object, self: (nth: number) => Answer = () => lookup, more: LoginWorld = {}) => {
    let lookups = 0
    const open = vaultOf(() => envelope(content))
    return loginOver(wrapped, {
      token: () => WRAPPING,
      vault: (seen) => (seen.path === "/v1/auth/token/lookup-self" ? self(++lookups) : open(seen)),
      ...more,
    })
  }

  it.effect("is taken out in every form it may have: a wrapped login or new token, or mere data", () =>
    Effect.gen(function* () {
      for (const content of [{ auth }, { data: { token: INSIDE } }, { data: { client_token: INSIDE, more: 1 } }]) {
        const { layer, seen } = over(content)
        const grant = yield* logIn.pipe(Effect.provide(layer))
        assert.strictEqual(Redacted.value(grant.token), INSIDE)
        assert.deepStrictEqual(paths(seen), ["sys/wrapping/unwrap", "auth/token/lookup-self"])
        assert.strictEqual(seen[0]?.headers["authorization"], `Bearer ${WRAPPING}`)
        assert.deepStrictEqual(seen[0]?.body, {})
        assert.strictEqual(seen[1]?.headers["authorization"], `Bearer ${INSIDE}`)
      }
    }),
  )

  it.effect("has the life that Vault tells now, not what was told when it was wrapped", () =>
    Effect.gen(function* () {
      const { layer } = over({ auth })
      const { accessor, policies, renewable, ttl } = yield* logIn.pipe(Effect.provide(layer))
      assert.deepStrictEqual([accessor, policies, renewable, Duration.toSeconds(ttl)], ["acc", ["agent"], true, 300])
    }),
  )

  it.effect("that may not look itself up has the life of its wrapping, or one that nobody knows", () =>
    Effect.gen(function* () {
      const told = yield* logIn.pipe(Effect.provide(over({ auth }, () => DENIED).layer))
      assert.strictEqual(Duration.toSeconds(told.ttl), 900)
      const untold = yield* logIn.pipe(Effect.provide(over({ data: { token: INSIDE } }, () => DENIED).layer))
      assert.isFalse(Duration.isFinite(untold.ttl))
      assert.isFalse(untold.renewable)
      assert.include(untold.warnings[0], "may end at any time")
    }),
  )

  it.effect("is not lost when Vault goes away between the opening and the look at it", () =>
    Effect.gen(function* () {
      const { layer, seen } = over({ auth }, (nth) => (nth === 1 ? refusal(503, "Vault is sealed") : lookup))
      yield* Effect.gen(function* () {
        assert.strictEqual((yield* failing).problem, "Sealed")
        assert.strictEqual(Redacted.value((yield* logIn).token), INSIDE)
      }).pipe(Effect.provide(layer))
      assert.strictEqual(paths(seen).filter((it) => it === "sys/wrapping/unwrap").length, 1)
    }),
  )

  it.effect("that was handed out is not to be had again: the same wrapping token is told so, a new one is opened", () =>
    Effect.gen(function* () {
      let now = WRAPPING
      const { layer, seen } = over({ auth }, undefined, { token: () => now })
      yield* Effect.gen(function* () {
        yield* logIn
        const { message, problem } = yield* failing
        assert.strictEqual(problem, "spent")
        assert.include(message, "give a new one")
        assert.notInclude(message, "interception")
        assert.strictEqual(seen.length, 2)
        now = `${WRAPPING}2`
        yield* logIn
      }).pipe(Effect.provide(layer))
    }),
  )

  it.effect("goes to the first of two who ask at the same moment, never to both", () =>
    Effect.gen(function* () {
      const log: Array<string> = []
      const pause = (what: string) =>
        Effect.andThen(
          Effect.sync(() => log.push(what)),
          Effect.sleep("1 second"),
        )
      const content = { grant: undefined, token: Redacted.make(INSIDE), secretId: undefined }
      const info = { accessor: "acc", policies: [], ttl: Duration.minutes(5), renewable: true, displayName: "token" }
      const about = { type: "service" as const, numUses: 0, isRoot: false, orphan: true, explicitMaxTtl: undefined }
      const layer = Layer.mergeAll(
        Layer.mock(Vault, {
          unwrap: () => Effect.as(pause("unwrap"), content),
          lookupSelf: () => Effect.as(pause("lookup"), { ...info, ...about }),
        }),
        Layer.succeed(TokenSource, { token: Effect.succeed(Redacted.make(WRAPPING)) }),
        configLayer(),
      )
      const take = yield* makeWrappedToken(() => Effect.void).pipe(Effect.provide(layer))
      const first = yield* Effect.forkChild(take, { startImmediately: true })
      const second = yield* Effect.forkChild(Effect.flip(take), { startImmediately: true })
      yield* TestClock.adjust("3 seconds")
      assert.strictEqual(Redacted.value((yield* Fiber.join(first)).token), INSIDE)
      assert.include((yield* Fiber.join(second)).message, "was opened by this program")
      assert.deepStrictEqual(log, ["unwrap", "lookup"])
    }),
  )

  it.effect("that ended within its wrapping is told so", () =>
    Effect.gen(function* () {
      const { layer } = over({ auth }, () => DEAD)
      assert.strictEqual((yield* failing.pipe(Effect.provide(layer))).problem, "ended")
    }),
  )

  it.effect("that somebody else has taken is told as a possible interception; one that is none, as such", () =>
    Effect.gen(function* () {
      const taken = loginOver(wrapped, { token: () => WRAPPING, vault: () => INVALID })
      const { message, problem } = yield* failing.pipe(Effect.provide(taken.layer))
      assert.strictEqual(problem, "refused")
      assert.include(message, "Have the token revoked")
      const other = over({ data: { secret_id: "s" } })
      assert.strictEqual((yield* failing.pipe(Effect.provide(other.layer))).problem, "unfit")
    }),
  )

  it.effect("needs a wrapping token, in the variable or in the file", () =>
    Effect.gen(function* () {
      const fromFile = over({ auth }, undefined, { token: () => undefined, settings: { token: undefined } })
      const { message, problem } = yield* failing.pipe(Effect.provide(fromFile.layer))
      assert.strictEqual(problem, "SecretUnavailable")
      assert.include(message, "/nowhere/.vault-token holds none")
      assert.include(message, "VAULT_AWS_MCP_VAULT_TOKEN_FILE")
      assert.deepStrictEqual(fromFile.seen, [])
    }),
  )

  it.effect("is shown to the redactor with its wrapping", () =>
    Effect.gen(function* () {
      const text = yield* Effect.andThen(
        logIn,
        Redactor.use((it) => Effect.succeed(it.data(`${WRAPPING} ${INSIDE}`))),
      ).pipe(Effect.provide(over({ auth }).layer))
      assert.strictEqual(text, "[redacted] [redacted]")
      assert.notInclude(LOGGED_IN, INSIDE)
    }),
  )
})
