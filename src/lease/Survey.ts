/** Every lease that any process on this machine has out in Vault, from the journals, and what Vault says of each. */
import { type DateTime, Effect } from "effect"
import { AppConfig } from "../config/AppConfig.ts"
import { type Left, Journal } from "../journal/Journal.ts"
import { endInVault, type LeaseRecord } from "../journal/JournalModel.ts"
import { Vault } from "../vault/Vault.ts"
import { VaultAuth } from "../vault/VaultAuth.ts"
import type { VaultToken } from "../vault/VaultModel.ts"
import { isOurVault } from "./Leftovers.ts"

/** Lookups at once. */
const AT_ONCE = 8

/** `unknown`: it was not looked at, or Vault did not say. */
export type InVault = "open" | "closed" | "queued" | "unknown"

export interface SurveyRow {
  readonly left: Left
  readonly lease: LeaseRecord
  /** Whether it is in the Vault and namespace that the settings name. */
  readonly ours: boolean
  readonly inVault: InVault
  /** When Vault ends it by itself: at its own end, or its token's. */
  readonly endsInVault: DateTime.Utc
}

export interface Survey {
  readonly rows: ReadonlyArray<SurveyRow>
  /** Files of the journals' folder that cannot be understood. */
  readonly unread: ReadonlyArray<string>
  /** Why Vault was not asked; absent when it was, or nothing needed asking. */
  readonly problem: string | undefined
}

/** What the journals say; nobody is asked anything. */
export const readSurvey = Effect.gen(function* () {
  const config = yield* AppConfig
  const { left, unread } = yield* (yield* Journal).others
  const rows = left.flatMap((one) =>
    one.content.leases.map((lease): SurveyRow => ({
      left: one,
      lease,
      ours: isOurVault(config, one),
      inVault: lease.state ?? "unknown",
      endsInVault: endInVault(lease, one.content.tokens),
    })),
  )
  return { rows, unread, problem: undefined } satisfies Survey
})

const lookedAt = Effect.fnUntraced(function* (token: VaultToken, row: SurveyRow) {
  if (!row.ours || row.inVault === "closed") return row
  const vault = yield* Vault
  const inVault = yield* vault.lookupLease(token, row.lease.id).pipe(
    Effect.map((): InVault => (row.inVault === "queued" ? "queued" : "open")),
    Effect.catch(({ reason }) => Effect.succeed<InVault>(reason._tag === "LeaseGone" ? "closed" : row.inVault)),
  )
  return { ...row, inVault }
})

/** What the journals say, looked up in Vault as `principal`. A Vault that does not answer leaves it at that. */
export const survey = Effect.fn("Lease.survey")(function* (principal: string) {
  const found = yield* readSurvey
  if (!found.rows.some(({ ours }) => ours)) return found
  const auth = yield* VaultAuth
  return yield* auth.session(principal).pipe(
    Effect.flatMap(({ token }) => Effect.forEach(found.rows, (row) => lookedAt(token, row), { concurrency: AT_ONCE })),
    Effect.map((rows): Survey => ({ ...found, rows })),
    Effect.catch(({ message }) => Effect.succeed<Survey>({ ...found, problem: message })),
  )
})
