/** Leases other than the ones that were asked for. They are so in Vault, too: what is told to end has ended there. */
import { Effect } from "effect"
import type { Trouble } from "../Faults.ts"
import type { WireRequest } from "../Wire.ts"
import { part, recordIn, rewritten } from "./Rewrite.ts"

const issues = ({ path }: WireRequest): boolean => /^\/v1\/.+\/(?:creds|sts)\//.test(path)
const renews = ({ path }: WireRequest): boolean => /^\/v1\/sys\/(?:leases\/)?renew(?:\/|$)/.test(path)

/** STS credentials as Vault 1.13.0 and 1.13.1 gave them: with `data.ttl` and without a lease. IAM users keep theirs. */
export const noLease: Trouble<"vault"> = {
  halves: ["vault"],
  happensTo: issues,
  does: Effect.fnUntraced(function* ({ backstage, request, rest }) {
    const response = yield* rest(request)
    const record = recordIn(response) ?? {}
    if (typeof part(record, "data")["security_token"] !== "string") return response
    // Closing an STS lease asks nothing of AWS: only Vault forgets it.
    yield* backstage.operate("sys/leases/revoke", { lease_id: record["lease_id"], sync: true })
    return rewritten(response, (all) => ({ ...all, lease_id: "", renewable: false, lease_duration: 0 }))
  }),
}

/** Leases of so many seconds, as with a low maximum of the mount: the credentials themselves may last longer. */
export const shortLease = (seconds: number): Trouble<"vault"> => ({
  halves: ["vault"],
  happensTo: (request) => issues(request) || renews(request),
  does: Effect.fnUntraced(function* ({ backstage, request, rest }) {
    const response = yield* rest(request)
    const { lease_duration: length, lease_id: lease, renewable } = recordIn(response) ?? {}
    if (typeof lease !== "string" || lease === "" || typeof length !== "number" || length <= seconds) return response
    // Vault shortens a renewable lease when it is asked to; the others are ended when their time is up.
    yield* renewable === true
      ? backstage.operate("sys/leases/renew", { lease_id: lease, increment: seconds })
      : backstage.later(
          Effect.andThen(
            Effect.sleep(seconds * 1000),
            backstage.operate("sys/leases/revoke", { lease_id: lease, sync: false }),
          ),
        )
    return rewritten(response, (all) => ({ ...all, lease_duration: seconds }))
  }),
})
