/** Calls signed with leased credentials, against the sandbox over real sockets, with trouble on demand. */
import { createServer, type Server } from "node:http"
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Fiber, Result } from "effect"
import { AwsSession, type AwsCall } from "../../src/aws/AwsSession.ts"
import { fault, type Where } from "../../src/sandbox/Faults.ts"
import { expired, iamLag } from "../../src/sandbox/faults/AwsTrouble.ts"
import { reset } from "../../src/sandbox/faults/Connection.ts"
import { observe } from "../../src/sandbox/faults/Custom.ts"
import { makeToolWorld, type ToolWorld } from "../kit/ToolWorld.ts"

const whoAmI: AwsCall = {
  principal: "test",
  service: "sts",
  operation: "GetCallerIdentity",
  input: {},
  idempotent: true,
}
const put: AwsCall = {
  principal: "test",
  service: "s3",
  operation: "PutObject",
  input: { Bucket: "acme-config", Key: "session-test", Body: "x" },
  idempotent: false,
}

const session = (world: ToolWorld) => Context.get(world.context, AwsSession)

/** Counts the requests that come there. */
const counting = Effect.fnUntraced(function* ({ sandbox }: ToolWorld, where: Where) {
  const seen = { count: 0 }
  yield* sandbox.faults.add(
    fault(
      observe(() => void seen.count++),
      where,
    ),
  )
  return seen
})

const askingWho = { half: "aws", about: "GetCallerIdentity" } as const

describe("AwsSession", () => {
  it.live("expired credentials are replaced once and the call is sent again", () =>
    Effect.gen(function* () {
      const world = yield* makeToolWorld()
      const creds = yield* counting(world, { half: "vault", about: "/creds/" })
      yield* session(world).send(whoAmI)
      yield* world.sandbox.faults.add(fault(expired, { ...askingWho, times: 1 }))
      yield* session(world).send(whoAmI)
      assert.strictEqual(creds.count, 2)
    }),
  )

  it.live("credentials that are refused even when they are new are an error, not a loop", () =>
    Effect.gen(function* () {
      const world = yield* makeToolWorld()
      const creds = yield* counting(world, { half: "vault", about: "/creds/" })
      yield* world.sandbox.faults.add(fault(expired, askingWho))
      const error = yield* Effect.flip(session(world).send(whoAmI))
      assert.strictEqual(error.reason._tag, "CredentialsRefused")
      assert.strictEqual(creds.count, 2)
    }),
  )

  it.live("a write whose answer is lost is unknown and not repeated; a read is tried again", () =>
    Effect.gen(function* () {
      const world = yield* makeToolWorld()
      yield* session(world).send(whoAmI)
      const puts = yield* counting(world, { half: "aws", about: "session-test" })
      yield* world.sandbox.faults.add(fault(reset, { half: "aws", about: "session-test", times: 1 }))
      const error = yield* Effect.flip(session(world).send(put))
      assert.strictEqual(error.code, "outcome_unknown")
      assert.strictEqual(puts.count, 1)
      yield* world.sandbox.faults.add(fault(reset, { ...askingWho, times: 1 }))
      yield* session(world).send(whoAmI)
    }),
  )

  it.live("interrupting a call closes its connection", () =>
    Effect.gen(function* () {
      const closed = Promise.withResolvers<void>()
      const asked = Promise.withResolvers<void>()
      const silent = yield* listen((server) =>
        server.on("request", (request) => {
          asked.resolve()
          request.socket.on("close", () => closed.resolve())
        }),
      )
      const world = yield* makeToolWorld({ empty: false }, { awsEndpoint: silent })
      const fiber = yield* Effect.forkChild(session(world).send(whoAmI))
      yield* Effect.promise(() => asked.promise)
      yield* Fiber.interrupt(fiber)
      yield* Effect.promise(() => closed.promise)
    }),
  )

  it.live("a dead endpoint is said to be unreachable", () =>
    Effect.gen(function* () {
      const world = yield* makeToolWorld({ empty: false }, { awsEndpoint: "http://127.0.0.1:1" })
      const error = yield* Effect.flip(session(world).send(put))
      assert.strictEqual(error.code, "aws_unreachable")
    }),
  )

  it.live("a region that is none, or not one of the account's, is refused before a lease is asked for", () =>
    Effect.gen(function* () {
      const accounts = { eu: { regions: ["eu-west-1"] } }
      const world = yield* makeToolWorld({ empty: false }, { accounts })
      const code = (call: Partial<AwsCall>) =>
        Effect.map(Effect.flip(session(world).send({ ...whoAmI, ...call })), (error) => error.code)
      assert.strictEqual(yield* code({ region: "evil.example#" }), "region_refused")
      assert.strictEqual(yield* code({ account: "eu", region: "us-east-1" }), "region_refused")
      assert.strictEqual(yield* code({ account: "no-such" }), "account_unknown")
      assert.strictEqual(yield* world.sandbox.vault.liveLeases, 0)
      assert.strictEqual(yield* session(world).region({ principal: "test", account: "eu" }), "eu-west-1")
    }),
  )

  it.live("a new IAM user's key is tried until AWS knows it", () =>
    Effect.gen(function* () {
      const accounts = { user: { role: "s3-reader-user" } }
      const world = yield* makeToolWorld({ empty: false }, { accounts })
      yield* world.sandbox.faults.add(fault(iamLag(2500)))
      const call: AwsCall = { ...whoAmI, service: "s3", operation: "ListBuckets", account: "user" }
      const output = yield* session(world).send(call)
      assert.isNotEmpty((output as { readonly Buckets: ReadonlyArray<unknown> }).Buckets)
    }),
  )

  it.live("what the environment and profiles say of AWS does not count", () =>
    Effect.gen(function* () {
      const strangers = { count: 0 }
      const poisoned = yield* listen((server) =>
        server.on("request", (_request, response) => {
          strangers.count++
          response.end()
        }),
      )
      const names = {
        AWS_ENDPOINT_URL: poisoned,
        AWS_ENDPOINT_URL_STS: poisoned,
        AWS_ACCESS_KEY_ID: "AKIAPOISONPOISONPOIS",
        AWS_SECRET_ACCESS_KEY: "poison",
        AWS_SESSION_TOKEN: "poison",
        AWS_PROFILE: "poison",
        AWS_REGION: "xx-poison-1",
        AWS_USE_FIPS_ENDPOINT: "true",
        AWS_MAX_ATTEMPTS: "99",
      }
      const before = { ...process.env }
      yield* Effect.acquireRelease(
        Effect.sync(() => Object.assign(process.env, names)),
        () =>
          Effect.sync(() => {
            for (const name of Object.keys(names)) delete process.env[name]
            Object.assign(process.env, before)
          }),
      )
      const world = yield* makeToolWorld()
      const { Arn } = (yield* session(world).send(whoAmI)) as { readonly Arn: string }
      assert.match(Arn, /assumed-role\/mcp-agent-role/)
      assert.strictEqual(strangers.count, 0)
    }),
  )

  it.live("a lease given back is not used again: the next call signs with a new one", () =>
    Effect.gen(function* () {
      const world = yield* makeToolWorld()
      const arn = Effect.map(session(world).send(whoAmI), (output) => (output as { readonly Arn: string }).Arn)
      const first = yield* arn
      assert.strictEqual(yield* arn, first)
      yield* world.good("vault_revoke_credentials")
      assert.notStrictEqual(yield* arn, first)
    }),
  )

  it.live("an operation that the installed client does not know fails without a request", () =>
    Effect.gen(function* () {
      const world = yield* makeToolWorld()
      const result = yield* Effect.result(session(world).send({ ...whoAmI, operation: "NoSuchOperation" }))
      assert.isTrue(Result.isFailure(result) && result.failure.code === "client_failed")
    }),
  )
})

/** A local server for as long as the test lives. */
const listen = (set: (server: Server) => void) =>
  Effect.acquireRelease(
    Effect.callback<{ readonly server: Server; readonly url: string }>((resume) => {
      const server = createServer()
      set(server)
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        const port = typeof address === "object" && address !== null ? address.port : 0
        resume(Effect.succeed({ server, url: `http://127.0.0.1:${port}` }))
      })
    }),
    ({ server }) =>
      Effect.sync(() => {
        server.closeAllConnections()
        server.close()
      }),
  ).pipe(Effect.map(({ url }) => url))
