/** Behaviour 4, the part about calls that are under way: real sockets, and an AWS that answers them when it is told to. */
import { assert, describe, it } from "@effect/vitest"
import { Context, Deferred, Effect, Fiber, Latch, Redacted } from "effect"
import { type AwsCall, AwsSession } from "../../src/aws/AwsSession.ts"
import { AppConfig } from "../../src/config/AppConfig.ts"
import { Redactor } from "../../src/guard/Redactor.ts"
import { LeaseManager } from "../../src/lease/LeaseManager.ts"
import { leaseTarget } from "../../src/lease/Target.ts"
import { makeAwsHalf } from "../../src/sandbox/aws/Server.ts"
import { serveLoopback } from "../../src/sandbox/Loopback.ts"
import type { WireHandler, WireResponse } from "../../src/sandbox/Wire.ts"
import { makeToolWorld } from "../kit/ToolWorld.ts"

const whoAmI: AwsCall = {
  principal: "test",
  account: "it",
  service: "sts",
  operation: "GetCallerIdentity",
  input: {},
  idempotent: true,
}

/** The product over a sandbox whose AWS holds the agents' calls back while the gate is closed. */
const gatedWorld = Effect.fnUntraced(function* (role: string) {
  const gate = yield* Latch.make(true)
  const arrived = yield* Deferred.make<void>()
  let half: WireHandler = () => Effect.die(new Error("asked before it was there"))
  /** What AWS says to the agents' calls instead of doing them. */
  let instead: WireResponse | undefined
  const url = yield* serveLoopback((request) => {
    if (!Buffer.from(request.body).includes("GetCallerIdentity")) return half(request)
    const told = gate.isOpen() ? Effect.void : Deferred.succeed(arrived, undefined)
    return told.pipe(
      Effect.andThen(gate.await),
      Effect.andThen(Effect.suspend(() => (instead === undefined ? half(request) : Effect.succeed(instead)))),
    )
  })
  const world = yield* makeToolWorld({ empty: false, awsUrl: url }, { accounts: { it: { role } } })
  const { accessKeyId, secretKey } = world.sandbox.rootKey
  const aws = yield* makeAwsHalf({
    rootKey: { accessKeyId, secretKey: Redacted.value(secretKey) },
    services: new Map(),
  })
  half = aws.handler
  const manager = Context.get(world.context, LeaseManager)
  const target = yield* Effect.fromResult(leaseTarget(Context.get(world.context, AppConfig), "test", "it"))
  const identity = Context.get(world.context, AwsSession)
    .send(whoAmI)
    .pipe(Effect.map((output) => (output as { readonly Arn: string }).Arn))
  yield* Effect.addFinalizer(() => gate.open)
  return {
    gate,
    arrived,
    manager,
    target,
    identity,
    sandbox: world.sandbox,
    bad: world.bad,
    redactor: Context.get(world.context, Redactor),
    refuse: (message: string) => {
      const body = `<ErrorResponse><Error><Type>Sender</Type><Code>InvalidParameterValue</Code><Message>${message}</Message></Error><RequestId>R1</RequestId></ErrorResponse>`
      instead = { status: 400, headers: { "content-type": "text/xml" }, body }
    },
  }
})

const until = (isSo: Effect.Effect<boolean>) =>
  isSo.pipe(
    Effect.tap((so) => (so ? Effect.void : Effect.sleep("5 millis"))),
    Effect.repeat({ until: (so) => so }),
  )

describe("a call that is under way", () => {
  it.live.each(["mcp-agent-role", "s3-reader-user"])(
    "4 when its lease is replaced, and again, finishes with the old credentials; the next is signed with the new (%s)",
    (role) =>
      Effect.gen(function* () {
        const { arrived, gate, identity, manager, sandbox, target } = yield* gatedWorld(role)
        const old = yield* identity
        yield* gate.close
        const call = yield* Effect.forkChild(identity)
        yield* Deferred.await(arrived)
        // Three times, so that there was time to give the first one back.
        for (let n = 0; n < 3; n++) yield* manager.refresh(target)
        // A session's lease may be closed at once: that changes nothing in AWS. A user is deleted when calls had time to end.
        if (role === "s3-reader-user") assert.strictEqual(yield* sandbox.vault.liveLeases, 4)
        yield* gate.open
        assert.strictEqual(yield* Fiber.join(call), old)
        assert.notStrictEqual(yield* identity, old)
      }),
  )

  it.live("44 when AWS refuses it in words that hold a replaced lease's credentials, tells none of them", () =>
    Effect.gen(function* () {
      const { arrived, bad, gate, manager, redactor, refuse, sandbox, target } = yield* gatedWorld("mcp-agent-role")
      const { accessKeyId, secretAccessKey, sessionToken } = (yield* manager.lease(target)).credentials
      const secrets = [accessKeyId, Redacted.value(secretAccessKey), Redacted.value(sessionToken ?? secretAccessKey)]
      yield* gate.close
      const call = yield* Effect.forkChild(bad("aws_get_caller_identity", { account: "it" }))
      yield* Deferred.await(arrived)
      yield* manager.refresh(target)
      yield* until(Effect.map(sandbox.vault.liveLeases, (leases) => leases === 1))
      refuse(`nobody knows ${secrets.join(" or ")}`)
      yield* gate.open
      const text = yield* Fiber.join(call)
      assert.include(text, "nobody knows [redacted] or [redacted] or [redacted]")
      // The call was the last that could hear of them.
      yield* until(Effect.sync(() => secrets.every((secret) => redactor.text(secret) === secret)))
    }),
  )
})
