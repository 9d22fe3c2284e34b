/** What differs between HEAD, the index and the work tree, as `git status` tells it. Changes nothing, not even the index. */
import { Effect } from "effect"
import { blobId, type Ground, modeOf, storedContent } from "./Content.ts"
import type { GitError } from "./GitError.ts"
import { type Change, type Files, type Head, type Status, SUBMODULE } from "./GitModel.ts"
import { isIgnored, rootRules, type Rules, rulesIn } from "./Ignore.ts"
import { type Index, type IndexEntry, looksUnchanged } from "./IndexFile.ts"
import { byBytes, foldersOf } from "./PathRules.ts"
import { changesOf, told } from "./Trees.ts"

/** Files that are read at the same time. */
const AT_ONCE = 16

/** The files that the index holds. */
export const filesIn = (index: Index): Files =>
  new Map(
    [...index.entries].flatMap(([path, { flags, mode, oid }]) =>
      flags.intentToAdd || flags.stage !== 0 ? [] : [[path, { mode, oid }] as const],
    ),
  )

/** How a file of the work tree differs from its entry; `undefined` when it does not. */
export const workChange = Effect.fnUntraced(function* (
  ground: Ground,
  index: Index,
  entry: IndexEntry,
): Effect.fn.Return<Change | undefined, GitError> {
  const { flags, path } = entry
  if (flags.assumeValid || flags.skipWorktree || flags.stage !== 0) return undefined
  const before = flags.intentToAdd ? undefined : { mode: entry.mode, oid: entry.oid }
  const { fs } = ground.repo
  const stat = fs.look(fs.at(path))
  // A submodule is a repository of its own, and is not looked into.
  if (entry.mode === SUBMODULE) return stat?.isDirectory() === true ? undefined : { path, before, after: undefined }
  if (stat === undefined || !(stat.isFile() || stat.isSymbolicLink())) return { path, before, after: undefined }
  const mode = modeOf(ground, stat, entry.mode)
  if (before !== undefined && mode === entry.mode && looksUnchanged(entry, stat, index.written)) return undefined
  const oid = blobId(yield* storedContent(ground, path, stat, before))
  // Git calls a file of another length changed, even if it would be stored as the same: so do we.
  const same = entry.size === 0 || entry.size === stat.size
  return before !== undefined && mode === entry.mode && oid === entry.oid && same
    ? undefined
    : { path, before, after: { mode, oid } }
})

/** How the work tree differs from the index, in paths that are tracked. */
export const workChanges = (
  ground: Ground,
  index: Index,
  wanted: (path: string) => boolean = () => true,
): Effect.Effect<ReadonlyArray<Change>, GitError> =>
  Effect.forEach(
    [...index.entries.values()].filter(({ path }) => wanted(path)),
    (entry) => workChange(ground, index, entry),
    { concurrency: AT_ONCE },
  ).pipe(
    Effect.map((changes) => changes.filter((change) => change !== undefined).sort((a, b) => byBytes(a.path, b.path))),
  )

/** How untracked files are told: one by one, or by the outermost folder in which nothing is tracked. */
type Detail = "files" | "folders"

/** Files that are neither tracked nor ignored. */
export const untrackedIn = Effect.fnUntraced(function* (
  { ignorecase, repo: { fs } }: Ground,
  index: Index,
  detail: Detail,
): Effect.fn.Return<ReadonlyArray<string>, GitError> {
  const tracked = new Set<string>()
  for (const path of index.entries.keys()) for (const folder of foldersOf(path)) tracked.add(folder)
  const found: Array<string> = []

  /** Looks through a folder; with `first` it ends at the first file that counts. Whether there was one. */
  const look = Effect.fnUntraced(function* (folder: string, rules: Rules, first: boolean): Effect.fn.Return<boolean> {
    let any = false
    // A pause for whoever else wants to go on: this may be a large tree.
    yield* Effect.yieldNow
    for (const { folder: isFolder, name, plain } of fs.names(folder === "" ? fs.dir : fs.at(folder))) {
      if (name === ".git") continue
      const path = folder === "" ? name : `${folder}/${name}`
      const entry = index.entries.get(path)
      if (!isFolder) {
        if (!plain || entry !== undefined || isIgnored(rules, path)) continue
        any = true
        if (first) return true
        found.push(path)
        continue
      }
      if (entry?.mode === SUBMODULE || isIgnored(rules, `${path}/`)) continue
      const nested = !tracked.has(path) && fs.look(fs.at(`${path}/.git`)) !== undefined
      if (nested) {
        any = true
        if (first) return true
        found.push(`${path}/`)
        continue
      }
      const whole = detail === "folders" && !tracked.has(path)
      const within = yield* look(path, rulesIn(fs, rules, path, ignorecase), first || whole)
      any = any || within
      if (within && first) return true
      // Where the index has a file, git tells of that one alone.
      if (within && whole && entry === undefined) found.push(`${path}/`)
    }
    return any
  })
  yield* look("", rootRules(fs, ignorecase), false)
  return found.sort(byBytes)
})

/** The whole of it. `head`: the files of the commit that HEAD is on. */
export const statusOf = Effect.fnUntraced(function* (
  ground: Ground,
  index: Index,
  head: Head,
  files: Files,
): Effect.fn.Return<Status, GitError> {
  const unmerged = new Set(index.unmerged)
  const staged = changesOf(files, filesIn(index)).filter(({ path }) => !unmerged.has(path))
  const unstaged = yield* workChanges(ground, index, (path) => !unmerged.has(path))
  const untracked = yield* untrackedIn(ground, index, "folders")
  return {
    head,
    staged: told(staged),
    // A file that was moved without git being told is one that is gone and one that is new.
    unstaged: unstaged.map((change) => told([change])).flat(),
    untracked,
    unmerged: index.unmerged,
  }
})
