/** `sandbox`: both halves until Ctrl-C, and the environment to copy. The one command that prints keys: throw-away ones. */
import { Effect, Redacted } from "effect"
import type { Dialect } from "../../sandbox/Dialect.ts"
import type { Sandbox } from "../../sandbox/Sandbox.ts"
import { print, say, table } from "../Output.ts"
import { CommandFailed } from "../Session.ts"

interface SandboxFlags {
  readonly empty: boolean
  readonly dialect: Dialect
  /** As they were typed. */
  readonly fault: ReadonlyArray<string>
  readonly json: boolean
}

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

/** How faults are written, and the list of their names. */
const faultHelp = (rows: ReadonlyArray<ReadonlyArray<string>>): string =>
  [
    "A fault is written NAME[=ARG][@SCOPE][xTIMES]: seal, slow=5s@aws, reset@credsx1, throttle@aws:AssumeRole.",
    "SCOPE: vault or aws, or a text that the request is about (path, service, operation), or both with a colon.",
    "Without a half it stands at the first that its name has. xTIMES: for so many requests, else until the end.",
    "Without a text it holds for every request it can happen to, health checks included where a real one would fail.",
    "Several hold in the order they are given; one that answers by itself hides those behind it.",
    "TIME is 250ms, 2s, 10m or 1h.",
    "",
    table(rows),
  ].join("\n")

/** Stays until it is interrupted. */
export const runSandbox = Effect.fnUntraced(function* ({ dialect, empty, fault, json }: SandboxFlags) {
  const { faultRows, parseFault } = yield* Effect.promise(() => import("../../sandbox/faults/Grammar.ts"))
  if (fault.includes("help")) return yield* print(faultHelp(faultRows))
  const faults = yield* Effect.forEach(fault, (text) => Effect.fromResult(parseFault(text))).pipe(
    Effect.mapError((why) => new CommandFailed({ what: `${why}\n${faultHelp(faultRows)}`, exitCode: 1 })),
  )
  const { startSandbox } = yield* Effect.promise(() => import("../../sandbox/Sandbox.ts"))
  return yield* Effect.scoped(
    Effect.gen(function* () {
      const sandbox = yield* startSandbox({ dialect, empty })
      yield* sandbox.faults.add(...faults.flat())
      yield* print(json ? forPrograms(sandbox) : forPeople(sandbox))
      if (!json) {
        yield* say(
          `The sandbox is an emulated Vault and AWS, for learning and tests${empty ? "; nothing is set up" : ""}${fault.length === 0 ? "" : `; it misbehaves: ${fault.join(", ")}`}. Copy the lines above into another terminal. Ctrl-C ends it and everything in it.`,
        )
      }
      return yield* Effect.never
    }),
  )
})
