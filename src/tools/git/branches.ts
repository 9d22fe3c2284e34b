/** What the git tools do with branches. */
import { Effect } from "effect"
import { maybe } from "../AwsFields.ts"
import { filesWords, repoOf, using, type Where } from "./Common.ts"

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
