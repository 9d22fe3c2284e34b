/** Git's index: what is going to be committed, and how each file looked when it was last seen to be the same. */
import { Effect } from "effect"
import type { FileStat } from "./FileStat.ts"
import { type GitError, gitError } from "./GitError.ts"
import type { Repo } from "./Repo.ts"
import { inWords } from "./Words.ts"

/** An entry as isomorphic-git keeps it. */
export interface IndexEntry {
  readonly path: string
  readonly oid: string
  readonly mode: number
  readonly size: number
  readonly ctimeSeconds: number
  readonly ctimeNanoseconds: number
  readonly mtimeSeconds: number
  readonly mtimeNanoseconds: number
  readonly ino: number
  readonly uid: number
  readonly gid: number
  readonly flags: {
    readonly assumeValid: boolean
    readonly skipWorktree: boolean
    readonly intentToAdd: boolean
    readonly stage: number
  }
}

export interface Index {
  readonly entries: ReadonlyMap<string, IndexEntry>
  /** Paths with conflicts of a merge that somebody else began. */
  readonly unmerged: ReadonlyArray<string>
  /** When the file was written: what was seen no earlier may have changed since without a trace. */
  readonly written: FileStat | undefined
}

/** What isomorphic-git's index can do that is used here. */
interface RawIndex {
  readonly entriesMap: ReadonlyMap<string, IndexEntry>
  readonly entriesFlat: ReadonlyArray<IndexEntry>
  readonly unmergedPaths: ReadonlyArray<string>
  readonly insert: (entry: {
    readonly filepath: string
    readonly oid: string
    readonly stats?: Partial<Omit<FileStat, "isFile" | "isDirectory" | "isSymbolicLink">>
  }) => void
  readonly delete: (entry: { readonly filepath: string }) => void
}

const acquire = <A>(repo: Repo, use: (index: RawIndex) => A): Effect.Effect<A, GitError> =>
  Effect.tryPromise({
    try: () => {
      const { FileSystem, GitIndexManager } = repo.library
      const { cache, fs, gitdir } = repo.common
      // Its types know nothing of the index, which has these members.
      return GitIndexManager.acquire({ fs: new FileSystem(fs), gitdir, cache }, use as never) as Promise<A>
    },
    catch: inWords,
  })

/** The length of an entry in the file. */
const lengthOf = ({ flags, path }: IndexEntry): number =>
  Math.ceil((62 + (flags.skipWorktree || flags.intentToAdd ? 2 : 0) + Buffer.byteLength(path) + 1) / 8) * 8

/**
 * The name of an extension that a reader must understand, and isomorphic-git does not: a split or a sparse index, which
 * holds but a part of the entries.
 */
const mandatoryExtension = (bytes: Buffer, entries: ReadonlyArray<IndexEntry>): string | undefined => {
  let at = entries.reduce((sum, entry) => sum + lengthOf(entry), 12)
  while (at + 8 <= bytes.length - 20) {
    const name = bytes.toString("latin1", at, at + 4)
    if (!/^[A-Z]/.test(name)) return name
    at += 8 + bytes.readUInt32BE(at + 4)
  }
  return undefined
}

/** The index as it is. */
export const readIndex = Effect.fnUntraced(function* (repo: Repo): Effect.fn.Return<Index, GitError> {
  const path = `${repo.fs.gitdir}/index`
  const written = repo.fs.look(path)
  if (written === undefined) return { entries: new Map(), unmerged: [], written }
  const bytes = yield* Effect.tryPromise({ try: () => repo.fs.readFile(path), catch: inWords })
  if (Buffer.from(bytes).toString("latin1", 0, 8) === "DIRC\0\0\0\u0004")
    return yield* gitError(
      "git_unsupported",
      "The repository's index is of version 4, which is not read here. Change that with: git update-index --index-version 2",
    )
  const { entries, flat, unmerged } = yield* acquire(repo, (index) => ({
    entries: new Map(index.entriesMap),
    flat: index.entriesFlat,
    unmerged: [...index.unmergedPaths],
  }))
  const extension = mandatoryExtension(Buffer.from(bytes), flat)
  if (extension !== undefined)
    return yield* gitError(
      "git_unsupported",
      `The repository's index is split or sparse (${JSON.stringify(extension)}). Undo that with: git update-index --no-split-index, or git sparse-checkout disable`,
    )
  return { entries, unmerged, written }
})

/** An entry to be written: with the file's particulars, or without, so that it is looked at again. */
export interface NewEntry {
  readonly path: string
  readonly oid: string
  readonly mode: number
  readonly stat: FileStat | undefined
}

/** Changes the index in one go. */
export const changeIndex = (
  repo: Repo,
  change: { readonly remove: ReadonlyArray<string>; readonly put: ReadonlyArray<NewEntry> },
): Effect.Effect<void, GitError> =>
  change.remove.length + change.put.length === 0
    ? Effect.void
    : acquire(repo, (index) => {
        for (const path of change.remove) if (index.entriesMap.has(path)) index.delete({ filepath: path })
        for (const { mode, oid, path, stat } of change.put) {
          // A path that was a folder, or lies in one that was a file, is not both.
          index.insert({ filepath: path, oid, stats: { ...(stat ?? NOTHING_SEEN), mode } })
        }
      })

const NOTHING_SEEN = {
  ctimeSeconds: 0,
  ctimeNanoseconds: 0,
  mtimeSeconds: 0,
  mtimeNanoseconds: 0,
  dev: 0,
  ino: 0,
  uid: 0,
  gid: 0,
  size: 0,
}

/** Whether a file looks as it did when the entry was written, and could not have changed in that moment. */
export const looksUnchanged = (entry: IndexEntry, stat: FileStat, written: FileStat | undefined): boolean =>
  entry.size === stat.size &&
  entry.mtimeSeconds === stat.mtimeSeconds &&
  (entry.mtimeNanoseconds === 0 || entry.mtimeNanoseconds === stat.mtimeNanoseconds) &&
  entry.ctimeSeconds === stat.ctimeSeconds &&
  (entry.ctimeNanoseconds === 0 || entry.ctimeNanoseconds === stat.ctimeNanoseconds) &&
  entry.ino === stat.ino &&
  entry.uid === stat.uid &&
  entry.gid === stat.gid &&
  written !== undefined &&
  (stat.mtimeSeconds < written.mtimeSeconds ||
    (stat.mtimeSeconds === written.mtimeSeconds && stat.mtimeNanoseconds < written.mtimeNanoseconds))
