/**
 * Brings two lines of work together, in memory: the result is a tree, or the paths on which nobody but a person can
 * decide. Nothing of the work tree is looked at or changed here.
 */
import { Effect } from "effect"
import { diff3Merge } from "node-diff3"
import { type GitError, gitError, listed } from "./GitError.ts"
import { type Files, isFileMode, isSame, SUBMODULE, type TreeFile } from "./GitModel.ts"
import { readBlob, storeBlob } from "./Content.ts"
import { foldersOf } from "./PathRules.ts"
import type { Repo } from "./Repo.ts"
import { filesOf } from "./Trees.ts"

/** A text that is longer is merged by no one here. */
const MOST_MERGED = 8 * 1024 * 1024

const linesOf = (text: string): ReadonlyArray<string> => text.match(/[^\n]*\n|[^\n]+/g) ?? []

/** Bytes as text, one character a byte, so that nothing is lost on the way; `undefined` for what is no text. */
const textOf = (bytes: Uint8Array): string | undefined =>
  bytes.length > MOST_MERGED || bytes.includes(0) ? undefined : Buffer.from(bytes).toString("latin1")

/** The texts brought together; `undefined` where both sides changed the same lines. */
export const mergeTexts = (base: string, ours: string, theirs: string): string | undefined => {
  const regions = diff3Merge([...linesOf(ours)], [...linesOf(base)], [...linesOf(theirs)], {
    excludeFalseConflicts: true,
  })
  return regions.some(({ conflict }) => conflict !== undefined)
    ? undefined
    : regions.flatMap(({ ok }) => ok ?? []).join("")
}

/** A file that both sides changed. */
const mergeFile = Effect.fnUntraced(function* (
  repo: Repo,
  base: TreeFile | undefined,
  ours: TreeFile,
  theirs: TreeFile,
): Effect.fn.Return<TreeFile | undefined, GitError> {
  // A link, a submodule, or a change of kind: there is nothing in between.
  if (![base ?? ours, ours, theirs].every(({ mode }) => isFileMode(mode))) return undefined
  const mode = ours.mode === base?.mode ? theirs.mode : ours.mode
  if (base === undefined && ours.mode !== theirs.mode) return undefined
  if (ours.oid === theirs.oid) return { mode, oid: ours.oid }
  if (base === undefined) return undefined
  if (ours.oid === base.oid) return { mode, oid: theirs.oid }
  if (theirs.oid === base.oid) return { mode, oid: ours.oid }
  const [a, b, c] = yield* Effect.forEach([base, ours, theirs], ({ oid }) => Effect.map(readBlob(repo, oid), textOf))
  if (a === undefined || b === undefined || c === undefined) return undefined
  const text = mergeTexts(a, b, c)
  if (text === undefined) return undefined
  return { mode, oid: yield* storeBlob(repo, Buffer.from(text, "latin1")) }
})

/** Writes the trees of a set of files; the id of the outermost. */
const writeTrees = Effect.fnUntraced(function* (repo: Repo, files: Files): Effect.fn.Return<string, GitError> {
  interface Folder {
    readonly folders: Map<string, Folder>
    readonly files: Map<string, TreeFile>
  }
  const make = (): Folder => ({ folders: new Map(), files: new Map() })
  const root = make()
  for (const [path, file] of files) {
    const names = path.split("/")
    let folder = root
    for (const name of names.slice(0, -1)) {
      const next = folder.folders.get(name) ?? make()
      folder.folders.set(name, next)
      folder = next
    }
    folder.files.set(names.at(-1) ?? "", file)
  }
  const write = (folder: Folder): Effect.Effect<string, GitError> =>
    Effect.gen(function* () {
      const trees = yield* Effect.forEach(folder.folders, ([path, inner]) =>
        Effect.map(write(inner), (oid) => ({ path, oid, mode: "040000", type: "tree" as const })),
      )
      const blobs = [...folder.files].map(([path, { mode, oid }]) => ({
        path,
        oid,
        mode: mode.toString(8),
        type: mode === SUBMODULE ? ("commit" as const) : ("blob" as const),
      }))
      return yield* repo.call((git, { dir, fs, gitdir }) =>
        git.writeTree({ fs, dir, gitdir, tree: [...trees, ...blobs] }),
      )
    })
  return yield* write(root)
})

/** Paths that are a file in one place and a folder in another. */
const both = (files: Files): ReadonlyArray<string> => [
  ...new Set([...files.keys()].flatMap((path) => foldersOf(path).filter((folder) => files.has(folder)))),
]

/** The tree of both, or the error that names what is in conflict. */
export const mergeTrees = Effect.fnUntraced(function* (
  repo: Repo,
  commits: { readonly base: string; readonly ours: string; readonly theirs: string },
  words: string,
): Effect.fn.Return<string, GitError> {
  const base = yield* filesOf(repo, commits.base)
  const ours = yield* filesOf(repo, commits.ours)
  const theirs = yield* filesOf(repo, commits.theirs)
  const merged = new Map<string, TreeFile>()
  const conflicts: Array<string> = []
  for (const path of new Set([...ours.keys(), ...theirs.keys()])) {
    const [a, b, c] = [base.get(path), ours.get(path), theirs.get(path)]
    const clear = isSame(b, c) || isSame(c, a) ? { file: b } : isSame(b, a) ? { file: c } : undefined
    const file =
      clear === undefined
        ? b === undefined || c === undefined
          ? undefined
          : yield* mergeFile(repo, a, b, c)
        : clear.file
    if (file !== undefined) merged.set(path, file)
    else if (clear === undefined) conflicts.push(path)
  }
  const all = [...conflicts, ...both(merged)]
  if (all.length > 0)
    return yield* gitError(
      "git_conflict",
      `${words} needs a person: both sides changed ${listed(all, 30)}. Nothing was changed, neither files nor branch; what was fetched is kept. Merge it with git itself, or bring the two sides closer first.`,
    )
  return yield* writeTrees(repo, merged)
})

/** The commit where two lines parted. */
export const mergeBase = Effect.fnUntraced(function* (
  repo: Repo,
  ours: string,
  theirs: string,
): Effect.fn.Return<string, GitError> {
  const found = yield* repo.call((git, common) => git.findMergeBase({ ...common, oids: [ours, theirs] }))
  const [base] = found.map(String)
  if (base === undefined)
    return yield* gitError(
      "git_conflict",
      "The two sides have no commit in common (or it is cut off in a shallow clone), so they are not merged here. Nothing was changed.",
    )
  if (found.length > 1)
    return yield* gitError(
      "git_conflict",
      "The two sides were merged with each other crosswise before, which is not worked out here. Nothing was changed; merge them with git itself.",
    )
  return base
})
