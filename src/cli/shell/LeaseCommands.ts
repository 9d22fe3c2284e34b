/** /leases and /revoke: what the agents have leased now, and how to end it. */
import { Context, DateTime, Duration, Effect } from "effect"
import { principalOf } from "../../config/Agents.ts"
import { shortLeaseId } from "../../core/Ids.ts"
import { showSpan } from "../../core/Span.ts"
import { LeaseManager } from "../../lease/LeaseManager.ts"
import type { LeaseStatus } from "../../lease/LeaseModel.ts"
import { listing } from "../Listing.ts"
import { folded, shownTime } from "../Output.ts"
import { type Command, inWorld, tell, WELL, wrong } from "./Command.ts"
import { isGivenBack, leaseForPrograms, revocationForPrograms, revocationLines } from "./GivenBackWords.ts"
import type { Room } from "./Room.ts"
import { agentOf, noAgent } from "./Surface.ts"

/** The agent whose principal it is; another principal is shown as it is. */
const holder = (room: Room, principal: string): string =>
  room.surface.agents.find(({ name }) => principalOf(name) === principal)?.prompt ?? principal

const forPrograms = ({ inUse, lease, remaining }: LeaseStatus, agent: string) => ({
  agent,
  ...leaseForPrograms(lease),
  in_use: inUse,
  remaining_seconds: Math.floor(Duration.toSeconds(remaining)),
  ...(lease.awsEndsAt === undefined ? {} : { aws_access_ends: DateTime.formatIso(lease.awsEndsAt) }),
})

const heldTable = (room: Room, held: ReadonlyArray<LeaseStatus>, width: number | undefined): string =>
  listing(
    ["agent", "account", "role", "type", "lease", "left", "aws access", ""],
    held.map(({ inUse, lease, remaining }) => [
      holder(room, lease.target.principal),
      lease.target.account ?? "–",
      lease.target.role,
      lease.kind,
      lease.id === undefined ? "–" : shortLeaseId(lease.id),
      showSpan(Duration.seconds(Math.max(0, Math.floor(Duration.toSeconds(remaining))))),
      lease.awsEndsAt === undefined ? "–" : `until ${shownTime(lease.awsEndsAt)}`,
      inUse ? "in use" : "",
    ]),
    { width },
  )

/** Leases nothing by itself. */
export const showLeases: Command["run"] = (room) =>
  inWorld(
    room,
    Effect.fnUntraced(function* (world) {
      const held = yield* Context.get(world, LeaseManager).status
      yield* tell(
        room,
        () => ({ leases: held.map((one) => forPrograms(one, holder(room, one.lease.target.principal))) }),
        (width) => (held.length === 0 ? "Nothing is leased." : heldTable(room, held, width)),
      )
      return WELL
    }),
  )

/** Gives back what one agent, or every one, has leased; agents go on and lease anew when they need to. */
export const revoke: Command["run"] = (room, [word]) =>
  Effect.suspend(() => {
    const agent = word === undefined ? room.active : agentOf(room.surface, word)
    if (agent === undefined && word !== undefined && word !== "--all") return wrong(room, noAgent(room.surface, word))
    const meant = agent === undefined ? room.surface.agents : [agent]
    return inWorld(
      room,
      Effect.fnUntraced(function* (world) {
        const manager = Context.get(world, LeaseManager)
        const revocations = yield* Effect.forEach(meant, ({ name }) => manager.revoke(principalOf(name)), {
          concurrency: 4,
        })
        const all = revocations.flat()
        yield* tell(
          room,
          () => ({ revocations: all.map(revocationForPrograms) }),
          (width) =>
            all.length === 0
              ? "Nothing was leased; there is nothing to give back."
              : folded(revocationLines(all), width),
        )
        return all.every(isGivenBack) ? "well" : "failed"
      }),
    )
  })
