import { assert, describe, it } from "@effect/vitest"
import { Effect, Schedule } from "effect"
import { fault } from "../../../src/sandbox/Faults.ts"
import { expired, iamLag, throttled } from "../../../src/sandbox/faults/AwsTrouble.ts"
import { startSandbox } from "../../../src/sandbox/Sandbox.ts"
import { type Heard, hearAws, hearVault, jsonOf, leasedKey, rootKeyOf, WHO } from "../../kit/Hearing.ts"

/** Status and code of a refusal in any of AWS's forms. */
const refused = (heard: Heard): string => {
  const code = /<Code>(\w+)<\/Code>/.exec(heard.text)?.[1] ?? /"__type":"(?:[\w.]+#)?(\w+)"/.exec(heard.text)?.[1]
  return `${heard.status} ${code ?? String(heard.headers["x-amzn-errortype"])}`
}

const S3 = { service: "s3", path: "/acme-config" }
const EC2 = { service: "ec2", action: "DescribeVpcs", params: { Version: "2016-11-15" } }
const DYNAMO = { service: "dynamodb", target: "DynamoDB_20120810.ListTables" }
const LAMBDA = { service: "lambda", path: "/2015-03-31/functions" }

const OFTEN = Schedule.spaced("20 millis")

describe("expired", () => {
  it.live("session credentials are over, in each service's own way; Vault's own key goes on", () =>
    Effect.gen(function* () {
      const sandbox = yield* startSandbox({ empty: false })
      const session = yield* leasedKey(sandbox)
      yield* sandbox.faults.add(fault(expired))
      const heard = yield* Effect.forEach([WHO, S3, EC2, DYNAMO, LAMBDA], (ask) =>
        Effect.map(hearAws(sandbox, session, ask), refused),
      )
      assert.deepStrictEqual(heard, [
        "403 ExpiredToken",
        "400 ExpiredToken",
        "400 RequestExpired",
        "400 ExpiredTokenException",
        "403 ExpiredTokenException",
      ])
      assert.strictEqual((yield* hearVault(sandbox, "aws/creds/mcp-agent-role")).status, 200)
    }),
  )

  it.live("once: requests without a session do not use it up", () =>
    Effect.gen(function* () {
      const sandbox = yield* startSandbox({ empty: false })
      yield* sandbox.faults.add(fault(expired, { times: 1 }))
      const session = yield* leasedKey(sandbox)
      assert.strictEqual((yield* hearAws(sandbox, session, WHO)).status, 403)
      assert.strictEqual((yield* hearAws(sandbox, session, WHO)).status, 200)
    }),
  )
})

describe("throttle", () => {
  it.live("too many calls, in each service's own way; at AssumeRole, Vault makes a 502 of it", () =>
    Effect.gen(function* () {
      const sandbox = yield* startSandbox({ empty: false })
      const key = rootKeyOf(sandbox)
      yield* sandbox.faults.set(fault(throttled, { about: "AssumeRole" }))
      const vault = yield* hearVault(sandbox, "aws/creds/mcp-agent-role")
      assert.strictEqual(vault.status, 502)
      assert.match(jsonOf(vault).errors[0], /^Error assuming role: Throttling: Rate exceeded\n\tstatus code: 400/)
      assert.strictEqual((yield* hearAws(sandbox, key, WHO)).status, 200)
      yield* sandbox.faults.set(fault(throttled))
      const heard = yield* Effect.forEach([WHO, S3, EC2, DYNAMO, LAMBDA], (ask) =>
        Effect.map(hearAws(sandbox, key, ask), refused),
      )
      assert.deepStrictEqual(heard, [
        "400 Throttling",
        "503 SlowDown",
        "503 RequestLimitExceeded",
        "400 ThrottlingException",
        "429 TooManyRequestsException",
      ])
    }),
  )
})

describe("iam-lag", () => {
  it.live("a new user's key is unknown for so long, in each service's own way, and then works", () =>
    Effect.gen(function* () {
      const sandbox = yield* startSandbox({ empty: false })
      yield* sandbox.faults.add(fault(iamLag(1500)))
      const key = yield* leasedKey(sandbox, "s3-reader-user")
      const heard = yield* Effect.forEach([WHO, S3, EC2, DYNAMO], (ask) =>
        Effect.map(hearAws(sandbox, key, ask), refused),
      )
      assert.deepStrictEqual(heard, [
        "403 InvalidClientTokenId",
        "403 InvalidAccessKeyId",
        "401 AuthFailure",
        "400 UnrecognizedClientException",
      ])
      const who = hearAws(sandbox, key, WHO)
      yield* who.pipe(
        Effect.repeat({ until: ({ status }) => status === 200, schedule: OFTEN }),
        Effect.timeout("5 seconds"),
      )
      assert.strictEqual((yield* hearAws(sandbox, rootKeyOf(sandbox), WHO)).status, 200)
    }),
  )

  it.live("a new user cannot be taken back: Vault's revocation fails as recorded, and succeeds without the lag", () =>
    Effect.gen(function* () {
      const sandbox = yield* startSandbox({ empty: false })
      yield* sandbox.faults.add(fault(iamLag(60_000)))
      const { lease_id } = jsonOf(yield* hearVault(sandbox, "aws/creds/s3-reader-user"))
      const revoke = hearVault(sandbox, "sys/leases/revoke", { body: { lease_id, sync: true } })
      const failed = yield* revoke
      assert.strictEqual(failed.status, 400)
      assert.match(
        jsonOf(failed).errors[0],
        /^failed to revoke entry: resp: \(\*logical\.Response\)\(nil\) err: NoSuchEntity: The user with name vault-token-s3-reader-user-\S+ cannot be found\.\n\tstatus code: 404, request id: \S+$/,
      )
      assert.strictEqual(yield* sandbox.vault.liveLeases, 1)
      yield* sandbox.faults.set()
      assert.strictEqual((yield* revoke).status, 204)
      assert.strictEqual(yield* sandbox.vault.liveLeases, 0)
    }),
  )
})
