/** What the git tools do in a repository itself: results bounded, refusals in git's plain words. */
import { DateTime, Effect } from "effect"
import { clip, printable } from "../../core/Text.ts"
import type { Commit, Head } from "../../git/GitModel.ts"
import { maybe } from "../AwsFields.ts"
import { filesWords, repoOf, using, type Where } from "./Common.ts"

/** A message is somebody else's text; one that is longer is a document. */
const MOST_OF_MESSAGE = 4000

const whereWords = ({ branch, oid }: Head): string =>
  branch === undefined
    ? `HEAD is detached at ${oid?.slice(0, 12) ?? ""}: commits made now belong to no branch until git_branch_create names one.`
    : oid === undefined
      ? `On branch ${branch}, which has no commit yet.`
      : `On branch ${branch}.`

/** Where the repository stands; long lists are cut, their counts are not. */
export const status = Effect.fnUntraced(function* (input: Where & { readonly limit?: number }) {
  const { head, staged, unmerged, unstaged, untracked } = yield* using((git) => git.status(repoOf(input)))
  const { limit = 200 } = input
  const clean = staged.length + unstaged.length + untracked.length + unmerged.length === 0
  const cut = Math.max(staged.length, unstaged.length, untracked.length, unmerged.length) > limit
  return {
    ...maybe("branch", head.branch),
    ...maybe("commit", head.oid),
    clean,
    staged: staged.slice(0, limit),
    staged_count: staged.length,
    unstaged: unstaged.slice(0, limit),
    unstaged_count: unstaged.length,
    untracked: untracked.slice(0, limit),
    untracked_count: untracked.length,
    conflicts: unmerged.slice(0, limit),
    message: `${whereWords(head)}${clean ? " Nothing to commit." : ""}${cut ? ` Lists are cut at ${limit}; the counts are whole.` : ""}`,
  }
})

/** Stages files. */
export const add = Effect.fnUntraced(function* (input: Where & { readonly paths: ReadonlyArray<string> }) {
  const { added, deleted, modified, skipped } = yield* using((git) => git.add(repoOf(input), input.paths))
  const nothing = added + deleted + modified === 0
  const within =
    skipped.length === 0 ? "" : ` Left out, as they are repositories of their own: ${skipped.slice(0, 20).join(", ")}.`
  return {
    added,
    modified,
    deleted,
    skipped: skipped.slice(0, 100),
    message: `${nothing ? "Nothing had changed there." : `Staged ${added} new, ${modified} changed and ${deleted} deleted files. git_commit commits them.`}${within}`,
  }
})

/** Commits what is staged. */
export const commit = Effect.fnUntraced(function* (
  input: Where & { readonly message: string; readonly author_name?: string; readonly author_email?: string },
) {
  const { files, head, oid } = yield* using((git) =>
    git.commit(repoOf(input), {
      message: input.message,
      author: { ...maybe("name", input.author_name), ...maybe("email", input.author_email) },
    }),
  )
  const at = oid.slice(0, 12)
  return {
    commit: oid,
    ...maybe("branch", head.branch),
    files,
    message:
      head.branch === undefined
        ? `Committed ${filesWords(files)} as ${at}, on no branch: HEAD is detached. Give it one with git_branch_create, else it is hard to find again.`
        : `Committed ${filesWords(files)} as ${at} on ${head.branch}.`,
  }
})

/** RFC 3339 in the zone that the commit was made in. */
const dateOf = ({ offset, time }: Commit): string => {
  const sign = offset < 0 ? "-" : "+"
  const minutes = Math.abs(offset)
  const zone = `${sign}${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`
  const local = DateTime.make((time + offset * 60) * 1000)
  return local._tag === "None" ? "" : DateTime.formatIso(local.value).replace(/\.\d+Z$/, zone)
}

const shownCommit = (commit: Commit) => ({
  commit: commit.oid,
  parents: commit.parents,
  author_name: printable(commit.author.name),
  author_email: printable(commit.author.email),
  date: dateOf(commit),
  message: clip(printable(commit.message.trimEnd()), MOST_OF_MESSAGE),
})

/** One page of commits. */
export const log = Effect.fnUntraced(function* (
  input: Where & { readonly ref?: string; readonly path?: string; readonly limit?: number; readonly cursor?: string },
) {
  const { commits, next } = yield* using((git) =>
    git.log(repoOf(input), {
      limit: input.limit ?? 20,
      ...maybe("ref", input.ref),
      ...maybe("path", input.path),
      ...maybe("cursor", input.cursor),
    }),
  )
  return { commits: commits.map(shownCommit), ...maybe("next_cursor", next) }
})

/** A diff names more files than anybody reads. */
const MOST_FILES = 300

/** One page of a diff. */
export const diff = Effect.fnUntraced(function* (
  input: Where & {
    readonly staged?: boolean
    readonly from?: string
    readonly to?: string
    readonly paths?: ReadonlyArray<string>
    readonly max_chars?: number
    readonly cursor?: string
  },
) {
  const { cut, files, next, patch } = yield* using((git) =>
    git.diff(repoOf(input), {
      staged: input.staged ?? false,
      from: input.from,
      to: input.to,
      paths: input.paths ?? [],
      budget: input.max_chars ?? 20_000,
      after: input.cursor,
    }),
  )
  const words = [
    ...(files.length === 0 ? ["No difference."] : []),
    ...(next === undefined ? [] : ["There is more: pass next_cursor as cursor."]),
    ...cut.map((path) => `The patch of ${path} is cut: ask for it alone, with a larger max_chars.`),
    ...(files.length > MOST_FILES ? [`files names the first ${MOST_FILES}.`] : []),
  ]
  return {
    files: files.slice(0, MOST_FILES),
    files_count: files.length,
    patch: printable(patch),
    ...maybe("next_cursor", next),
    ...maybe("message", words.length === 0 ? undefined : words.join(" ")),
  }
})
