import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { fault } from "../../../src/sandbox/Faults.ts"
import {
  deadTokens,
  deniedRevoke,
  leaseCount,
  missingState,
  rateLimit,
} from "../../../src/sandbox/faults/VaultRefusals.ts"
import { startSandbox } from "../../../src/sandbox/Sandbox.ts"
import { type Heard, hearVault, jsonOf } from "../../kit/Hearing.ts"

const CREDS = "aws/creds/mcp-agent-role"
const DENIED = "1 error occurred:\n\t* permission denied\n\n"

const refused = (heard: Heard) => ({ status: heard.status, errors: jsonOf(heard).errors })

describe("429", () => {
  it.live("a rate limit's, with Retry-After, as recorded from a real one; the status knows no quota", () =>
    Effect.gen(function* () {
      const sandbox = yield* startSandbox({ empty: false })
      yield* sandbox.faults.add(fault(rateLimit(9)))
      const heard = yield* hearVault(sandbox, CREDS)
      assert.deepStrictEqual(refused(heard), {
        status: 429,
        errors: [`request path "${CREDS}": rate limit quota exceeded`],
      })
      assert.deepInclude(heard.headers, {
        "retry-after": "9",
        "x-ratelimit-limit": "1",
        "x-ratelimit-remaining": "0",
        "x-ratelimit-reset": "9",
      })
      assert.strictEqual((yield* hearVault(sandbox, "sys/health")).status, 200)
    }),
  )

  it.live("a lease count's, without Retry-After, and only for what makes leases", () =>
    Effect.gen(function* () {
      const sandbox = yield* startSandbox({ empty: false })
      yield* sandbox.faults.add(fault(leaseCount))
      const heard = yield* hearVault(sandbox, CREDS)
      assert.deepStrictEqual(refused(heard), {
        status: 429,
        errors: [`1 error occurred:\n\t* request path "${CREDS}": lease count quota exceeded\n\n`],
      })
      assert.isUndefined(heard.headers["retry-after"])
      assert.strictEqual((yield* hearVault(sandbox, "auth/token/create", { body: {} })).status, 429)
      assert.strictEqual((yield* hearVault(sandbox, "auth/token/lookup-self")).status, 200)
      assert.strictEqual((yield* hearVault(sandbox, "aws/roles/mcp-agent-role")).status, 200)
    }),
  )
})

describe("412", () => {
  it.live("says that the required state is not there yet", () =>
    Effect.gen(function* () {
      const sandbox = yield* startSandbox({ empty: true })
      yield* sandbox.faults.add(fault(missingState, { times: 1 }))
      assert.deepStrictEqual(refused(yield* hearVault(sandbox, "auth/token/lookup-self")), {
        status: 412,
        errors: ["1 error occurred:\n\t* required index state not present\n\n"],
      })
      assert.strictEqual((yield* hearVault(sandbox, "auth/token/lookup-self")).status, 200)
    }),
  )
})

describe("dead-token", () => {
  it.live("403 with the bare words for whoever brings a token, and nobody else", () =>
    Effect.gen(function* () {
      const sandbox = yield* startSandbox({ empty: true })
      yield* hearVault(sandbox, "sys/auth/approle", { body: { type: "approle" } })
      yield* sandbox.faults.add(fault(deadTokens))
      const dead = { status: 403, errors: ["permission denied"] }
      assert.deepStrictEqual(refused(yield* hearVault(sandbox, "auth/token/lookup-self")), dead)
      assert.strictEqual((yield* hearVault(sandbox, "sys/health")).status, 200)
      const login = yield* hearVault(sandbox, "auth/approle/login", { token: "", body: { role_id: "r" } })
      assert.strictEqual(login.status, 400)
    }),
  )
})

describe("denied-revoke", () => {
  it.live("403 of a missing policy for leases, and with self for the token's own end, too", () =>
    Effect.gen(function* () {
      const sandbox = yield* startSandbox({ empty: false })
      const { lease_id } = jsonOf(yield* hearVault(sandbox, CREDS))
      const made = yield* hearVault(sandbox, "auth/token/create", { body: { ttl: "5m" } })
      const token: string = jsonOf(made).auth.client_token
      const revoke = hearVault(sandbox, "sys/leases/revoke", { body: { lease_id, sync: true } })
      const revokeSelf = hearVault(sandbox, "auth/token/revoke-self", { token, body: {} })
      yield* sandbox.faults.set(fault(deniedRevoke("self")))
      assert.deepStrictEqual(refused(yield* revoke), { status: 403, errors: [DENIED] })
      assert.deepStrictEqual(refused(yield* revokeSelf), { status: 403, errors: [DENIED] })
      yield* sandbox.faults.set(fault(deniedRevoke()))
      assert.strictEqual((yield* revoke).status, 403)
      assert.strictEqual((yield* revokeSelf).status, 204)
      assert.strictEqual(yield* sandbox.vault.liveLeases, 1)
      assert.strictEqual((yield* hearVault(sandbox, "sys/leases/lookup", { body: { lease_id } })).status, 200)
    }),
  )
})
