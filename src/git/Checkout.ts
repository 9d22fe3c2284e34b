/**
 * Takes the work tree from one commit's files to another's. First everything is looked at: a file that was changed, or
 * that nobody tracks, and that would have to go, stops it before anything has happened. Then it is done without a stop.
 */
import { Effect } from "effect"
import { attributesOver } from "./Attributes.ts"
import { blobId, conversionOf, type Ground, readBlob, storedContent } from "./Content.ts"
import type { FileStat } from "./FileStat.ts"
import { type GitError, gitError, listed } from "./GitError.ts"
import { type Change, isSame, LINK, PROGRAM, SUBMODULE, type TreeFile } from "./GitModel.ts"
import { changeIndex, type Index, type NewEntry } from "./IndexFile.ts"
import { lineRule, toWorktree } from "./LineEnds.ts"
import { foldersOf } from "./PathRules.ts"
import { workChange } from "./Status.ts"
import { inWords } from "./Words.ts"

/** What stands in the way of a change, as a path; `undefined` when it is safe. `leaving`: tracked paths that go. */
const obstacle = Effect.fnUntraced(function* (
  ground: Ground,
  index: Index,
  { after, before, path }: Change,
  leaving: ReadonlySet<string>,
): Effect.fn.Return<string | undefined, GitError> {
  const { fs } = ground.repo
  const entry = index.entries.get(path)
  const now: TreeFile | undefined = entry === undefined ? undefined : { mode: entry.mode, oid: entry.oid }
  if (!isSame(now, before) && !isSame(now, after)) return path
  if (entry !== undefined) {
    // Also one that git was told to take for unchanged: it may hold what is nowhere else.
    const change = yield* workChange(ground, index, { ...entry, flags: { ...entry.flags, assumeValid: false } })
    // A file that is gone already loses nothing; one that is as it is to be neither.
    if (change !== undefined && change.after !== undefined && !isSame(change.after, after)) return path
    if (change === undefined || change.after !== undefined) return undefined
  }
  if (after === undefined) return undefined
  for (const folder of foldersOf(path)) {
    const stat = fs.look(fs.at(folder))
    if (stat !== undefined && !stat.isDirectory() && !leaving.has(folder)) return folder
  }
  const stat = fs.look(fs.at(path))
  if (stat === undefined) return undefined
  if (stat.isDirectory()) return after.mode === SUBMODULE ? undefined : strangerIn(ground, path, leaving)
  if (leaving.has(path)) return undefined
  if (!stat.isFile() && !stat.isSymbolicLink()) return path
  // Nobody tracks it: it may stay only when it is what would be written.
  const same = stat.isSymbolicLink() === (after.mode === LINK)
  return same && blobId(yield* storedContent(ground, path, stat, after)) === after.oid ? undefined : path
})

/** A file in a folder that is to become a file, when it is not one of those that go anyway. */
const strangerIn = (ground: Ground, folder: string, leaving: ReadonlySet<string>): string | undefined => {
  const { fs } = ground.repo
  for (const entry of fs.names(fs.at(folder))) {
    const path = `${folder}/${entry.name}`
    const found = entry.folder ? strangerIn(ground, path, leaving) : leaving.has(path) ? undefined : path
    if (found !== undefined) return found
  }
  return undefined
}

/** Attributes as they will be once the changes are made. */
const attributesAfter = Effect.fnUntraced(function* (ground: Ground, changes: ReadonlyArray<Change>) {
  const { fs } = ground.repo
  const texts = new Map<string, string | undefined>()
  for (const { after, path } of changes)
    if (path === ".gitattributes" || path.endsWith("/.gitattributes"))
      texts.set(
        path,
        after === undefined || after.mode === LINK
          ? undefined
          : Buffer.from(yield* readBlob(ground.repo, after.oid)).toString("utf8"),
      )
  return attributesOver(
    (path) =>
      texts.has(path) ? texts.get(path) : fs.small(path === "" ? `${fs.gitdir}/info/attributes` : fs.at(path)),
    ground.ignorecase,
  )
})

/** The changes can be made without a loss, or the error says what stands in the way. */
const refuseLoss = Effect.fnUntraced(function* (
  ground: Ground,
  index: Index,
  changes: ReadonlyArray<Change>,
  doing: string,
): Effect.fn.Return<void, GitError> {
  if ([...index.entries.values()].some(({ flags }) => flags.skipWorktree))
    return yield* gitError(
      "git_unsupported",
      "This is a sparse checkout, whose files are not switched here. Undo it with: git sparse-checkout disable",
    )
  const leaving = new Set(changes.flatMap(({ after, path }) => (after === undefined ? [path] : [])))
  const found = yield* Effect.forEach(changes, (change) => obstacle(ground, index, change, leaving), {
    concurrency: 16,
  })
  const paths = [...new Set(found.filter((path) => path !== undefined))]
  if (paths.length > 0)
    return yield* gitError(
      "git_would_overwrite",
      `Nothing was changed: ${doing} would overwrite what is not committed in ${listed(paths)}. Commit it first (git_add, git_commit), or move it away.`,
    )
})

const isSameFile = (a: FileStat | undefined, b: FileStat | undefined): boolean =>
  a?.ino === b?.ino &&
  a?.size === b?.size &&
  a?.mtimeSeconds === b?.mtimeSeconds &&
  a?.mtimeNanoseconds === b?.mtimeNanoseconds &&
  a?.ctimeNanoseconds === b?.ctimeNanoseconds

/** Fails for a path at which there is something else now than when it was looked at: somebody works there. */
const watcher = ({ repo: { fs } }: Ground, changes: ReadonlyArray<Change>) => {
  const seen = new Map(changes.map(({ path }) => [path, fs.look(fs.at(path))]))
  return (path: string): Effect.Effect<void, GitError> => {
    const before = seen.get(path)
    return before?.isDirectory() === true || isSameFile(before, fs.look(fs.at(path)))
      ? Effect.void
      : Effect.fail(
          gitError("git_would_overwrite", `Somebody changed ${path} in this very moment, so it was left alone.`),
        )
  }
}

/** Folders in which nothing is left go, too. */
const removeEmpty = Effect.fnUntraced(function* (ground: Ground, path: string) {
  const { fs } = ground.repo
  for (const folder of foldersOf(path).toReversed()) {
    if (fs.names(fs.at(folder)).length > 0) return
    yield* Effect.ignore(Effect.tryPromise(() => fs.rmdir(fs.at(folder))))
  }
})

/** Writes one file as it stands in a work tree. */
const write = Effect.fnUntraced(function* (
  ground: Ground,
  path: string,
  { mode, oid }: TreeFile,
  content: Uint8Array,
): Effect.fn.Return<NewEntry, GitError> {
  const { fs } = ground.repo
  const at = fs.at(path)
  const attempt = (work: () => Promise<void>) => Effect.tryPromise({ try: work, catch: inWords })
  for (const folder of foldersOf(path))
    if (fs.look(fs.at(folder)) === undefined) yield* attempt(() => fs.mkdir(fs.at(folder)))
  const before = fs.look(at)
  if (mode === SUBMODULE) {
    if (before === undefined) yield* attempt(() => fs.mkdir(at))
    return { path, oid, mode, stat: undefined }
  }
  // By now empty, or there would have been no way.
  if (before?.isDirectory() === true) yield* attempt(() => fs.removeFolders(at))
  if (mode === LINK) {
    if (before !== undefined && !before.isDirectory()) yield* attempt(() => fs.unlink(at))
    yield* attempt(() => fs.symlink(Buffer.from(content).toString("utf8"), at))
  } else yield* attempt(() => fs.writeFile(at, content, { mode: mode === PROGRAM ? 0o777 : 0o666 }))
  return { path, oid, mode, stat: fs.look(at) }
})

/**
 * Makes the changes in the work tree and the index. `doing` ends "… would overwrite"; `then` belongs to it, and is done
 * when the files are there.
 */
export const checkout = Effect.fnUntraced(function* (
  ground: Ground,
  index: Index,
  changes: ReadonlyArray<Change>,
  doing: string,
  then: Effect.Effect<void, GitError>,
): Effect.fn.Return<void, GitError> {
  const unchanged = watcher(ground, changes)
  yield* refuseLoss(ground, index, changes, doing)
  const attributesOf = yield* attributesAfter(ground, changes)
  const encoded = changes.find(
    ({ after, path }) =>
      after !== undefined && conversionOf(attributesOf, path) === "working-tree-encoding" && after.mode !== LINK,
  )
  if (encoded !== undefined)
    return yield* gitError(
      "git_unsupported",
      `${encoded.path} has the attribute working-tree-encoding, which is not done here. Nothing was changed; use git itself.`,
    )
  const { fs } = ground.repo
  const apply = Effect.gen(function* () {
    for (const { after, before, path } of changes)
      if (after === undefined && before?.mode !== SUBMODULE) {
        yield* unchanged(path)
        if (fs.look(fs.at(path))?.isDirectory() === false)
          yield* Effect.tryPromise({ try: () => fs.unlink(fs.at(path)), catch: inWords })
        yield* removeEmpty(ground, path)
      }
    const put = yield* Effect.forEach(
      changes.flatMap(({ after, path }) => (after === undefined ? [] : [{ path, after }])),
      ({ after, path }) =>
        Effect.gen(function* () {
          if (after.mode === SUBMODULE) return yield* write(ground, path, after, new Uint8Array())
          const stored = yield* readBlob(ground.repo, after.oid)
          yield* unchanged(path)
          const rule = lineRule(attributesOf(path), ground)
          const plain = after.mode === LINK || conversionOf(attributesOf, path) !== undefined
          return yield* write(ground, path, after, plain ? stored : toWorktree(rule, stored))
        }),
    )
    const remove = changes.flatMap(({ after, path }) => (after === undefined ? [path] : []))
    yield* changeIndex(ground.repo, { remove, put })
    yield* then
  })
  yield* Effect.uninterruptible(apply).pipe(
    Effect.mapError((error) =>
      gitError(
        error.code,
        `${error.what} The files were being replaced when it happened: some are new, some old. All of them are in commits; see git_status.`,
      ),
    ),
  )
})
