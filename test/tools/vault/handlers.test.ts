/** Whose leases the vault tools show and give back: the server's client answers for the agents, an agent for itself. */
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect } from "effect"
import { credentialStatus, revokeCredentials } from "../../../src/tools/vault/handlers.ts"
import { makeLeaseWorld } from "../../kit/LeaseWorld.ts"

describe("the vault tools", () => {
  it.effect("name whose a lease is that is not the caller's own", () =>
    Effect.gen(function* () {
      const world = yield* makeLeaseWorld()
      yield* world.call()
      yield* world.call({ principal: "aws-agent" })
      const owners = (leases: ReadonlyArray<{ readonly principal?: string }>) => leases.map((one) => one.principal)
      assert.deepStrictEqual(owners((yield* world.tool(credentialStatus)).leases), [undefined, "aws-agent"])
      const seen = yield* world.tool(credentialStatus, "aws-agent")
      assert.deepStrictEqual(owners(seen.leases), ["mcp", undefined])
    }),
  )

  it.effect("give back the agents' leases with the server's own, and say when the last of them ends", () =>
    Effect.gen(function* () {
      const world = yield* makeLeaseWorld()
      const lease = yield* world.call({ principal: "aws-agent" })
      const told = yield* world.tool(revokeCredentials)
      assert.notMatch(told.message, /No credentials/)
      assert.match(told.message, /What aws-agent held is given back as well/)
      assert.deepStrictEqual(
        told.leases.map(({ principal }) => principal),
        ["aws-agent"],
      )
      assert.strictEqual(told.aws_access_ends, lease.awsEndsAt === undefined ? "" : DateTime.formatIso(lease.awsEndsAt))
      assert.deepStrictEqual(yield* world.host.run(world.manager.status), [])
      assert.match((yield* world.tool(revokeCredentials)).message, /^No credentials were held; there is nothing/)
    }),
  )

  it.effect("of an agent give back its own alone, and do not say that nothing is held while others hold some", () =>
    Effect.gen(function* () {
      const world = yield* makeLeaseWorld()
      yield* world.call()
      const none = yield* world.tool(revokeCredentials, "aws-agent")
      assert.match(none.message, /^No credentials of your own were held\. Not given back.* others hold: mcp\.$/)
      assert.deepStrictEqual(none.leases, [])
      yield* world.call({ principal: "aws-agent" })
      const own = yield* world.tool(revokeCredentials, "aws-agent")
      assert.lengthOf(own.leases, 1)
      assert.match(own.message, /Not given back.* others hold: mcp\.$/)
      assert.lengthOf(yield* world.host.run(world.manager.status), 1)
    }),
  )
})
