/** `sandbox`: both halves until Ctrl-C, and the environment to copy. The one command that prints keys: throw-away ones. */
import { Effect, Redacted } from "effect"
import type { Sandbox } from "../../sandbox/Sandbox.ts"
import { print, say } from "../Output.ts"

/** For other programs: the names that Vault's and AWS's own clients know. */
const forPrograms = (sandbox: Sandbox): string =>
  JSON.stringify({
    VAULT_ADDR: sandbox.vaultAddr,
    VAULT_TOKEN: Redacted.value(sandbox.vaultToken),
    AWS_ENDPOINT_URL: sandbox.awsUrl,
    AWS_ACCESS_KEY_ID: sandbox.rootKey.accessKeyId,
    AWS_SECRET_ACCESS_KEY: Redacted.value(sandbox.rootKey.secretKey),
  })

const forPeople = (sandbox: Sandbox): string =>
  [
    `export VAULT_AWS_MCP_VAULT_ADDR=${sandbox.vaultAddr}`,
    `export VAULT_AWS_MCP_VAULT_TOKEN=${Redacted.value(sandbox.vaultToken)}`,
    `export VAULT_AWS_MCP_AWS_ENDPOINT_URL=${sandbox.awsUrl}`,
  ].join("\n")

/** Stays until it is interrupted. */
export const runSandbox = Effect.fnUntraced(function* (empty: boolean, json: boolean) {
  const { startSandbox } = yield* Effect.promise(() => import("../../sandbox/Sandbox.ts"))
  return yield* Effect.scoped(
    Effect.gen(function* () {
      const sandbox = yield* startSandbox({ empty })
      yield* print(json ? forPrograms(sandbox) : forPeople(sandbox))
      if (!json) {
        yield* say(
          `The sandbox is an emulated Vault and AWS, for learning and tests${empty ? "; nothing is set up" : ""}. Copy the lines above into another terminal. Ctrl-C ends it and everything in it.`,
        )
      }
      return yield* Effect.never
    }),
  )
})
