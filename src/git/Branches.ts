/** Branches: which there are, making, taking, and giving up one. What no other branch would keep is not given up unasked. */
import { Effect } from "effect"
import { checkout } from "./Checkout.ts"
import { groundOf } from "./Content.ts"
import { type GitError, gitError } from "./GitError.ts"
import type { Branch, Head } from "./GitModel.ts"
import { readIndex } from "./IndexFile.ts"
import {
  checkBranchName,
  dropBranch,
  headCommit,
  moveBranch,
  moveHead,
  oidOf,
  readHead,
  refuseHalfDone,
  resolveRevision,
} from "./Refs.ts"
import type { Repo } from "./Repo.ts"
import { changesBetween } from "./Trees.ts"

/** `remote/branch` that a branch is set to pull from. */
export const upstreamOf = Effect.fnUntraced(function* (
  repo: Repo,
  branch: string,
): Effect.fn.Return<{ readonly remote: string; readonly branch: string } | undefined, GitError> {
  const remote = yield* repo.config(`branch.${branch}.remote`)
  const merge = yield* repo.config(`branch.${branch}.merge`)
  return remote === undefined || merge === undefined || remote === "."
    ? undefined
    : { remote, branch: merge.replace(/^refs\/heads\//, "") }
})

/** Sets what a branch pulls from. */
export const setUpstream = Effect.fnUntraced(function* (
  repo: Repo,
  branch: string,
  upstream: { readonly remote: string; readonly branch: string },
): Effect.fn.Return<void, GitError> {
  const set = (path: string, value: string) =>
    repo.call((git, { dir, fs, gitdir }) => git.setConfig({ fs, dir, gitdir, path, value }))
  yield* set(`branch.${branch}.remote`, upstream.remote)
  yield* set(`branch.${branch}.merge`, `refs/heads/${upstream.branch}`)
})

export const remoteNames = (repo: Repo): Effect.Effect<ReadonlyArray<string>, GitError> =>
  Effect.map(
    repo.call((git, { dir, fs, gitdir }) => git.listRemotes({ fs, dir, gitdir })),
    (remotes) => remotes.map(({ remote }) => remote),
  )

/** Every branch of this repository; with `remotes` those that were seen on its remotes, too. */
export const listBranches = Effect.fnUntraced(function* (
  repo: Repo,
  remotes: boolean,
): Effect.fn.Return<ReadonlyArray<Branch>, GitError> {
  const { branch: current } = yield* readHead(repo)
  const local = yield* repo.call((git, { dir, fs, gitdir }) => git.listBranches({ fs, dir, gitdir }))
  const mine = yield* Effect.forEach(local.toSorted(), (name) =>
    Effect.gen(function* () {
      const upstream = yield* upstreamOf(repo, name)
      return {
        name,
        oid: (yield* oidOf(repo, `refs/heads/${name}`)) ?? "",
        current: name === current,
        upstream: upstream === undefined ? undefined : `${upstream.remote}/${upstream.branch}`,
      }
    }),
  )
  const theirs = yield* Effect.forEach(remotes ? yield* remoteNames(repo) : [], (remote) =>
    Effect.gen(function* () {
      const names = yield* repo.call((git, { dir, fs, gitdir }) => git.listBranches({ fs, dir, gitdir, remote }))
      return yield* Effect.forEach(names.filter((name) => name !== "HEAD").toSorted(), (name) =>
        Effect.map(oidOf(repo, `refs/remotes/${remote}/${name}`), (oid) => ({
          name: `${remote}/${name}`,
          oid: oid ?? "",
          current: false,
          upstream: undefined,
        })),
      )
    }),
  )
  return [...mine, ...theirs.flat()]
})

/** A new branch at a commit; HEAD stays where it is. */
export const createBranch = Effect.fnUntraced(function* (
  repo: Repo,
  branch: string,
  start: string | undefined,
): Effect.fn.Return<string, GitError> {
  yield* checkBranchName(branch)
  if ((yield* oidOf(repo, `refs/heads/${branch}`)) !== undefined)
    return yield* gitError(
      "git_exists",
      `There is a branch ${branch} already. Take it with git_branch_switch, or choose another name.`,
    )
  const local = yield* repo.call((git, { dir, fs, gitdir }) => git.listBranches({ fs, dir, gitdir }))
  const near = local.find((one) => branch.startsWith(`${one}/`) || one.startsWith(`${branch}/`))
  if (near !== undefined)
    return yield* gitError(
      "git_exists",
      `There cannot be a branch ${branch} beside ${near}: one name is a folder of the other. Choose another.`,
    )
  const to = start === undefined ? yield* headCommit(yield* readHead(repo)) : yield* resolveRevision(repo, start)
  yield* moveBranch(repo, branch, { from: undefined, to, why: `branch: Created from ${start ?? "HEAD"}` })
  return to
})

/** A branch of a remote that has this name, when there is exactly one. */
const onRemote = Effect.fnUntraced(function* (repo: Repo, branch: string) {
  const found = (yield* Effect.forEach(yield* remoteNames(repo), (remote) =>
    Effect.map(oidOf(repo, `refs/remotes/${remote}/${branch}`), (oid) => ({ remote, oid })),
  )).filter(({ oid }) => oid !== undefined)
  return found.length === 1 ? found[0] : undefined
})

/** Goes to a branch; one that only a remote has is made, and pulls from there. */
export const switchBranch = Effect.fnUntraced(function* (
  repo: Repo,
  branch: string,
): Effect.fn.Return<
  { readonly from: Head; readonly oid: string; readonly made: string | undefined; readonly files: number },
  GitError
> {
  yield* checkBranchName(branch)
  yield* refuseHalfDone(repo)
  const head = yield* readHead(repo)
  const local = yield* oidOf(repo, `refs/heads/${branch}`)
  const remote = local === undefined ? yield* onRemote(repo, branch) : undefined
  const oid = local ?? remote?.oid
  if (oid === undefined)
    return yield* gitError(
      "git_unknown_ref",
      `There is no branch ${branch} here. git_branch_list shows those there are, git_branch_create makes one.`,
    )
  const done = { from: head, oid, made: remote?.remote, files: 0 }
  if (head.branch === branch) return done
  const index = yield* readIndex(repo)
  if (index.unmerged.length > 0)
    return yield* gitError(
      "git_unmerged",
      "A merge with conflicts is under way. Finish or abort it with git itself, then come again. Nothing was done.",
    )
  const changes = yield* changesBetween(repo, head.oid, oid)
  const name = head.branch ?? head.oid ?? ""
  const then = Effect.gen(function* () {
    if (remote !== undefined) {
      yield* moveBranch(repo, branch, {
        from: undefined,
        to: oid,
        why: `branch: Created from ${remote.remote}/${branch}`,
      })
      yield* setUpstream(repo, branch, { remote: remote.remote, branch })
    }
    yield* moveHead(repo, { branch }, { from: head.oid, to: oid, why: `checkout: moving from ${name} to ${branch}` })
  })
  yield* checkout(yield* groundOf(repo), index, changes, `switching to ${branch}`, then)
  return { ...done, files: changes.length }
})

/** Whether `ancestor` is part of the history of `oid`. */
export const isPartOf = (repo: Repo, ancestor: string, oid: string): Effect.Effect<boolean, GitError> =>
  ancestor === oid
    ? Effect.succeed(true)
    : repo.call((git, common) => git.isDescendent({ ...common, oid, ancestor, depth: -1 }))

/** Gives a branch up. Its commits stay only where something else has them: so that is asked first. */
export const deleteBranch = Effect.fnUntraced(function* (
  repo: Repo,
  branch: string,
  force: boolean,
): Effect.fn.Return<string, GitError> {
  yield* checkBranchName(branch)
  const oid = yield* oidOf(repo, `refs/heads/${branch}`)
  if (oid === undefined)
    return yield* gitError(
      "git_unknown_ref",
      `There is no branch ${branch} here. git_branch_list shows those there are.`,
    )
  const head = yield* readHead(repo)
  if (head.branch === branch)
    return yield* gitError(
      "git_exists",
      `${branch} is the branch that is checked out, so it stays. Switch to another first.`,
    )
  if (!force) {
    const upstream = yield* upstreamOf(repo, branch)
    const keeper =
      upstream === undefined ? undefined : yield* oidOf(repo, `refs/remotes/${upstream.remote}/${upstream.branch}`)
    const keepers = [keeper, head.oid].filter((one) => one !== undefined)
    const kept = yield* Effect.findFirst(keepers, (keeper) => isPartOf(repo, oid, keeper))
    if (kept._tag === "None")
      return yield* gitError(
        "git_not_merged",
        `${branch} has commits that are neither in ${head.branch ?? "HEAD"} nor in what it pulls from: without it they would be lost. Merge or push it first; force: true gives it up.`,
      )
  }
  yield* dropBranch(repo, branch)
  return oid
})
