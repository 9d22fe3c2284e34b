/**
 * Gives back all that an agent holds in Vault: its leases, then its token. Whoever waits for it waits a bounded time; the
 * giving back itself is not broken off by that, so that nothing falls between two owners.
 */
import { Duration, Effect, Fiber, FiberSet, Option } from "effect"
import { type AgentName, principalOf } from "../config/Agents.ts"
import { shortLeaseId } from "../core/Ids.ts"
import { LeaseManager } from "../lease/LeaseManager.ts"
import type { Revocation } from "../lease/LeaseModel.ts"
import { VaultAuth } from "../vault/VaultAuth.ts"

/** What came of giving back. */
export interface GivenBack {
  readonly agent: AgentName
  /** What each lease's end means in AWS, told truthfully: see LeaseManager. */
  readonly leases: ReadonlyArray<Revocation>
  /** `not-owned`: there was none, or it is the operator's own, which is never revoked. */
  readonly token: "revoked" | "not-owned" | "failed" | "no-answer"
  /** What is not known to be given back, a line each; it ends in Vault by itself. */
  readonly left: ReadonlyArray<string>
}

/** Vault is waited for no longer than that. */
const PATIENCE = Duration.seconds(5)

/** A lease that Vault did not close, when the token it hangs on did not go either. */
const leftOf = ({ closedInVault, lease }: Revocation): ReadonlyArray<string> =>
  closedInVault === "failed" || closedInVault === "refused"
    ? [`lease ${lease.id === undefined ? "" : shortLeaseId(lease.id)} of role ${lease.target.role}`]
    : []

/** How agents give back; the work belongs to the present scope. */
export const makeGivingBack = Effect.gen(function* () {
  const manager = yield* LeaseManager
  const auth = yield* VaultAuth
  const works = yield* FiberSet.make<GivenBack>()
  // Half of the last moment: the other half is for what the rooms below give back themselves.
  yield* Effect.addFinalizer(() =>
    Effect.flatMap(auth.lastMoment, (left) =>
      Effect.ignore(Effect.timeout(FiberSet.awaitEmpty(works), Duration.times(left, 1 / 2))),
    ),
  )

  /** What is being given back now. Another pass waits for it, and tells of both. */
  const running = new Map<AgentName, Fiber.Fiber<GivenBack>>()

  const pass = Effect.fnUntraced(function* (agent: AgentName, before: Fiber.Fiber<GivenBack> | undefined) {
    const first = before === undefined ? undefined : yield* Fiber.join(before)
    const principal = principalOf(agent)
    const owned = (yield* auth.sessions).some((one) => one.principal === principal && one.session.owned)
    const leases = yield* manager.revoke(principal)
    const released = yield* auth.release(principal)
    // The token may have gone with the leases already, where its policies do not let it close them.
    const token = owned && released === "not-owned" ? "revoked" : released
    return {
      agent,
      leases: [...(first?.leases ?? []), ...leases],
      token: token === "not-owned" ? (first?.token ?? token) : token,
      left: [
        ...(first?.left ?? []),
        // With the token Vault ends what hangs on it.
        ...(token === "revoked" ? [] : leases.flatMap(leftOf)),
        ...(token === "failed" ? ["its token: Vault did not revoke it"] : []),
      ],
    } satisfies GivenBack
  })

  return Effect.fn("GivingBack.of")(function* (agent: AgentName) {
    const fiber = yield* FiberSet.run(works, pass(agent, running.get(agent)))
    running.set(agent, fiber)
    const given = yield* Effect.timeoutOption(Fiber.join(fiber), PATIENCE)
    if (running.get(agent) === fiber && Option.isSome(given)) running.delete(agent)
    return Option.getOrElse(given, (): GivenBack => ({
      agent,
      leases: [],
      token: "no-answer",
      left: ["its leases and its token: Vault did not answer in time, and goes on being asked"],
    }))
  })
})
