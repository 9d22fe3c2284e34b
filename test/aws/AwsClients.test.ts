import { assert, describe, it } from "@effect/vitest"
import type { FinalizeHandler, FinalizeHandlerArguments } from "@smithy/types"
import { DateTime, Duration, Effect, Exit, Cause, Redacted, Scope } from "effect"
import { loadService } from "../../src/aws/api/Registry.ts"
import type { ApiClient, ServiceId } from "../../src/aws/api/ServiceModel.ts"
import { type ClientKey, makeClients, MOST_CLIENTS } from "../../src/aws/AwsClients.ts"
import { RefusedHost } from "../../src/aws/Failure.ts"
import type { ActiveLease } from "../../src/lease/LeaseModel.ts"
import { serveLoopback } from "../../src/sandbox/Loopback.ts"
import type { WireRequest } from "../../src/sandbox/Wire.ts"
import { sts, target } from "../kit/FakeVault.ts"
import { poison, withEnv } from "../kit/PoisonedEnv.ts"

const day = DateTime.makeUnsafe(4_000_000_000_000)

const lease = (n: number, kind: ActiveLease["kind"] = "sts"): ActiveLease => ({
  scope: Scope.makeUnsafe(),
  id: undefined,
  target,
  credentials: {
    accessKeyId: `ASIA000000000000000${n}`,
    secretAccessKey: Redacted.make(`secret-${n}`),
    sessionToken: kind === "sts" ? Redacted.make(`token-${n}`) : undefined,
  },
  kind,
  arn: undefined,
  renewable: kind !== "sts",
  issuedAt: day,
  issued: { wall: day.epochMilliseconds, monotonic: 0 },
  endsAt: day,
  awsEndsAt: kind === "sts" ? day : undefined,
  granted: Duration.hours(1),
  warnings: sts(1).warnings,
})

const key = (more: Partial<ClientKey> = {}): ClientKey => ({
  service: "s3",
  region: "us-east-1",
  lease: lease(1),
  attempts: 1,
  ...more,
})

/** A server that says yes to everything, and what it was asked. */
const yes = Effect.gen(function* () {
  const seen: Array<WireRequest> = []
  const url = yield* serveLoopback((request) =>
    Effect.sync(() => {
      seen.push(request)
      return { status: 200, headers: {}, body: "" }
    }),
  )
  return { seen, url }
})

/** Sends one operation; the answer may be anything, the request is what counts. */
const send = Effect.fnUntraced(function* (client: ApiClient, service: ServiceId, operation: string, input: object) {
  const Command = (yield* loadService(service)).operations.get(operation)?.Command
  if (Command === undefined) return yield* Effect.die(new Error(operation))
  // What is thrown is looked at as it is: a defect keeps it so.
  return yield* Effect.exit(Effect.promise((signal) => client.send(new Command({ ...input }), { abortSignal: signal })))
})

/** What of a request does not differ between two sendings of the same. */
const stable = ({ body, headers, method, path, query }: WireRequest) => {
  const { authorization = "", ...rest } = headers
  const volatile = ["amz-sdk-invocation-id", "x-amz-date", "host"]
  return {
    request: `${method} ${path}?${query}`,
    body: Buffer.from(body).toString("utf8"),
    scope: authorization.replace(/\/\d{8}(?=\/)|, Signature=.*$/g, ""),
    headers: Object.fromEntries(Object.entries(rest).filter(([name]) => !volatile.includes(name))),
  }
}

/** The scopes made here can be closed. */
const closeable = ({ scope }: ActiveLease): Effect.Effect<Scope.Closeable> =>
  "close" in scope || scope.state !== undefined
    ? Effect.succeed(scope as Scope.Closeable)
    : Effect.die(new Error("no scope"))

describe("the pool", () => {
  it.live("a client is shared by equal keys only; another lease never signs with its credentials", () =>
    Effect.gen(function* () {
      const clientOf = yield* makeClients("http://127.0.0.1:1")
      const first = yield* clientOf(key())
      assert.strictEqual(yield* clientOf(key()), first)
      for (const other of [
        key({ lease: lease(2) }),
        key({ attempts: 3 }),
        key({ region: "eu-west-1" }),
        key({ service: "sqs" }),
      ])
        assert.notStrictEqual(yield* clientOf(other), first)
      const [a, b] = yield* Effect.all([clientOf(key({ service: "sts" })), clientOf(key({ service: "sts" }))], {
        concurrency: "unbounded",
      })
      assert.strictEqual(a, b)
    }),
  )

  it.live("a lease that is given back takes its client with it", () =>
    Effect.gen(function* () {
      const clientOf = yield* makeClients("http://127.0.0.1:1")
      const ending = lease(3)
      const first = yield* clientOf(key({ lease: ending }))
      yield* Scope.close(yield* closeable(ending), Exit.void)
      assert.notStrictEqual(yield* clientOf(key({ lease: { ...ending, scope: Scope.makeUnsafe() } })), first)
    }),
  )

  it.live("only the clients used last are kept", () =>
    Effect.gen(function* () {
      const clientOf = yield* makeClients("http://127.0.0.1:1")
      const region = (n: number) => key({ service: "sts", region: `us-test-${n}` })
      const [first, second] = [yield* clientOf(region(0)), yield* clientOf(region(1))]
      for (let n = 2; n < MOST_CLIENTS; n++) yield* clientOf(region(n))
      assert.strictEqual(yield* clientOf(region(0)), first)
      yield* clientOf(region(MOST_CLIENTS))
      assert.strictEqual(yield* clientOf(region(0)), first)
      assert.notStrictEqual(yield* clientOf(region(1)), second)
    }),
  )
})

describe("a request", () => {
  it.live("is the same whatever the environment and the profiles say", () =>
    Effect.gen(function* () {
      const strangers = yield* yes
      const asked = (service: ServiceId, operation: string, input: object) =>
        Effect.gen(function* () {
          const { seen, url } = yield* yes
          const clientOf = yield* makeClients(url)
          yield* send(yield* clientOf(key({ service })), service, operation, input)
          assert.strictEqual(seen.length, 1)
          return seen.map(stable)
        })
      const all = Effect.all([
        asked("s3", "PutObject", { Bucket: "b", Key: "k", Body: "x" }),
        asked("dynamodb", "ListTables", {}),
        asked("ec2", "DescribeVpcs", {}),
        asked("sts", "GetCallerIdentity", {}),
      ])
      const clean = yield* all
      yield* withEnv(poison(strangers.url))
      assert.deepEqual(yield* all, clean)
      assert.deepEqual(strangers.seen, [])
      const [put] = clean[0]
      assert.match(put?.scope ?? "", /Credential=ASIA0000000000000001\/us-east-1\/s3\//)
      assert.strictEqual(put?.request, "PUT /b/k?x-id=PutObject")
      assert.match(put?.headers["user-agent"] ?? "", /vault-aws-mcp/)
    }),
  )

  it.live("carries the session's token, and none at all for an IAM user", () =>
    Effect.gen(function* () {
      const { seen, url } = yield* yes
      const clientOf = yield* makeClients(url)
      for (const kind of ["sts", "iam_user"] as const) {
        const n = kind === "sts" ? 1 : 2
        yield* send(yield* clientOf(key({ lease: lease(n, kind) })), "s3", "ListBuckets", {})
      }
      assert.deepEqual(
        seen.map(({ headers }) => headers["x-amz-security-token"]),
        ["token-1", undefined],
      )
    }),
  )

  it.live("goes to the endpoint, not to the host that a queue's address names", () =>
    Effect.gen(function* () {
      const strangers = yield* yes
      const { seen, url } = yield* yes
      const clientOf = yield* makeClients(url)
      const client = yield* clientOf(key({ service: "sqs" }))
      const message = { QueueUrl: `${strangers.url}/1/q`, MessageBody: "x" }
      yield* send(client, "sqs", "SendMessage", message)
      assert.deepEqual([seen.length, strangers.seen.length], [1, 0])
    }),
  )

  it.live("without an operator's endpoint goes to AWS's own host, whatever environment and input name", () =>
    Effect.gen(function* () {
      yield* withEnv(poison("http://127.0.0.1:1"))
      const clientOf = yield* makeClients(undefined)
      const hosts: Array<string> = []
      const host = Effect.fnUntraced(function* (service: ServiceId, operation: string, input: object) {
        const client = yield* clientOf(key({ service, region: "eu-west-1" }))
        client.middlewareStack.addRelativeTo(
          () => (args: FinalizeHandlerArguments<object>) => {
            const { hostname, protocol } = args.request as { readonly hostname: string; readonly protocol: string }
            hosts.push(`${protocol}//${hostname}`)
            return Promise.reject(new Error("far enough: tests send nothing to AWS"))
          },
          { relation: "before", toMiddleware: "egressGuard" },
        )
        yield* send(client, service, operation, input)
      })
      yield* host("sts", "GetCallerIdentity", {})
      yield* host("s3", "GetObject", { Bucket: "bucket", Key: "k" })
      yield* host("dynamodb", "ListTables", {})
      yield* host("sqs", "SendMessage", { QueueUrl: "https://evil.example/1/q", MessageBody: "x" })
      assert.deepEqual(hosts, [
        "https://sts.eu-west-1.amazonaws.com",
        "https://bucket.s3.eu-west-1.amazonaws.com",
        "https://dynamodb.eu-west-1.amazonaws.com",
        "https://sqs.eu-west-1.amazonaws.com",
      ])
    }),
  )

  it.live("to a strange host is stopped before it is signed", () =>
    Effect.gen(function* () {
      const strangers = yield* yes
      const clientOf = yield* makeClients(undefined)
      const client = yield* clientOf(key({ service: "sts" }))
      const signed: Array<unknown> = []
      client.middlewareStack.add(
        (next) => (args) => {
          const { request } = args as { request: { hostname: string; port: number; protocol: string } }
          Object.assign(request, {
            protocol: "http:",
            hostname: "127.0.0.1",
            port: Number(new URL(strangers.url).port),
          })
          return next(args)
        },
        { step: "build" },
      )
      client.middlewareStack.addRelativeTo(
        (next: FinalizeHandler<object, object>) => (args: FinalizeHandlerArguments<object>) => {
          signed.push(args)
          return next(args)
        },
        { relation: "after", toMiddleware: "httpSigningMiddleware" },
      )
      const exit = yield* send(client, "sts", "GetCallerIdentity", {})
      const thrown = Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
      assert.instanceOf(thrown, RefusedHost)
      assert.deepEqual([signed.length, strangers.seen.length], [0, 0])
    }),
  )
})
