/** What the git tools do: results bounded, refusals in git's plain words. */
import { DateTime, Effect } from "effect"
import { clip, printable } from "../../core/Text.ts"
import { Git } from "../../git/Git.ts"
import type { GitError } from "../../git/GitError.ts"
import type { Commit, Head } from "../../git/GitModel.ts"
import { maybe } from "../AwsFields.ts"
import { ToolCall } from "../ToolCall.ts"
import { ToolFailure } from "../ToolFailure.ts"
import { withCredential } from "./Credential.ts"

interface Where {
  readonly repo?: string
}

const repoOf = ({ repo }: Where): string => repo ?? "."

const failure = ({ code, what }: GitError): ToolFailure => new ToolFailure({ code, what })

const using = <A>(use: (git: Git["Service"]) => Effect.Effect<A, GitError>) => Effect.mapError(Git.use(use), failure)

/** A message is somebody else's text; one that is longer is a document. */
const MOST_OF_MESSAGE = 4000

const filesWords = (files: number): string => `${files} ${files === 1 ? "file" : "files"}`

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

/** More branches than that are a habit of machines. */
const MOST_BRANCHES = 500

/** The branches. */
export const branchList = Effect.fnUntraced(function* (input: Where & { readonly remotes?: boolean }) {
  const all = yield* using((git) => git.branches(repoOf(input), input.remotes ?? false))
  return {
    branches: all.slice(0, MOST_BRANCHES).map(({ current, name, oid, upstream }) => ({
      branch: name,
      commit: oid,
      current,
      ...maybe("upstream", upstream),
    })),
    total: all.length,
  }
})

/** A new branch. */
export const branchCreate = Effect.fnUntraced(function* (
  input: Where & { readonly branch: string; readonly start?: string },
) {
  const { branch } = input
  const commit = yield* using((git) => git.createBranch(repoOf(input), branch, input.start))
  return { branch, commit, message: `Made ${branch} at ${commit.slice(0, 12)}. git_branch_switch checks it out.` }
})

/** Another branch in the work tree. */
export const branchSwitch = Effect.fnUntraced(function* (input: Where & { readonly branch: string }) {
  const { branch } = input
  const { files, from, made, oid } = yield* using((git) => git.switchBranch(repoOf(input), branch))
  const left =
    from.branch === undefined && from.oid !== undefined
      ? ` HEAD was on ${from.oid.slice(0, 12)} and no branch: if that has commits of its own, name them with git_branch_create before they are hard to find.`
      : ""
  const words =
    from.branch === branch
      ? `${branch} is checked out already.`
      : `Switched to ${branch}; ${filesWords(files)} changed.`
  return {
    branch,
    commit: oid,
    files,
    message: `${words}${made === undefined ? "" : ` It was made here after ${made}/${branch}, which it pulls from.`}${left}`,
  }
})

/** One branch less. */
export const branchDelete = Effect.fnUntraced(function* (
  input: Where & { readonly branch: string; readonly force?: boolean },
) {
  const { branch } = input
  const commit = yield* using((git) => git.deleteBranch(repoOf(input), branch, input.force ?? false))
  return {
    branch,
    commit,
    message: `Deleted ${branch}. It was at ${commit}: git_branch_create with that as start brings it back while git keeps the commit.`,
  }
})

/**
 * Tells that it goes on, as long as it does: whoever waits would else take the silence of a large clone for a fault. It
 * ends by itself, since every wait for a remote has its limit.
 */
const alive = <A, E, R>(work: Effect.Effect<A, E, R>) =>
  Effect.flatMap(ToolCall, ({ progress }) => {
    let seconds = 0
    const tell = Effect.suspend(() =>
      progress({ progress: (seconds += 15), message: `the remote has been at it for ${seconds} s` }),
    )
    return Effect.raceFirst(work, Effect.forever(Effect.andThen(Effect.sleep("15 seconds"), tell)))
  })

const remotely = <A>(use: (git: Git["Service"]) => Effect.Effect<A, GitError>) => alive(using(use))

interface Remotely extends Where {
  readonly remote?: string
  readonly branch?: string
  readonly credential?: string
}

/** Brings in what a remote has. */
export const pull = Effect.fnUntraced(function* (
  input: Remotely & { readonly author_name?: string; readonly author_email?: string },
) {
  const { pulled, route } = yield* withCredential(input.credential, (credential) =>
    remotely((git) =>
      git.pull(repoOf(input), {
        credential,
        author: { ...maybe("name", input.author_name), ...maybe("email", input.author_email) },
        ...maybe("remote", input.remote),
        ...maybe("branch", input.branch),
      }),
    ),
  )
  const name = `${route.target.name}/${route.remoteBranch}`
  const words = {
    up_to_date: `${route.branch} has everything of ${name} already.`,
    fast_forward: `${route.branch} was moved forward to ${name}; ${filesWords(pulled.files)} changed.`,
    merge: `${name} was merged into ${route.branch} with a merge commit; ${filesWords(pulled.files)} changed.`,
  }
  return {
    result: pulled.kind,
    branch: route.branch,
    ...maybe("from", pulled.from),
    to: pulled.to,
    files: pulled.files,
    message: words[pulled.kind],
  }
})

/** Gives a remote what is here. */
export const push = Effect.fnUntraced(function* (input: Remotely & { readonly force?: boolean }) {
  const { oid, route } = yield* withCredential(input.credential, (credential) =>
    remotely((git) =>
      git.push(repoOf(input), {
        credential,
        force: input.force ?? false,
        ...maybe("remote", input.remote),
        ...maybe("branch", input.branch),
      }),
    ),
  )
  const { branch, remoteBranch, set, target } = route
  return {
    branch,
    remote: target.name,
    remote_branch: remoteBranch,
    commit: oid,
    message: `${target.name}/${remoteBranch} is at ${oid.slice(0, 12)} now.${set ? "" : ` ${branch} pulls from there from now on.`}`,
  }
})

/** A new repository. */
export const clone = Effect.fnUntraced(function* (input: {
  readonly url: string
  readonly directory?: string
  readonly branch?: string
  readonly depth?: number
  readonly credential?: string
}) {
  const { branch, depth, directory, url } = input
  const cloned = yield* withCredential(input.credential, (credential) =>
    remotely((git) => git.clone({ url, branch, depth, directory }, credential)),
  )
  return {
    repo: cloned.directory,
    ...maybe("branch", cloned.branch),
    ...maybe("commit", cloned.oid),
    files: cloned.files,
    message:
      cloned.oid === undefined
        ? `Cloned into ${cloned.directory}; the remote is empty, and has no commit yet.`
        : `Cloned into ${cloned.directory}: ${filesWords(cloned.files)} on ${cloned.branch ?? ""}. Give ${cloned.directory} as repo.`,
  }
})

/** The remotes. */
export const remoteList = Effect.fnUntraced(function* (input: Where) {
  return { remotes: yield* using((git) => git.remotes(repoOf(input))) }
})
