/** `leases`: what every process of this program on this machine has out in Vault; `leases revoke` ends it. */
import { DateTime, Effect } from "effect"
import { shortLeaseId } from "../../core/Ids.ts"
import { Journal, type Left } from "../../journal/Journal.ts"
import { type Closed, closeLeft, endTokens } from "../../lease/Leftovers.ts"
import { type Survey, survey, type SurveyRow } from "../../lease/Survey.ts"
import { VaultAuth } from "../../vault/VaultAuth.ts"
import type { CommonArgs } from "../CommonArgs.ts"
import { listing } from "../Listing.ts"
import { columns, print, say, shownTime } from "../Output.ts"
import { CommandFailed, withWorld } from "../Session.ts"

/** Whose leases are looked at, and by whom: the child token that this takes is given back with the command. */
const PRINCIPAL = "cli"

/** The process a lease belongs to, in words. */
export const holderOf = ({ content: { owner }, life }: Left): string => {
  if (life === "unknown") return `process ${owner.pid} on ${owner.host}, out of sight`
  return `process ${owner.pid}, ${life === "alive" ? "running" : "killed"}`
}

const vaultWords = ({ endsInVault, inVault, ours }: SurveyRow): string => {
  if (!ours) return "another Vault"
  return inVault === "closed" ? "closed" : `${inVault}, ends by ${shownTime(endsInVault)}`
}

/** AWS ends an IAM user's key when Vault deletes the user. */
const awsWords = ({ lease }: SurveyRow): string =>
  lease.kind === "iam_user" ? "when Vault deletes the user" : `until ${shownTime(lease.aws_ends_at ?? lease.ends_at)}`

const forPrograms = ({ problem, rows, unread }: Survey): string =>
  JSON.stringify({
    leases: rows.map((row) => ({
      lease_id: shortLeaseId(row.lease.id),
      mount: row.lease.mount,
      role: row.lease.role,
      type: row.lease.kind,
      pid: row.left.content.owner.pid,
      host: row.left.content.owner.host,
      process: row.left.life,
      vault: row.ours ? row.inVault : "another",
      vault_ends_at: DateTime.formatIso(row.endsInVault),
      ...(row.lease.aws_ends_at === undefined ? {} : { aws_access_ends: DateTime.formatIso(row.lease.aws_ends_at) }),
    })),
    ...(problem === undefined ? {} : { problem }),
    unread_files: unread,
  })

const forPeople = ({ rows }: Survey): string =>
  rows.length === 0
    ? "No process on this machine has a lease out in Vault, as far as the journals tell."
    : listing(
        ["lease", "type", "held by", "in vault", "aws access"],
        rows.map((row) => [
          shortLeaseId(row.lease.id),
          row.lease.kind,
          holderOf(row.left),
          vaultWords(row),
          awsWords(row),
        ]),
        { width: columns() },
      )

/** Prints the leases; asks Vault about each that is in the Vault of the settings. */
export const showLeases = Effect.fnUntraced(function* (common: CommonArgs, json: boolean) {
  const found = yield* withWorld(common, (_config, world) =>
    Effect.flatMap(world, (context) => Effect.provide(survey(PRINCIPAL), context)),
  )
  yield* print(json ? forPrograms(found) : forPeople(found))
  if (json) return
  if (found.problem !== undefined) yield* say(`Vault was not asked about them: ${found.problem}`)
  if (found.unread.length > 0)
    yield* say(
      `Not understood, and left as they are: ${found.unread.join(", ")}. A newer version may have written them.`,
    )
})

/** Which leases are meant. */
export interface RevokeArgs {
  /** Ids as they are listed (the beginning is enough), or whole. */
  readonly ids: ReadonlyArray<string>
  /** All of processes that were killed. */
  readonly dead: boolean
  /** All, also of running processes. */
  readonly all: boolean
}

const failed = (what: string): CommandFailed => new CommandFailed({ what, exitCode: 1 })

/** The rows meant by the arguments; an id that names none or several is refused before anything is done. */
const chosen = Effect.fnUntraced(function* ({ all, dead, ids }: RevokeArgs, rows: ReadonlyArray<SurveyRow>) {
  const named: Array<SurveyRow> = []
  for (const id of ids) {
    const start = id.replace(/(?:…|\.\.\.)$/, "")
    const found = rows.filter(({ lease }) => lease.id.startsWith(start))
    const [one] = found
    if (one === undefined)
      return yield* failed(`No lease begins with ${JSON.stringify(id)}. \`vault-aws-mcp leases\` lists them.`)
    if (found.length > 1)
      return yield* failed(`${JSON.stringify(id)} begins ${found.length} leases; give more of it. Nothing was revoked.`)
    named.push(one)
  }
  return rows.filter((row) => all || (dead && row.left.life === "dead") || named.includes(row))
})

const outcome = ({ lease }: SurveyRow, { kept, problem }: Closed): string => {
  const id = shortLeaseId(lease.id)
  if (problem !== undefined) return `${id}: not closed. ${problem}`
  if (lease.kind === "sts")
    return `${id}: closed in Vault; AWS cannot cancel an issued session: it works until ${shownTime(lease.aws_ends_at ?? lease.ends_at)}.`
  return kept === undefined
    ? `${id}: revoked, Vault deleted the IAM user and its key. AWS may take some seconds to refuse the key everywhere.`
    : `${id}: queued in Vault, not confirmed. The key may still work.`
}

/** Closes the leases that are meant, and says of each what that was worth. */
export const revokeLeases = Effect.fnUntraced(function* (common: CommonArgs, args: RevokeArgs) {
  if (args.ids.length === 0 && !args.dead && !args.all)
    return yield* failed("Which leases? Name them by their ids, or give --dead (of killed processes) or --all.")
  const problems = yield* withWorld(common, (_config, world) =>
    Effect.flatMap(world, (context) => Effect.provide(revoke(args), context)),
  )
  if (problems > 0) return yield* failed(`${problems} leases could not be closed; they end by themselves.`)
})

const revoke = Effect.fnUntraced(function* (args: RevokeArgs) {
  const { problem, rows } = yield* survey(PRINCIPAL)
  if (problem !== undefined) return yield* failed(problem)
  const meant = (yield* chosen(args, rows)).filter(({ inVault, ours }) => ours && inVault !== "closed")
  if (meant.length === 0) yield* print("There is nothing to close.")
  const { token } = yield* (yield* VaultAuth).session(PRINCIPAL)
  const results = yield* Effect.forEach(
    meant,
    (row) => Effect.map(closeLeft(token, row.lease), (closed) => ({ row, closed })),
    { concurrency: 8 },
  )
  for (const { closed, row } of results) yield* print(outcome(row, closed))
  // A running process keeps its own journal.
  const journal = yield* Journal
  for (const left of new Set(meant.flatMap(({ left }) => (left.life === "dead" ? [left] : [])))) {
    const after = new Map(results.map(({ closed, row }) => [row.lease, closed.kept]))
    const leases = left.content.leases.flatMap((lease) => (after.has(lease) ? (after.get(lease) ?? []) : lease))
    // Named leases alone are closed; the rest of a killed process goes with its token.
    const ended = args.ids.length > 0 ? new Set<string>() : yield* endTokens(token, left)
    const tokens = left.content.tokens.filter(({ accessor }) => !ended.has(accessor))
    yield* journal.settle(left, { ...left.content, tokens, leases })
  }
  return results.filter(({ closed }) => closed.problem !== undefined).length
})
