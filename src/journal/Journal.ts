/**
 * Keeps on disk what this process has out in Vault, written before it is used, so that whatever ends the process, the
 * next one knows what is left. Also tells what others left. Without a state directory (the sandbox) nothing is written.
 */
import { randomBytes } from "node:crypto"
import { Context, DateTime, Effect, Layer, Semaphore } from "effect"
import { AppConfig } from "../config/AppConfig.ts"
import { type LeaseId, shortLeaseId } from "../core/Ids.ts"
import { current, endInVault, type JournalFile, type LeaseRecord, type TokenRecord } from "./JournalModel.ts"
import { makeFolder } from "./JournalFolder.ts"
import { type Life, makeProcesses } from "./Owner.ts"

/** What another process wrote, and whether it lives. */
export interface Left {
  readonly path: string
  readonly content: JournalFile
  readonly life: Life
}

/** What there is on disk of other processes. `unread`: files that cannot be understood. */
export interface Others {
  readonly left: ReadonlyArray<Left>
  readonly unread: ReadonlyArray<string>
}

/** Leases that are named one by one at the end; more are counted. */
const NAMED = 10

export class Journal extends Context.Service<
  Journal,
  {
    /** A token of ours lives until then; called again at each renewal. */
    readonly tokenHeld: (token: TokenRecord) => Effect.Effect<void>
    /** The token ended. Vault closes the leases under it later: a session's means nothing more, a user's is queued. */
    readonly tokenGone: (accessor: string) => Effect.Effect<void>
    /** A lease was made or renewed. */
    readonly leaseHeld: (lease: LeaseRecord) => Effect.Effect<void>
    /** Vault has promised to close the lease, or was asked without an answer that proves it. */
    readonly leaseQueued: (id: LeaseId) => Effect.Effect<void>
    /** Vault has closed the lease. */
    readonly leaseGone: (id: LeaseId) => Effect.Effect<void>
    /** What other processes have out, as they wrote it. */
    readonly others: Effect.Effect<Others>
    /** Puts what is left of another's journal in its place; nothing left removes it. */
    readonly settle: (left: Left, content: JournalFile) => Effect.Effect<void>
  }
>()("vault-aws-mcp/journal/Journal") {
  static readonly layer = Layer.effect(
    Journal,
    Effect.gen(function* () {
      const { stateDir, vault } = yield* AppConfig
      const folder = stateDir === undefined ? undefined : yield* makeFolder(stateDir)
      const processes = yield* makeProcesses
      const { pid } = processes.self
      const own = folder?.pathOf(`${pid}-${randomBytes(4).toString("hex")}`) ?? ""
      const tokens = new Map<string, TokenRecord>()
      const leases = new Map<LeaseId, LeaseRecord>()
      const one = yield* Semaphore.make(1)
      let complained = false
      let written = false

      const content = (): JournalFile => ({
        version: 1,
        owner: processes.self,
        vault: {
          address: vault.address,
          ...(vault.namespace === undefined ? {} : { namespace: vault.namespace }),
        },
        tokens: [...tokens.values()],
        leases: [...leases.values()],
      })

      const isEmpty = (file: JournalFile): boolean => file.tokens.length === 0 && file.leases.length === 0

      /** What is over by itself needs no line any more. */
      const prune = Effect.map(DateTime.now, (now) => {
        const kept = current(content(), now)
        for (const id of leases.keys()) if (!kept.leases.some((lease) => lease.id === id)) leases.delete(id)
        for (const accessor of tokens.keys())
          if (!kept.tokens.some((token) => token.accessor === accessor)) tokens.delete(accessor)
      })

      /** A journal that cannot be written is told once: leases still hang on a token that ends by itself. */
      const complain = (error: { readonly message: string }) =>
        Effect.suspend(() => {
          if (complained) return Effect.void
          complained = true
          return Effect.logWarning(
            `the journal of leases cannot be written (${error.message}); if this process is killed, nobody will know what it left. Check VAULT_AWS_MCP_STATE_DIR.`,
          )
        })

      const save = Effect.gen(function* () {
        if (folder === undefined) return
        yield* prune
        const file = content()
        if (!isEmpty(file)) {
          written = true
          return yield* folder.write(own, file).pipe(Effect.catch(complain))
        }
        if (written) yield* folder.remove(own)
        written = false
      }).pipe(Semaphore.withPermit(one))

      /** What Vault does with a lease whose token ended: nothing that matters to a session, later on to a user. */
      const ended = (lease: LeaseRecord): void => {
        if (lease.kind === "sts") leases.delete(lease.id)
        else leases.set(lease.id, { ...lease, state: "queued" })
      }

      const change = (apply: () => void) => Effect.suspend(() => (apply(), save))

      /** Said last: what stays behind in Vault, by whatever name it can be found. */
      const farewell = Effect.gen(function* () {
        yield* prune
        const left = [...leases.values()].filter(({ state }) => state === undefined)
        if (left.length === 0) return
        const lines = left.slice(0, NAMED).map((lease) => {
          const aws =
            lease.aws_ends_at === undefined ? "" : `, AWS honours it until ${DateTime.formatIso(lease.aws_ends_at)}`
          const end = DateTime.formatIso(endInVault(lease, [...tokens.values()]))
          return `${shortLeaseId(lease.id)} (${lease.kind}, Vault ends it by ${end}${aws})`
        })
        const more = left.length > NAMED ? ` and ${left.length - NAMED} more` : ""
        const where = folder === undefined ? "" : " Kept in the journal: `vault-aws-mcp leases` shows it."
        yield* Effect.logWarning(`not given back to Vault: ${lines.join("; ")}${more}.${where}`)
      })
      yield* Effect.addFinalizer(() => farewell)

      const others = Effect.gen(function* () {
        const found = folder === undefined ? [] : yield* folder.list
        const now = yield* DateTime.now
        const left: Array<Left> = []
        const unread: Array<string> = []
        for (const { content, path } of found) {
          if (path === own) continue
          if (content === undefined) {
            unread.push(path)
            continue
          }
          const kept = current(content, now)
          const life = yield* processes.lifeOf(content.owner)
          // What is over needs no cleaning; a living process writes its own file.
          if (isEmpty(kept) && life !== "alive") yield* folder?.remove(path) ?? Effect.void
          else left.push({ path, content: kept, life })
        }
        return { left, unread }
      })

      const settle = Effect.fnUntraced(function* (left: Left, content: JournalFile) {
        if (folder === undefined) return
        const kept = current(content, yield* DateTime.now)
        yield* isEmpty(kept) ? folder.remove(left.path) : folder.write(left.path, kept).pipe(Effect.catch(complain))
      })

      return Journal.of({
        tokenHeld: (token) => change(() => tokens.set(token.accessor, token)),
        tokenGone: (accessor) =>
          change(() => {
            tokens.delete(accessor)
            for (const lease of leases.values()) if (lease.accessor === accessor) ended(lease)
          }),
        leaseQueued: (id) =>
          change(() => {
            const lease = leases.get(id)
            if (lease !== undefined) leases.set(id, { ...lease, state: "queued" })
          }),
        leaseHeld: (lease) => change(() => leases.set(lease.id, lease)),
        leaseGone: (id) => change(() => leases.delete(id)),
        others,
        settle,
      })
    }),
  )
}
