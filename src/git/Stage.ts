/** Puts the state of files into the index, as `git add` does: new, changed and deleted ones. */
import { Effect } from "effect"
import { type Ground, modeOf, refuseConverted, storeBlob, storedContent } from "./Content.ts"
import { type GitError, gitError, listed } from "./GitError.ts"
import { SUBMODULE } from "./GitModel.ts"
import { isIgnored, rootRules, rulesIn } from "./Ignore.ts"
import { changeIndex, type Index, type NewEntry } from "./IndexFile.ts"
import { foldersOf, isFinePath } from "./PathRules.ts"
import { untrackedIn, workChanges } from "./Status.ts"

/** What was staged. */
export interface Staged {
  readonly added: number
  readonly modified: number
  readonly deleted: number
  /** Repositories within this one: they are not taken in. */
  readonly skipped: ReadonlyArray<string>
}

/** A path as this folder has it; `""` is everything. */
const normal = (path: string): string =>
  path
    .replace(/^(?:\.\/)+/, "")
    .replace(/\/+$/, "")
    .replace(/^\.$/, "")

/** Paths as a caller names them, each fine. */
export const pathspec = Effect.fnUntraced(function* (
  paths: ReadonlyArray<string>,
): Effect.fn.Return<ReadonlyArray<string>, GitError> {
  const all = paths.map(normal)
  const wrong = all.find((path) => path !== "" && !isFinePath(path))
  if (wrong !== undefined)
    return yield* gitError(
      "git_outside",
      `${JSON.stringify(wrong.slice(0, 200))} is no path within the repository. Give paths relative to it, such as src/main.ts; . means all.`,
    )
  return all
})

/** Whether a path is one of those, or lies in one. */
export const isUnder = (spec: ReadonlyArray<string>, path: string): boolean =>
  spec.some((one) => one === "" || path === one || path.startsWith(`${one}/`))

const isPassedOver = ({ ignorecase, repo: { fs } }: Ground, path: string): boolean => {
  let rules = rootRules(fs, ignorecase)
  for (const folder of foldersOf(path)) {
    if (isIgnored(rules, `${folder}/`)) return true
    rules = rulesIn(fs, rules, folder, ignorecase)
  }
  return isIgnored(rules, path) || isIgnored(rules, `${path}/`)
}

/** The content goes into the repository before the index names it. */
const stored = Effect.fnUntraced(function* (
  ground: Ground,
  index: Index,
  path: string,
): Effect.fn.Return<NewEntry | undefined, GitError> {
  const { fs } = ground.repo
  const stat = fs.look(fs.at(path))
  if (stat === undefined || !(stat.isFile() || stat.isSymbolicLink())) return undefined
  if (!stat.isSymbolicLink()) yield* refuseConverted(ground, path)
  const before = index.entries.get(path)
  const blob = yield* storedContent(ground, path, stat, before)
  const oid = yield* storeBlob(ground.repo, blob)
  return { path, oid, mode: modeOf(ground, stat, before?.mode), stat }
})

/** Stages `paths`. All of it is looked at before the index changes. */
export const stage = Effect.fnUntraced(function* (
  ground: Ground,
  index: Index,
  paths: ReadonlyArray<string>,
): Effect.fn.Return<Staged, GitError> {
  const spec = yield* pathspec(paths)
  if (index.unmerged.length > 0)
    return yield* gitError(
      "git_unmerged",
      `A merge is under way, with conflicts in ${listed(index.unmerged)}. Resolve it with git itself, then come again.`,
    )
  const untracked = (yield* untrackedIn(ground, index, "files")).filter((path) =>
    isUnder(spec, path.replace(/\/$/, "")),
  )
  const known = [...index.entries.keys()].filter((path) => isUnder(spec, path))
  for (const one of spec)
    if (one !== "" && ![...known, ...untracked].some((path) => isUnder([one], path.replace(/\/$/, ""))))
      return yield* isPassedOver(ground, one)
        ? gitError("git_no_such_path", `${one} is passed over by .gitignore. Nothing was staged.`)
        : gitError(
            "git_no_such_path",
            `There is no ${one} in this repository, neither now nor in its index. Nothing was staged.`,
          )
  const changes = (yield* workChanges(ground, index, (path) => isUnder(spec, path))).filter(
    ({ before }) => before?.mode !== SUBMODULE,
  )
  const files = untracked.filter((path) => !path.endsWith("/"))
  const odd = files.find((path) => !isFinePath(path))
  if (odd !== undefined)
    return yield* gitError(
      "git_unsafe",
      `${JSON.stringify(odd.slice(0, 200))} has a name that is a path elsewhere, or .git to another file system: a commit with it could not be checked out everywhere. Nothing was staged; rename it, or name the paths that are to be staged.`,
    )
  const put = (yield* Effect.forEach(
    [...changes.flatMap(({ after, path }) => (after === undefined ? [] : [path])), ...files],
    (path) => stored(ground, index, path),
    { concurrency: 8 },
  )).filter((entry) => entry !== undefined)
  const gone = changes.flatMap(({ after, path }) => (after === undefined ? [path] : []))
  // What is a file now was a folder, or the other way round.
  const now = new Set(put.map(({ path }) => path))
  const above = new Set(put.flatMap(({ path }) => foldersOf(path)))
  const replaced = [...index.entries.keys()].filter(
    (path) => above.has(path) || foldersOf(path).some((folder) => now.has(folder)),
  )
  yield* changeIndex(ground.repo, { remove: [...new Set([...gone, ...replaced])], put })
  const added = put.filter(({ path }) => !index.entries.has(path)).length
  return {
    added,
    modified: put.length - added,
    deleted: new Set([...gone, ...replaced]).size,
    skipped: untracked.filter((path) => path.endsWith("/")),
  }
})
