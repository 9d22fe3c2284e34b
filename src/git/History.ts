/** Commits: making one of what is staged, and reading the line of those there are. */
import { Clock, Effect } from "effect"
import { type GitError, gitError } from "./GitError.ts"
import type { Author, Commit, Head } from "./GitModel.ts"
import type { Repo } from "./Repo.ts"
import type { Index } from "./IndexFile.ts"
import { advance, readHead, refuseHalfDone } from "./Refs.ts"
import { filesIn } from "./Status.ts"
import { changesOf, filesOf } from "./Trees.ts"

/** Commits that are gone through for one page: what lies further back is found from a later commit. */
const MOST_WALKED = 100_000

/** Who commits: as given, else as the repository's own config says. A half is completed from there. */
export const authorOf = Effect.fnUntraced(function* (
  repo: Repo,
  given: { readonly name?: string | undefined; readonly email?: string | undefined },
): Effect.fn.Return<Author, GitError> {
  const name = given.name ?? (yield* repo.config("user.name"))
  const email = given.email ?? (yield* repo.config("user.email"))
  // Git cuts these characters out of names; here nobody is renamed in silence.
  const isFine = (text: string | undefined): text is string =>
    text !== undefined && /^[^<>\p{Cc}]{1,200}$/u.test(text.trim())
  if (!isFine(name) || !isFine(email))
    return yield* gitError(
      "git_author_missing",
      "Nobody is named as the author. Give author_name and author_email, or set user.name and user.email in the repository's own config; those of your home folder are not read.",
    )
  return { name: name.trim(), email: email.trim() }
})

/** Refuses to leave out a signature that the repository asks for. */
export const refuseUnsigned = Effect.fnUntraced(function* (repo: Repo): Effect.fn.Return<void, GitError> {
  if ((yield* repo.config("commit.gpgsign")) === "true")
    return yield* gitError(
      "git_unsupported",
      "This repository asks for signed commits (commit.gpgsign), and none can be signed here. Nothing was committed; use git itself.",
    )
})

/** Commits what is staged. Hooks are not run. */
export const commitStaged = Effect.fnUntraced(function* (
  repo: Repo,
  index: Index,
  message: string,
  given: { readonly name?: string | undefined; readonly email?: string | undefined },
): Effect.fn.Return<{ readonly oid: string; readonly head: Head; readonly files: number }, GitError> {
  yield* refuseHalfDone(repo)
  yield* refuseUnsigned(repo)
  const author = yield* authorOf(repo, given)
  const head = yield* readHead(repo)
  const changes = changesOf(yield* filesOf(repo, head.oid), filesIn(index))
  if (changes.length === 0)
    return yield* gitError(
      "git_nothing_to_commit",
      "Nothing is staged, so there is nothing to commit. Stage changes with git_add; git_status shows them.",
    )
  const timestamp = Math.floor((yield* Clock.currentTimeMillis) / 1000)
  const oid = yield* repo.call((git, common) =>
    git.commit({
      ...common,
      message,
      author: { ...author, timestamp },
      committer: { ...author, timestamp },
      noUpdateBranch: true,
      ...(head.oid === undefined ? {} : { parent: [head.oid] }),
    }),
  )
  yield* advance(
    repo,
    head,
    oid,
    `commit${head.oid === undefined ? " (initial)" : ""}: ${message.split("\n")[0] ?? ""}`,
    author,
  )
  return { oid, head, files: changes.length }
})

interface Seen {
  readonly commit: Commit
  /** Its committer's time, in seconds. */
  readonly time: number
}

/** One commit, and the time that orders the log: its committer's. */
const readCommit = Effect.fnUntraced(function* (repo: Repo, oid: string): Effect.fn.Return<Seen, GitError> {
  const { commit } = yield* repo.call((git, common) => git.readCommit({ ...common, oid }))
  const told: Commit = {
    oid,
    parents: commit.parent,
    author: { name: commit.author.name, email: commit.author.email },
    time: commit.author.timestamp,
    // Git counts minutes to the east as positive, this library to the west.
    offset: -commit.author.timezoneOffset || 0,
    committer: { name: commit.committer.name, email: commit.committer.email },
    message: commit.message,
  }
  return { commit: told, time: commit.committer.timestamp }
})

/** What a path is in a commit: the id and mode of its file or folder, or nothing. */
const idAt = Effect.fnUntraced(function* (
  repo: Repo,
  commit: string,
  path: string,
): Effect.fn.Return<string, GitError> {
  let oid = commit
  let is = ""
  for (const name of path.split("/")) {
    if (is !== "" && !is.startsWith("tree")) return ""
    const at = oid
    const { tree } = yield* repo.call((git, common) => git.readTree({ ...common, oid: at }))
    const entry = tree.find((one) => one.path === name)
    if (entry === undefined) return ""
    oid = entry.oid
    is = `${entry.type} ${entry.mode} ${oid}`
  }
  return is
})

/**
 * Commits from `start` back, the latest first, `skip` of them left out and at most `limit` told. With a path only those
 * that changed it; of a merge the sides that did not are passed over, as git does.
 */
export const logFrom = Effect.fnUntraced(function* (
  repo: Repo,
  start: string,
  { limit, path, skip }: { readonly limit: number; readonly skip: number; readonly path: string | undefined },
): Effect.fn.Return<{ readonly commits: ReadonlyArray<Commit>; readonly more: boolean }, GitError> {
  const shallow = new Set((repo.fs.small(`${repo.fs.gitdir}/shallow`) ?? "").split("\n"))
  const seen = new Set<string>()
  const waiting: Array<Seen> = []
  const commits: Array<Commit> = []
  let told = 0
  const visit = Effect.fnUntraced(function* (oid: string) {
    if (seen.has(oid)) return
    seen.add(oid)
    const entry = yield* readCommit(repo, oid)
    // In order, latest last; of equal times the first that came is the first to go.
    let at = waiting.length
    while (at > 0 && (waiting[at - 1]?.time ?? 0) >= entry.time) at--
    waiting.splice(at, 0, entry)
  })
  yield* visit(start)
  for (;;) {
    const next = waiting.pop()
    if (next === undefined) return { commits, more: false }
    if (seen.size > MOST_WALKED)
      return yield* gitError(
        "git_too_large",
        `The history is longer than ${MOST_WALKED} commits at this point. Give a ref that is further back.`,
      )
    const { commit } = next
    let parents = shallow.has(commit.oid) ? [] : commit.parents
    let counts = true
    if (path !== undefined) {
      const here = yield* idAt(repo, commit.oid, path)
      const there = yield* Effect.forEach(parents, (parent) => idAt(repo, parent, path))
      const same = parents.find((_, i) => there[i] === here)
      if (same !== undefined) parents = [same]
      counts = same === undefined && (parents.length > 0 || here !== "")
    }
    if (counts && told++ >= skip) {
      if (commits.length === limit) return { commits, more: true }
      commits.push(commit)
    }
    yield* Effect.forEach(parents, visit, { discard: true })
  }
})
