/** The doctor's AWS calls, when AWS does not take what was leased. */
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration, Effect, Layer, Redacted, Scope } from "effect"
import * as http from "node:http"
import { AwsSession } from "../../src/aws/AwsSession.ts"
import { callerIdentity } from "../../src/aws/Sts.ts"
import { AppConfig } from "../../src/config/AppConfig.ts"
import { layerOneLease } from "../../src/doctor/OneLease.ts"
import { LeaseManager } from "../../src/lease/LeaseManager.ts"
import { now } from "../../src/lease/Age.ts"
import type { ActiveLease } from "../../src/lease/LeaseModel.ts"
import { config, target } from "../kit/FakeVault.ts"
import { listening } from "../kit/RealVault.ts"

const EXPIRED =
  '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>ExpiredToken</Code><Message>The security token included in the request is expired</Message></Error><RequestId>7ad6a0b2-8c4d-4e9b-9d0a-1d2f3a4b5c6d</RequestId></ErrorResponse>'

describe("sessions on one lease", () => {
  it.live("lease nothing more when AWS calls the credentials expired, where a tool's would", () =>
    Effect.gen(function* () {
      const port = yield* listening(
        http.createServer((_, response) => void response.writeHead(403, { "content-type": "text/xml" }).end(EXPIRED)),
      )
      const lease: ActiveLease = {
        scope: yield* Scope.make(),
        id: undefined,
        target,
        credentials: {
          accessKeyId: "ASIA0000000000000001",
          secretAccessKey: Redacted.make("secret-of-a-test"),
          sessionToken: Redacted.make("token-of-a-test"),
        },
        kind: "sts",
        arn: undefined,
        renewable: false,
        issuedAt: yield* DateTime.now,
        issued: yield* now,
        endsAt: DateTime.addDuration(yield* DateTime.now, Duration.hours(1)),
        awsEndsAt: undefined,
        granted: Duration.hours(1),
        warnings: [],
      }
      const asked: Array<string> = []
      const say = (word: string) =>
        Effect.as(
          Effect.sync(() => void asked.push(word)),
          lease,
        )
      const manager = Layer.mock(LeaseManager, { lease: () => say("lease"), rejected: () => say("rejected") })
      const given = Layer.merge(
        manager,
        Layer.succeed(AppConfig, { ...config, awsEndpoint: `http://127.0.0.1:${port}` }),
      )
      const who = Effect.flip(callerIdentity({ principal: "cli" }))
      const error = yield* who.pipe(Effect.provide(layerOneLease.pipe(Layer.provide(given))))
      assert.strictEqual(error.reason._tag, "CredentialsRefused")
      assert.deepStrictEqual(asked, ["lease"])
      yield* who.pipe(Effect.provide(AwsSession.layer.pipe(Layer.provide(given))))
      assert.deepStrictEqual(asked, ["lease", "lease", "rejected"])
    }),
  )
})
