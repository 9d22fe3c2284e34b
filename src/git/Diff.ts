/** What changed, as a patch that git itself could apply: between commits, the index and the work tree. */
import { structuredPatch, formatPatch, type StructuredPatch } from "diff"
import { Effect } from "effect"
import { clip } from "../core/Text.ts"
import { type Ground, readBlob, storedContent } from "./Content.ts"
import type { GitError } from "./GitError.ts"
import {
  type Change,
  type Files,
  isFileMode,
  isSame,
  LINK,
  SUBMODULE,
  type ToldChange,
  type TreeFile,
} from "./GitModel.ts"
import type { Index } from "./IndexFile.ts"
import { headCommit, readHead, resolveRevision } from "./Refs.ts"
import { isUnder } from "./Stage.ts"
import { filesIn, workChanges } from "./Status.ts"
import { byBytes } from "./PathRules.ts"
import { changesOf, filesOf, told } from "./Trees.ts"

/** What is compared. None of them: the index with the work tree. */
export interface DiffSides {
  /** HEAD with the index. */
  readonly staged: boolean
  /** A commit with the work tree, or with `to`. */
  readonly from: string | undefined
  /** A commit; without `from` it is compared with what came before it. */
  readonly to: string | undefined
}

export interface DiffPage {
  readonly files: ReadonlyArray<ToldChange>
  readonly patch: string
  /** The last path of this page, when there are more. */
  readonly next: string | undefined
  /** Files whose patch is cut, as it alone is larger than the page. */
  readonly cut: ReadonlyArray<string>
}

/** The changes, and how the later content of a path is read. */
interface Compared {
  readonly changes: ReadonlyArray<Change>
  /** Paths whose later state is in the work tree. */
  readonly inWork: ReadonlySet<string>
}

const NO_PATHS: ReadonlySet<string> = new Set()

const compared = Effect.fnUntraced(function* (
  ground: Ground,
  index: Index,
  { from, staged, to }: DiffSides,
  wanted: (path: string) => boolean,
): Effect.fn.Return<Compared, GitError> {
  const { repo } = ground
  const commits = (before: Files, after: Files) => ({
    changes: changesOf(before, after).filter(({ path }) => wanted(path)),
    inWork: NO_PATHS,
  })
  const filesAt = (revision: string) => Effect.flatMap(resolveRevision(repo, revision), (oid) => filesOf(repo, oid))
  if (to !== undefined) {
    const after = yield* resolveRevision(repo, to)
    const { commit } = yield* repo.call((git, common) => git.readCommit({ ...common, oid: after }))
    const before = from === undefined ? yield* filesOf(repo, commit.parent[0]) : yield* filesAt(from)
    return commits(before, yield* filesOf(repo, after))
  }
  if (staged) {
    const head = yield* readHead(repo)
    const before = from === undefined ? yield* filesOf(repo, head.oid) : yield* filesAt(from)
    return commits(before, filesIn(index))
  }
  // A file that would be stored as it was has no difference to show.
  const changes = (yield* workChanges(ground, index, wanted)).filter(({ after, before }) => !isSame(after, before))
  const inWork = new Set(changes.map(({ path }) => path))
  if (from === undefined) return { changes, inWork }
  const after = new Map(filesIn(index))
  for (const change of changes)
    if (change.after === undefined) after.delete(change.path)
    else after.set(change.path, change.after)
  return { changes: changesOf(yield* filesAt(from), after).filter(({ path }) => wanted(path)), inWork }
})

/** As git looks for a sign of it: at the beginning. */
const isBinary = (bytes: Uint8Array): boolean => bytes.subarray(0, 8000).includes(0)

/** Larger files are told, but not compared line by line. */
const MOST_COMPARED = 1024 * 1024

/** A comparison that finds no end is given up. */
const LIMITS = { context: 3, maxEditLength: 4000, timeout: 2000 }

const NULL_NAME = "/dev/null"

const octal = (file: TreeFile | undefined) => (file === undefined ? undefined : file.mode.toString(8))

/** The patch of one file in git's form. */
const patchOf = (
  change: Change,
  from: string | undefined,
  old: Uint8Array,
  now: Uint8Array,
  asBinary: boolean,
): string => {
  const { after, before, path } = change
  const header: StructuredPatch = {
    oldFileName: before === undefined && from === undefined ? NULL_NAME : `a/${from ?? path}`,
    newFileName: after === undefined ? NULL_NAME : `b/${path}`,
    oldHeader: undefined,
    newHeader: undefined,
    hunks: [],
    isGit: true,
    isCreate: before === undefined && from === undefined,
    isDelete: after === undefined,
    isRename: from !== undefined,
    ...(before === undefined || (after !== undefined && before.mode === after.mode)
      ? {}
      : { oldMode: octal(before) ?? "" }),
    ...(after === undefined || (before !== undefined && before.mode === after.mode) || from !== undefined
      ? {}
      : { newMode: octal(after) ?? "" }),
  }
  const head = formatPatch(header)
  if (from !== undefined || before?.oid === after?.oid) return head
  const binary = asBinary || isBinary(old) || isBinary(now)
  const names = `${header.oldFileName} and ${header.newFileName}`
  if (binary) return `${head}Binary files ${names} differ\n`
  if (old.length > MOST_COMPARED || now.length > MOST_COMPARED)
    return `${head}Files ${names} differ (too large to be compared here)\n`
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("utf8")
  const found = structuredPatch("a", "b", text(old), text(now), undefined, undefined, LIMITS)
  if (found === undefined) return `${head}Files ${names} differ (too much to be compared here)\n`
  return formatPatch({ ...header, hunks: found.hunks })
}

/** Content of one side; a submodule is told by the commit it is on. */
const sideOf = (ground: Ground, file: TreeFile | undefined, path: string, inWork: boolean) => {
  const none: Uint8Array = new Uint8Array()
  if (file === undefined) return Effect.succeed(none)
  if (file.mode === SUBMODULE) return Effect.succeed(Buffer.from(`Subproject commit ${file.oid}\n`))
  const { fs } = ground.repo
  const stat = inWork ? fs.look(fs.at(path)) : undefined
  return stat === undefined ? readBlob(ground.repo, file.oid) : storedContent(ground, path, stat, file)
}

/** One page of a diff: whole files, until `budget` characters are reached. `after`: `next` of the page before. */
export const diffOf = Effect.fnUntraced(function* (
  ground: Ground,
  index: Index,
  sides: DiffSides,
  page: { readonly spec: ReadonlyArray<string>; readonly budget: number; readonly after: string | undefined },
): Effect.fn.Return<DiffPage, GitError> {
  const wanted = (path: string) => page.spec.length === 0 || isUnder(page.spec, path)
  if (sides.from === "HEAD") yield* Effect.flatMap(readHead(ground.repo), headCommit)
  const { changes, inWork } = yield* compared(ground, index, sides, wanted)
  const files = told(changes)
  const byPath = new Map(changes.map((change) => [change.path, change]))
  const { after } = page
  let patch = ""
  const cut: Array<string> = []
  let last: string | undefined
  for (const { from, path } of files) {
    if (after !== undefined && byBytes(path, after) <= 0) continue
    const change = byPath.get(path)
    if (change === undefined) continue
    const old = yield* sideOf(ground, change.before, path, false)
    const now = yield* sideOf(ground, change.after, path, inWork.has(path))
    const attributes = ground.attributesOf(path)
    const plain = [change.before, change.after].every(
      (side) => side === undefined || isFileMode(side.mode) || side.mode === LINK || side.mode === SUBMODULE,
    )
    const text = patchOf(change, from, old, now, !plain || attributes.get("diff") === false)
    if (patch !== "" && patch.length + text.length > page.budget) return { files, patch, next: last, cut }
    if (text.length > page.budget) cut.push(path)
    patch += clip(text, page.budget)
    last = path
  }
  return { files, patch, next: undefined, cut }
})
