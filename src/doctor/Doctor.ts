/**
 * Walks the chain from this program to AWS, link by link, up to the first broken one. Only the order is here: the
 * questions are in Steps, what an answer means is in `checks/`. Leases once, as a tool would (and for an agent whose role
 * it may not read), and the caller's scope gives that back. Never hangs.
 */
import { Duration, Effect } from "effect"
import { callerIdentity } from "../aws/Sts.ts"
import { AppConfig } from "../config/AppConfig.ts"
import { Redactor } from "../guard/Redactor.ts"
import { LeaseManager } from "../lease/LeaseManager.ts"
import { leaseTarget } from "../lease/Target.ts"
import { Vault } from "../vault/Vault.ts"
import { agents } from "./AgentSteps.ts"
import { type Check, fail, type Link, LINKS, ok, skipped } from "./Check.ts"
import { awsCheck, placeOf, unknownTo } from "./checks/Aws.ts"
import { clockCheck } from "./checks/Clock.ts"
import { leased } from "./checks/Credentials.ts"
import { mountCheck } from "./checks/Engine.ts"
import { mayLease, policyCheck } from "./checks/Policy.ts"
import { handedOn } from "./checks/Standby.ts"
import { stateDirCheck } from "./checks/StateDir.ts"
import { told } from "./checks/Told.ts"
import { Outside } from "./Outside.ts"
import { accounts, lookAt, PRINCIPAL, reach, roleOf, tokenOf, whyNot } from "./Steps.ts"

/** What Vault may take for one answer; shorter than an operator may have set it, since a person is waiting. */
export const PATIENCE = Duration.seconds(8)
/** One link, in case that whatever it asks knows no limit of its own; and all of them. */
const LINK = Duration.seconds(12)
/** AWS may not know a new IAM user everywhere for some seconds, and is asked again meanwhile. */
const NEW_USER = Duration.seconds(20)
const WHOLE = Duration.seconds(30)

const silent = (link: Link, limit: Duration.Duration): Check =>
  fail(
    link,
    "no_answer",
    `no answer within ${Duration.toSeconds(limit)} s`,
    "see whether what is asked here answers at all: the network in between, and its own log",
  )

/** A step of the walk, within the time of a link. Its failure is the broken link. */
const within = <A, R>(link: Link, step: Effect.Effect<A, Check, R>, limit = LINK) =>
  Effect.timeoutOrElse(step, { duration: limit, orElse: () => Effect.fail(silent(link, limit)) })

/** The whole way; `note` keeps what is well, and fails with the first check that is not. */
const walk = Effect.fnUntraced(function* (note: (...checks: ReadonlyArray<Check>) => Effect.Effect<void, Check>) {
  const config = yield* AppConfig
  const vault = yield* Vault
  const target = yield* Effect.mapError(Effect.fromResult(leaseTarget(config, PRINCIPAL, undefined)), (error) =>
    told("role", error),
  )

  const { ahead, checks, health } = yield* within("address", reach)
  yield* note(...checks)
  if (health === undefined) return
  const { ours, token } = yield* within("token", tokenOf(health))
  yield* Effect.flatMap(Redactor, (redactor) => redactor.watch(token))
  const { check, rights } = yield* within("token", lookAt(token, ours, health, target))
  if (health.state !== "active") yield* note(handedOn(health))
  yield* note(check)

  const right = mayLease(rights, target)
  const mounted = yield* within("mount", Effect.result(vault.mount(token, target.mount)))
  yield* note(mountCheck(target, mounted, right))
  const seen = mounted._tag === "Success"
  yield* note(policyCheck(target, rights, seen, ours))
  const role = yield* within("role", roleOf("role", token, target))
  yield* note(role.check)

  yield* within("journal", stateDirCheck(config)).pipe(Effect.flatMap(note))
  const place = placeOf(config)
  const outside = yield* Outside
  const heard = place === undefined ? undefined : yield* within("aws", outside.ask(place))
  if (place === undefined || heard === undefined)
    yield* note(skipped("aws", "the endpoint of this partition is not known here"))
  else yield* note(awsCheck(place, heard, config))
  yield* note(clockCheck({ vault: ahead, aws: heard?._tag === "answered" ? heard.ahead : undefined }))

  const leasing = {
    target,
    roleArns: role.roleArns,
    right,
    childRight: undefined,
    sessionName: config.vault.sessionName,
  }
  const manager = yield* LeaseManager
  const lease = yield* manager.lease(target).pipe(
    Effect.catch((error) => Effect.flatMap(whyNot(error, leasing), Effect.fail)),
    (step) => within("credentials", step),
  )
  yield* note(leased(lease))
  const identity = yield* callerIdentity({ principal: PRINCIPAL }).pipe(
    Effect.mapError((error) => unknownTo(error, config, leasing)),
    (step) => within("identity", step, lease.kind === "iam_user" ? NEW_USER : LINK),
  )
  yield* note(ok("identity", `AWS knows us as ${identity.arn}`))
  yield* within("accounts", accounts(token, seen ? target : undefined)).pipe(Effect.flatMap(note))
  yield* within("agents", agents(token, seen ? target : undefined)).pipe(Effect.flatMap(note))
})

/** Every link, in order. Never fails: trouble is what it reports. */
export const examine = Effect.gen(function* () {
  const redactor = yield* Redactor
  const found = new Map<Link, Check>()
  const keep = (check: Check) =>
    Effect.sync(() => {
      const { detail, fix, name } = check
      const words = { detail: redactor.text(detail), ...(fix === undefined ? {} : { fix: redactor.text(fix) }) }
      found.set(name, { ...check, ...words })
    })
  const note = (...checks: ReadonlyArray<Check>) =>
    Effect.forEach(checks, (check) => (check.verdict === "fail" ? Effect.fail(check) : keep(check)), { discard: true })
  const next = (): Link => LINKS.find((link) => !found.has(link)) ?? "agents"
  const whole = Effect.timeoutOrElse(walk(note), {
    duration: WHOLE,
    orElse: () => Effect.fail(silent(next(), WHOLE)),
  })
  // In the scope still: the token is watched there.
  const broken = yield* whole.pipe(
    Effect.as(undefined),
    Effect.catch((check) => Effect.as(keep(check), check)),
    Effect.scoped,
  )
  const why = `${broken?.name ?? "another link"} must work first`
  return LINKS.map((link) => found.get(link) ?? skipped(link, why))
})
