/**
 * The doctor's questions about the agents that have a role or policies of their own. Each is asked with the very token
 * that the agent would work on, which VaultAuth gives back at the end.
 */
import { Effect } from "effect"
import { AGENT_NAMES, type AgentName, type AgentSettings, principalOf } from "../config/Agents.ts"
import { AppConfig } from "../config/AppConfig.ts"
import { LeaseManager } from "../lease/LeaseManager.ts"
import type { LeaseTarget } from "../lease/LeaseModel.ts"
import { leaseTarget } from "../lease/Target.ts"
import { Vault } from "../vault/Vault.ts"
import { VaultAuth } from "../vault/VaultAuth.ts"
import type { VaultToken } from "../vault/VaultModel.ts"
import { ok } from "./Check.ts"
import { missingPolicies, noAgentLine, noAgentToken, worksOnAws } from "./checks/Agents.ts"
import { inOneWord } from "./checks/Each.ts"
import { credsPath, mayLease } from "./checks/Policy.ts"
import { told } from "./checks/Told.ts"
import { roleOf, whyNot } from "./Steps.ts"

/** Leases for the agent: only that tells of a role which your token may not read. */
const tryLease = Effect.fnUntraced(function* (target: LeaseTarget, right: "yes" | undefined) {
  const { sessionName } = (yield* AppConfig).vault
  const leasing = { target, roleArns: [], right, childRight: undefined, sessionName }
  yield* (yield* LeaseManager)
    .lease(target)
    .pipe(Effect.catch((error) => Effect.flatMap(whyNot(error, leasing), Effect.fail)))
})

/** The agent's token, its policies and its role. Fails with what is broken, gives what to warn of. */
const lookAt = Effect.fnUntraced(function* (
  agent: AgentName,
  settings: AgentSettings,
  token: VaultToken,
  seen: LeaseTarget | undefined,
) {
  const config = yield* AppConfig
  const vault = yield* Vault
  const target = yield* Effect.mapError(
    Effect.fromResult(leaseTarget(config, principalOf(agent), undefined)),
    (error) => told("agents", error),
  )
  const session = yield* Effect.mapError((yield* VaultAuth).session(target.principal), (error) =>
    noAgentToken(agent, error),
  )
  // What your token may not look at is taken to be there.
  const isMissing = (name: string) =>
    vault.policyExists(token, name).pipe(
      Effect.map((exists) => !exists),
      Effect.orElseSucceed(() => false),
    )
  const missing = yield* Effect.filter(settings.policies ?? [], isMissing, { concurrency: 4 })
  if (worksOnAws(agent, settings)) {
    const rights = yield* Effect.orElseSucceed(vault.capabilities(session.token, [credsPath(target)]), () => undefined)
    const right = mayLease(rights, target)
    if (right === "no")
      return yield* Effect.fail(noAgentLine(agent, target, settings, missing, seen?.mount === target.mount))
    const { check } = yield* roleOf("agents", token, target)
    if (check.verdict === "fail") return yield* Effect.fail(check)
    if (check.verdict === "skipped") yield* tryLease(target, right)
  }
  return missing.length === 0 ? ok("agents", agent) : missingPolicies(agent, missing)
})

/** Each agent for which something is set. `seen`: the target whose mount the token sees. */
export const agents = Effect.fnUntraced(function* (token: VaultToken, seen: LeaseTarget | undefined) {
  const config = yield* AppConfig
  const configured = AGENT_NAMES.flatMap((name) => {
    const settings = config.agents[name]
    return settings === undefined ? [] : [{ name, settings }]
  })
  if (configured.length === 0) return ok("agents", "none has settings of its own")
  const looked = yield* Effect.forEach(
    configured,
    ({ name, settings }) =>
      lookAt(name, settings, token, seen).pipe(
        Effect.catch((broken) => Effect.succeed(broken)),
        Effect.map((check) => ({ name, check })),
      ),
    { concurrency: 4 },
  )
  return inOneWord("agents", "agent", looked)
})
