import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { type Sandbox, startSandbox } from "../../src/sandbox/Sandbox.ts"
import { SEEDED_ROLES } from "../../src/sandbox/VaultSeed.ts"

const ask = (sandbox: Sandbox, path: string) =>
  Effect.promise(() =>
    fetch(`${sandbox.vaultAddr}/v1/${path}`, { headers: { "x-vault-token": Redacted.value(sandbox.vaultToken) } }).then(
      async (response) => ({
        status: response.status,
        body: (await response.json()) as { readonly data: Record<string, string> },
      }),
    ),
  )

describe("the sandbox", () => {
  it.live("seeded: every role leases credentials, in two accounts, and every lease is counted until it is over", () =>
    Effect.gen(function* () {
      const sandbox = yield* startSandbox({ empty: false })
      const arns: Array<string> = []
      for (const role of SEEDED_ROLES) {
        const { body, status } = yield* ask(sandbox, `aws/creds/${role}`)
        assert.strictEqual(status, 200, role)
        arns.push(body.data["arn"] ?? "")
      }
      assert.strictEqual(yield* sandbox.vault.liveLeases, SEEDED_ROLES.length)
      assert.isTrue(
        arns.some((arn) => arn.includes(":123456789012:")) && arns.some((arn) => arn.includes(":210987654321:")),
      )
    }),
  )

  it.live("empty: nothing is set up, and two sandboxes share nothing", () =>
    Effect.gen(function* () {
      const [one, two] = [yield* startSandbox({ empty: true }), yield* startSandbox({ empty: true })]
      assert.strictEqual((yield* ask(one, "aws/creds/mcp-agent-role")).status, 404)
      assert.notStrictEqual(Redacted.value(one.vaultToken), Redacted.value(two.vaultToken))
      assert.notStrictEqual(one.rootKey.accessKeyId, two.rootKey.accessKeyId)
      assert.notInclude(JSON.stringify(one.rootKey), Redacted.value(one.rootKey.secretKey))
    }),
  )
})
