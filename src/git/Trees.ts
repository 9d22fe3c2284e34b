/** The trees of commits, flat: which files there are, and what differs between two of them. */
import { Effect } from "effect"
import { gitError, type GitError } from "./GitError.ts"
import { type Change, type Files, isSame, type ToldChange, type TreeFile } from "./GitModel.ts"
import { byBytes, isFinePath } from "./PathRules.ts"
import type { Repo } from "./Repo.ts"
import { kindOf } from "./GitModel.ts"

interface Entry extends TreeFile {
  readonly name: string
  readonly tree: boolean
}

/** Folders within folders; a path of 4096 characters cannot have more. */
const DEEPEST = 2048

/** A few small trees that name each other can stand for more files than there is memory for. */
const MOST_FILES = 500_000

const entriesOf = (repo: Repo, oid: string): Effect.Effect<ReadonlyMap<string, Entry>, GitError> =>
  Effect.map(
    repo.call((git, common) => git.readTree({ ...common, oid })),
    ({ tree }) =>
      new Map(
        tree.map(({ mode, oid, path, type }) => [
          path,
          { name: path, mode: Number.parseInt(mode, 8), oid, tree: type === "tree" },
        ]),
      ),
  )

const refused = (path: string) =>
  gitError(
    "git_unsafe",
    `The repository holds a path that is never written or read (${JSON.stringify(path.slice(0, 200))}): it would lead out of its folder or into .git. Nothing was done.`,
  )

/** What differs between two trees or commits; without one, everything of the other. Ordered by path. */
export const changesBetween = Effect.fnUntraced(function* (
  repo: Repo,
  before: string | undefined,
  after: string | undefined,
): Effect.fn.Return<ReadonlyArray<Change>, GitError> {
  const changes: Array<Change> = []
  const none: ReadonlyMap<string, Entry> = new Map()
  const read = new Map<string, ReadonlyMap<string, Entry>>()
  /** Each tree is read once, in however many places it stands. */
  const entriesAt = (oid: string | undefined) => {
    const known = oid === undefined ? none : read.get(oid)
    return known !== undefined || oid === undefined
      ? Effect.succeed(known ?? none)
      : Effect.tap(entriesOf(repo, oid), (entries) => Effect.sync(() => void read.set(oid, entries)))
  }
  const compare = Effect.fnUntraced(function* (
    folder: string,
    before: string | undefined,
    after: string | undefined,
    depth: number,
  ): Effect.fn.Return<void, GitError> {
    if (before === after) return
    if (depth > DEEPEST) return yield* refused(folder)
    const old = yield* entriesAt(before)
    const now = yield* entriesAt(after)
    if (changes.length > MOST_FILES)
      return yield* gitError(
        "git_too_large",
        `The repository has more than ${MOST_FILES} files at this point, which are not worked with here. Use git itself.`,
      )
    for (const name of new Set([...old.keys(), ...now.keys()])) {
      const [a, b] = [old.get(name), now.get(name)]
      if (isSame(a, b)) continue
      const path = `${folder}${name}`
      if (!isFinePath(path)) return yield* refused(path)
      if (a?.tree === true || b?.tree === true)
        yield* compare(
          `${path}/`,
          a?.tree === true ? a.oid : undefined,
          b?.tree === true ? b.oid : undefined,
          depth + 1,
        )
      const file = (entry: Entry | undefined): TreeFile | undefined =>
        entry === undefined || entry.tree ? undefined : { mode: entry.mode, oid: entry.oid }
      if (file(a) !== undefined || file(b) !== undefined) changes.push({ path, before: file(a), after: file(b) })
    }
  })
  yield* compare("", before, after, 0)
  return changes.sort((a, b) => byBytes(a.path, b.path))
})

/** All files of a tree or commit; none of none. */
export const filesOf = (repo: Repo, oid: string | undefined): Effect.Effect<Files, GitError> =>
  Effect.map(
    changesBetween(repo, undefined, oid),
    (changes) => new Map(changes.flatMap(({ after, path }) => (after === undefined ? [] : [[path, after] as const]))),
  )

/** What differs between two sets of files. */
export const changesOf = (before: Files, after: Files): ReadonlyArray<Change> =>
  [...new Set([...before.keys(), ...after.keys()])]
    .map((path) => ({ path, before: before.get(path), after: after.get(path) }))
    .filter(({ after, before }) => !isSame(before, after))
    .sort((a, b) => byBytes(a.path, b.path))

const kindOfChange = ({ after, before }: Change): ToldChange["change"] =>
  before === undefined
    ? "added"
    : after === undefined
      ? "deleted"
      : kindOf(before.mode) === kindOf(after.mode)
        ? "modified"
        : "type_changed"

/** The empty file: that one is gone and another there says nothing. */
const EMPTY_BLOB = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"

/** Changes in words; a file that went as it is from one path to another is told once. */
export const told = (changes: ReadonlyArray<Change>): ReadonlyArray<ToldChange> => {
  const gone = new Map<string, Array<string>>()
  for (const { after, before, path } of changes)
    if (before !== undefined && after === undefined && before.oid !== EMPTY_BLOB)
      gone.set(before.oid, [...(gone.get(before.oid) ?? []), path])
  const moved = new Map<string, string>()
  for (const { after, before, path } of changes) {
    const from = before === undefined && after !== undefined ? gone.get(after.oid)?.shift() : undefined
    if (from !== undefined) moved.set(path, from)
  }
  const sources = new Set(moved.values())
  return changes.flatMap((change): ReadonlyArray<ToldChange> => {
    const { path } = change
    if (sources.has(path) && change.after === undefined) return []
    const from = moved.get(path)
    return [from === undefined ? { path, change: kindOfChange(change) } : { path, change: "renamed", from }]
  })
}
