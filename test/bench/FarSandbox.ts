/**
 * The world of the workflow bench, a process of its own: `node FarSandbox.ts ACCOUNTS MILLIS`. A sandbox whose AWS answers
 * so late, with a Vault role for each account. Its first line says where it is; for each line it is sent it says what it
 * has seen since the last.
 */
import { createInterface } from "node:readline"
import { Effect, Redacted } from "effect"
import { fault } from "../../src/sandbox/Faults.ts"
import { slow } from "../../src/sandbox/faults/Connection.ts"
import { observe } from "../../src/sandbox/faults/Custom.ts"
import { startSandbox } from "../../src/sandbox/Sandbox.ts"

/** Where it is. */
export interface FarAway {
  readonly vaultAddr: string
  readonly vaultToken: string
  readonly awsUrl: string
}

/** What it has seen, and what is left of it. */
export interface Seen {
  /** Requests for credentials, by the name of the role. */
  readonly creds: Readonly<Record<string, number>>
  /** Calls to AWS but those of Vault itself. */
  readonly calls: number
  readonly leases: number
  /** CPU that it has used, in milliseconds: it shares the machine. */
  readonly cpu: number
}

const [accounts = 0, millis = 0] = process.argv.slice(2).map(Number)

const say = (line: object) => Effect.sync(() => void process.stdout.write(`${JSON.stringify(line)}\n`))

const program = Effect.gen(function* () {
  const sandbox = yield* startSandbox({ empty: false })
  const token = Redacted.value(sandbox.vaultToken)
  for (let i = 0; i < accounts; i++)
    yield* Effect.promise(() =>
      fetch(`${sandbox.vaultAddr}/v1/aws/roles/bench-${i}`, {
        method: "POST",
        headers: { "X-Vault-Token": token },
        body: JSON.stringify({
          credential_type: "assumed_role",
          role_arns: ["arn:aws:iam::123456789012:role/mcp-agent-role"],
        }),
      }),
    )
  let creds: Record<string, number> = {}
  let calls = 0
  const asked = observe(({ path }) => {
    const role = path.slice(path.lastIndexOf("/") + 1)
    creds[role] = (creds[role] ?? 0) + 1
  })
  yield* sandbox.faults.add(fault(asked, { half: "vault", about: "/creds/" }))
  yield* sandbox.faults.add(
    fault(
      observe(() => void calls++),
      { half: "aws", about: "Describe" },
    ),
  )
  yield* sandbox.faults.add(fault(slow(millis), { half: "aws" }))
  yield* say({ vaultAddr: sandbox.vaultAddr, vaultToken: token, awsUrl: sandbox.awsUrl } satisfies FarAway)
  const asking = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
  let cpu = process.cpuUsage()
  while ((yield* Effect.promise(() => asking.next())).done !== true) {
    const used = process.cpuUsage(cpu)
    cpu = process.cpuUsage()
    const leases = yield* sandbox.vault.liveLeases
    yield* say({ creds, calls, leases, cpu: (used.user + used.system) / 1000 } satisfies Seen)
    creds = {}
    calls = 0
  }
})

await Effect.runPromise(Effect.scoped(program))
