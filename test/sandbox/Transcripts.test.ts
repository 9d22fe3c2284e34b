/**
 * The Vault half against the recorded answers of a real Vault 1.14.9, by the comparer that was written for them. Flows
 * that need an act outside of Vault get it here from the AWS half: a lost user, a refusal, a key of another user.
 * The recordings are not part of this repository; where they are absent these tests are skipped by name.
 */
import { assert, beforeEach, describe, it } from "@effect/vitest"
import { Clock, Effect, Exit, Redacted, Scope } from "effect"
import { spawn } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { addUser, addUserKey } from "../../src/sandbox/aws/Identity.ts"
import { fault, type Trouble } from "../../src/sandbox/Faults.ts"
import { reset } from "../../src/sandbox/faults/Connection.ts"
import { answer } from "../../src/sandbox/faults/Custom.ts"
import { serveLoopback } from "../../src/sandbox/Loopback.ts"
import { type Sandbox, startSandbox } from "../../src/sandbox/Sandbox.ts"
import { makeVaultHalf } from "../../src/sandbox/vault/Server.ts"
import { makeStandby } from "../../src/sandbox/vault/Standby.ts"
import { xmlText } from "../../src/sandbox/Wire.ts"

const TRANSCRIPTS = new URL("../../../shared/transcripts/", import.meta.url)
const REPLAY = fileURLToPath(new URL("../../../shared/tools/replay.mjs", import.meta.url))

/** A new Vault and a new account. */
const freshSandbox = startSandbox({ empty: true })

interface Compared {
  readonly steps: ReadonlyArray<string>
  readonly said: string
}

/** Runs the comparer; gives the steps that differ, with what it says about them. */
const compare = (options: Readonly<Record<string, string>>, ...flags: ReadonlyArray<string>): Effect.Effect<Compared> =>
  Effect.callback((resume) => {
    const args = [...Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]), ...flags]
    const child = spawn(process.execPath, [REPLAY, ...args], { stdio: ["ignore", "pipe", "pipe"] })
    let said = ""
    child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString("utf8")))
    child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString("utf8")))
    child.on("close", () => {
      const steps = said.split("\n").flatMap((line) => (line.startsWith("✗ ") ? [line.slice(2)] : []))
      // A comparer that broke off would name no step: its last line tells that it came to the end.
      resume(
        Effect.succeed(/\d+ steps replayed/.test(said) ? { steps, said } : { steps: ["the comparer broke off"], said }),
      )
    })
    return Effect.sync(() => child.kill())
  })

/** Replays flows against a sandbox. */
const replay = (sandbox: Sandbox, flows: string): Effect.Effect<Compared> =>
  compare({
    vault: sandbox.vaultAddr,
    token: Redacted.value(sandbox.vaultToken),
    aws: sandbox.awsUrl,
    "aws-key": sandbox.rootKey.accessKeyId,
    "aws-secret": Redacted.value(sandbox.rootKey.secretKey),
    only: flows,
  })

const agrees = Effect.fnUntraced(function* (sandbox: Sandbox, flows: string, except: ReadonlyArray<string> = []) {
  const { said, steps } = yield* replay(sandbox, flows)
  assert.deepStrictEqual(steps, except, said)
})

const xml = (status: number, body: string): Trouble => answer({ status, headers: { "content-type": "text/xml" }, body })

const refused = (status: number, code: string, message: string): Trouble =>
  xml(
    status,
    `<ErrorResponse><Error><Code>${code}</Code><Message>${xmlText(message)}</Message></Error><RequestId>7ad6a0b2-8c4d-4e9b-9d0a-1d2f3a4b5c6d</RequestId></ErrorResponse>`,
  )

/** What AWS says to the next calls of an action. */
const next = (sandbox: Sandbox, action: string, trouble: Trouble, times = 1) =>
  sandbox.faults.add(fault(trouble, { half: "aws", about: action, times }))

describe("the Vault half and the recordings", () => {
  beforeEach((ctx) => {
    if (!existsSync(TRANSCRIPTS) || !existsSync(REPLAY)) ctx.skip("the recordings of a real Vault are not here")
  })

  it.live(
    "flows that need nothing from outside agree, run in order against one new server",
    () =>
      Effect.gen(function* () {
        const sandbox = yield* freshSandbox
        yield* agrees(
          sandbox,
          "setup,health,tokens,assumed-role,sts-lease,iam-user,federation,short-leases,cascade,denied,num-uses-and-batch,login,kv2,errors,quota",
        )
      }),
    120_000,
  )

  it.live("a lost IAM user agrees, with an AWS that does not know it any more", () =>
    Effect.gen(function* () {
      const sandbox = yield* freshSandbox
      const lost = "The user with name vault-token-iam-1-x cannot be found."
      yield* next(sandbox, "ListGroupsForUser", refused(404, "NoSuchEntity", lost), 99)
      yield* agrees(sandbox, "setup,iam-user-lost")
    }),
  )

  it.live("static roles and the rotation of the root key agree, with the users they need", () =>
    Effect.gen(function* () {
      const sandbox = yield* freshSandbox
      const now = yield* Clock.currentTimeMillis
      const plan = { account: "123456789012", path: "/", now }
      addUser(sandbox.identity, { ...plan, name: "legacy" })
      const rotated = addUser(sandbox.identity, { ...plan, name: "rotated" })
      rotated.attached.set("arn:aws:iam::aws:policy/AdministratorAccess", "AdministratorAccess")
      // The comparer has no value for this key and sends the markers themselves.
      const key = { accessKeyId: "$accessKey.root", secretKey: "$secretKey.root" }
      addUserKey(sandbox.identity, rotated, now, { key })
      yield* agrees(sandbox, "setup,static,rotate-root")
    }),
  )

  it.live("AWS's refusals agree; two steps name a port that the comparer does not know", () =>
    Effect.gen(function* () {
      const sandbox = yield* freshSandbox
      const flow = JSON.parse(readFileSync(new URL("aws-refuses.json", TRANSCRIPTS), "utf8"))
      for (const { aws } of flow.steps) {
        if (typeof aws === "string") yield* next(sandbox, "AssumeRole", reset)
        else if (aws?.code !== undefined) yield* next(sandbox, "AssumeRole", refused(aws.status, aws.code, aws.message))
        else if (aws !== undefined) yield* next(sandbox, "AssumeRole", xml(aws.status, aws.body))
      }
      const message =
        "User: arn:aws:iam::123456789012:user/vault is not authorized to perform: iam:CreateUser on resource: arn:aws:iam::123456789012:user/vault-x"
      yield* next(sandbox, "CreateUser", refused(403, "AccessDenied", message))
      yield* agrees(sandbox, "setup,aws-refuses", ["aws-refuses › connection reset", "aws-refuses › nothing listens"])
    }),
  )

  it.live("a standby agrees, whose active node ends between the steps where the recorded one was killed", () =>
    Effect.gen(function* () {
      const flow = JSON.parse(readFileSync(new URL("standby.json", TRANSCRIPTS), "utf8"))
      const killedBefore = flow.steps.findIndex(({ say }: { readonly say: string }) => say.includes("was killed"))
      assert.isAbove(killedBefore, 0)
      const token = "hvs.root-of-the-two-nodes"
      const half = yield* makeVaultHalf({ rootToken: token, initialised: true })
      const life = yield* Scope.fork(yield* Effect.scope)
      const active = yield* Scope.provide(serveLoopback(half.handler), life)
      const standby = yield* makeStandby(half, active)
      let asked = 0
      // Every request goes to the standby; the comparer knows one address only.
      const vault = yield* serveLoopback(
        Effect.fnUntraced(function* (request) {
          if (asked++ === killedBefore) yield* Effect.andThen(Scope.close(life, Exit.void), standby.endActive)
          return yield* standby.handler(request)
        }),
      )
      const { said, steps } = yield* compare({ vault, token, only: "standby" }, "--skip-waits")
      assert.deepStrictEqual(steps, [], said)
    }),
  )

  it.live("sealing agrees up to the unseal key, which the comparer does not know", () =>
    Effect.gen(function* () {
      const sandbox = yield* freshSandbox
      yield* agrees(sandbox, "setup,sealed", ["sealed › unseal", "sealed › health"])
    }),
  )
})
