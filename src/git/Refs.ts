/** Branches, HEAD and whatever else names a commit. Every move of a branch is noted in git's own log of refs. */
import { Clock, Effect } from "effect"
import { oneLine } from "../core/Text.ts"
import { type GitError, gitError } from "./GitError.ts"
import type { Author, Head } from "./GitModel.ts"
import type { Repo } from "./Repo.ts"
import { inWords } from "./Words.ts"

/** Whether git takes the name for a branch: the rules of git-check-ref-format, and no option. */
export const isBranchName = (name: string): boolean =>
  name.length <= 200 &&
  name !== "HEAD" &&
  name !== "@" &&
  !name.startsWith("-") &&
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  !/[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{|\/\/|^\/|\/$|\.$/.test(name) &&
  name.split("/").every((part) => part !== "" && !part.startsWith(".") && !part.endsWith(".lock"))

export const checkBranchName = (name: string): Effect.Effect<void, GitError> =>
  isBranchName(name)
    ? Effect.void
    : Effect.fail(
        gitError(
          "git_bad_name",
          `${oneLine(JSON.stringify(name), 100)} is no name for a branch. Take letters, digits, - _ and /, such as feature/login.`,
        ),
      )

/** The commit that a full ref (`refs/heads/main`) is on; `undefined` when there is no such ref. */
export const oidOf = (repo: Repo, ref: string): Effect.Effect<string | undefined, GitError> =>
  repo
    .call((git, { dir, fs, gitdir }) => git.resolveRef({ fs, dir, gitdir, ref }))
    .pipe(
      Effect.map((oid): string | undefined => oid),
      Effect.catch((error) => (error.code === "git_unknown_ref" ? Effect.undefined : Effect.fail(error))),
    )

/** Where HEAD is. */
export const readHead = Effect.fnUntraced(function* (repo: Repo): Effect.fn.Return<Head, GitError> {
  const text = repo.fs.small(`${repo.fs.gitdir}/HEAD`)?.trim() ?? ""
  const branch = /^ref: refs\/heads\/(.+)$/.exec(text)?.[1]
  if (branch !== undefined && isBranchName(branch)) return { branch, oid: yield* oidOf(repo, `refs/heads/${branch}`) }
  if (/^[0-9a-f]{40}$/.test(text)) return { branch: undefined, oid: text }
  return yield* gitError(
    "git_broken",
    "HEAD of this repository names neither a branch nor a commit. Look with: git status",
  )
})

/** The commit of HEAD; a branch without a commit has none. */
export const headCommit = ({ branch, oid }: Head): Effect.Effect<string, GitError> =>
  oid === undefined
    ? Effect.fail(
        gitError(
          "git_unborn",
          `The branch ${branch ?? ""} has no commit yet. Make the first with git_add and git_commit.`,
        ),
      )
    : Effect.succeed(oid)

const unknown = (revision: string) =>
  gitError(
    "git_unknown_ref",
    `${oneLine(revision, 100)} is no branch, tag or commit of this repository. git_branch_list shows its branches, git_log its commits.`,
  )

/** A commit by its id, be it of a tag that names it. */
const commitAt = (repo: Repo, oid: string) => repo.call((git, common) => git.readCommit({ ...common, oid }))

const baseOf = Effect.fnUntraced(function* (repo: Repo, name: string): Effect.fn.Return<string, GitError> {
  if (name === "HEAD" || name === "@") return yield* Effect.flatMap(readHead(repo), headCommit)
  if (/^[0-9a-f]{40}$/.test(name)) return name
  if (isBranchName(name)) {
    const candidates = name.startsWith("refs/")
      ? [name]
      : [`refs/heads/${name}`, `refs/tags/${name}`, `refs/remotes/${name}`]
    for (const ref of candidates) {
      const oid = yield* oidOf(repo, ref)
      if (oid !== undefined) return oid
    }
  }
  if (!/^[0-9a-f]{4,39}$/.test(name)) return yield* unknown(name)
  return yield* Effect.mapError(
    repo.call((git, common) => git.expandOid({ ...common, oid: name })),
    (error) => (error.code === "git_unknown_ref" && !error.what.includes("More than one") ? unknown(name) : error),
  )
})

/** The commit that `revision` means: a branch, a tag, an id or the beginning of one, `HEAD`, each with `~2` or `^`. */
export const resolveRevision = Effect.fnUntraced(function* (
  repo: Repo,
  revision: string,
): Effect.fn.Return<string, GitError> {
  const [, name = "", steps = ""] = /^([^~^]+)((?:~\d{0,4}|\^\d?)*)$/.exec(revision) ?? []
  if (name === "" || revision.length > 250) return yield* unknown(revision)
  let { commit, oid } = yield* commitAt(repo, yield* baseOf(repo, name))
  for (const [, mark, count] of steps.matchAll(/([~^])(\d*)/g)) {
    const times = mark === "~" ? Number(count === "" ? 1 : count) : 1
    const nth = mark === "^" ? Number(count === "" ? 1 : count) : 1
    for (let i = 0; i < times; i++) {
      if (nth === 0) continue
      const parent = commit.parent[nth - 1]
      if (parent === undefined) return yield* unknown(revision)
      ;({ commit, oid } = yield* commitAt(repo, parent))
    }
  }
  return oid
})

const ZERO = "0".repeat(40)

/** Who moves refs where nobody is told. */
const NOBODY: Author = { name: "vault-aws-mcp", email: "vault-aws-mcp@localhost" }

interface Move {
  readonly from: string | undefined
  readonly to: string
  readonly why: string
  readonly by?: Author | undefined
}

/** A line in git's log of a ref, by which what was there is found again. Not worth failing for. */
const note = (repo: Repo, ref: string, move: Move): Effect.Effect<void> => Effect.ignore(noted(repo, ref, move))

const noted = Effect.fnUntraced(function* (repo: Repo, ref: string, move: Move): Effect.fn.Return<void, GitError> {
  if ((yield* repo.config("core.logallrefupdates")) === "false") return
  const { email, name } = move.by ?? NOBODY
  const seconds = Math.floor((yield* Clock.currentTimeMillis) / 1000)
  const line = `${move.from ?? ZERO} ${move.to} ${name} <${email}> ${seconds} +0000\t${oneLine(move.why, 200)}\n`
  yield* Effect.tryPromise({ try: () => repo.fs.append(`${repo.fs.gitdir}/logs/${ref}`, line), catch: inWords })
})

/** Puts a branch on a commit. */
export const moveBranch = Effect.fnUntraced(function* (
  repo: Repo,
  branch: string,
  move: Move,
): Effect.fn.Return<void, GitError> {
  const ref = `refs/heads/${branch}`
  // What is left of branches with longer names that are gone.
  for (const path of [ref, `logs/${ref}`])
    if (repo.fs.look(`${repo.fs.gitdir}/${path}`)?.isDirectory() === true)
      yield* Effect.tryPromise({ try: () => repo.fs.removeFolders(`${repo.fs.gitdir}/${path}`), catch: inWords })
  yield* repo.call((git, { dir, fs, gitdir }) => git.writeRef({ fs, dir, gitdir, ref, value: move.to, force: true }))
  yield* note(repo, ref, move)
})

/** Takes a branch away, with what git knew of it. */
export const dropBranch = Effect.fnUntraced(function* (repo: Repo, branch: string): Effect.fn.Return<void, GitError> {
  const ref = `refs/heads/${branch}`
  const { fs } = repo
  yield* repo.call((git, { dir, fs, gitdir }) => git.deleteRef({ fs, dir, gitdir, ref }))
  for (const key of ["remote", "merge"])
    yield* repo.call((git, { dir, fs, gitdir }) =>
      git.setConfig({ fs, dir, gitdir, path: `branch.${branch}.${key}`, value: undefined }),
    )
  yield* Effect.ignore(Effect.tryPromise(() => fs.unlink(`${fs.gitdir}/logs/${ref}`)))
})

/** Puts HEAD on a branch, or on a commit alone. */
export const moveHead = Effect.fnUntraced(function* (
  repo: Repo,
  to: { readonly branch: string } | { readonly oid: string },
  move: Move,
): Effect.fn.Return<void, GitError> {
  const text = "branch" in to ? `ref: refs/heads/${to.branch}\n` : `${to.oid}\n`
  yield* Effect.tryPromise({ try: () => repo.fs.writeFile(`${repo.fs.gitdir}/HEAD`, text), catch: inWords })
  yield* note(repo, "HEAD", move)
})

/** Moves what HEAD is on: its branch, or HEAD itself. */
export const advance = Effect.fnUntraced(function* (
  repo: Repo,
  head: Head,
  to: string,
  why: string,
  by?: Author,
): Effect.fn.Return<void, GitError> {
  const move = { from: head.oid, to, why, by }
  if (head.branch === undefined) return yield* moveHead(repo, { oid: to }, move)
  yield* moveBranch(repo, head.branch, move)
  yield* note(repo, "HEAD", move)
})

/** Files by which git remembers that something is half done. */
const HALF_DONE: ReadonlyArray<readonly [string, string]> = [
  ["MERGE_HEAD", "merge"],
  ["CHERRY_PICK_HEAD", "cherry-pick"],
  ["REVERT_HEAD", "revert"],
  ["rebase-merge", "rebase"],
  ["rebase-apply", "rebase"],
]

/** Refuses to go on while something of git's own is half done. */
export const refuseHalfDone = (repo: Repo): Effect.Effect<void, GitError> => {
  const found = HALF_DONE.find(([name]) => repo.fs.look(`${repo.fs.gitdir}/${name}`) !== undefined)
  return found === undefined
    ? Effect.void
    : Effect.fail(
        gitError(
          "git_unmerged",
          `A ${found[1]} is under way in this repository. Finish or abort it with git itself (git ${found[1]} --abort), then come again. Nothing was done.`,
        ),
      )
}
