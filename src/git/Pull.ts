/** Pulling: what the remote has, brought together with what is here. What cannot be brought together changes nothing. */
import { Clock, Effect } from "effect"
import { isPartOf, upstreamOf } from "./Branches.ts"
import { checkout } from "./Checkout.ts"
import { groundOf } from "./Content.ts"
import { type GitError, gitError } from "./GitError.ts"
import type { Author } from "./GitModel.ts"
import { authorOf, refuseUnsigned } from "./History.ts"
import { readIndex } from "./IndexFile.ts"
import { mergeBase, mergeTrees } from "./Merge.ts"
import { advance, checkBranchName, readHead, refuseHalfDone } from "./Refs.ts"
import { shownUrl } from "./RemoteUrl.ts"
import type { Repo } from "./Repo.ts"
import { type Target, targetOf } from "./Remote.ts"
import { changesBetween } from "./Trees.ts"

/** Where a branch is pulled from or pushed to. */
export interface Route {
  readonly branch: string
  readonly target: Target
  readonly remoteBranch: string
  /** Whether the config says so already. */
  readonly set: boolean
}

/** Where to and from: as the caller says, else as the config does; a push has the branch's own name at last. */
export const routeOf = Effect.fnUntraced(function* (
  repo: Repo,
  use: "pull" | "push",
  given: { readonly remote?: string | undefined; readonly branch?: string | undefined },
): Effect.fn.Return<Route, GitError> {
  const head = yield* readHead(repo)
  const branch = use === "push" ? (given.branch ?? head.branch) : head.branch
  if (branch === undefined)
    return yield* gitError(
      "git_detached",
      `HEAD is detached: it is on a commit and on no branch, so there is nothing to ${use}${use === "pull" ? " into" : ""}. Take a branch with git_branch_switch, or make one with git_branch_create.`,
    )
  yield* checkBranchName(branch)
  const upstream = yield* upstreamOf(repo, branch)
  const remote = given.remote ?? upstream?.remote ?? "origin"
  const target = yield* targetOf(repo, remote, use)
  const known = upstream?.remote === remote ? upstream.branch : undefined
  const remoteBranch = use === "pull" ? (given.branch ?? known) : (known ?? branch)
  if (remoteBranch === undefined)
    return yield* gitError(
      "git_no_upstream",
      `It is not set what ${branch} pulls from. Name the remote's branch with the argument branch; git_push sets it for a branch that is pushed.`,
    )
  yield* checkBranchName(remoteBranch)
  return { branch, target, remoteBranch, set: known !== undefined }
})

export interface Pulled {
  readonly kind: "up_to_date" | "fast_forward" | "merge"
  readonly from: string | undefined
  readonly to: string
  readonly files: number
}

/** Brings `theirs` into the branch that is checked out. */
export const integrate = Effect.fnUntraced(function* (
  repo: Repo,
  theirs: string,
  { branch, remoteBranch, target }: Route,
  given: Partial<Author>,
): Effect.fn.Return<Pulled, GitError> {
  yield* refuseHalfDone(repo)
  const head = yield* readHead(repo)
  if (head.branch !== branch)
    return yield* gitError(
      "git_locked",
      `Somebody else took another branch meanwhile, so nothing was merged. What was fetched is kept; pull again.`,
    )
  const ours = head.oid
  const index = yield* readIndex(repo)
  if (index.unmerged.length > 0)
    return yield* gitError(
      "git_unmerged",
      "A merge with conflicts is under way. Finish or abort it with git itself, then come again. Nothing was done.",
    )
  const told = (kind: Pulled["kind"], to: string, files: number): Pulled => ({ kind, from: ours, to, files })
  if (ours !== undefined && (yield* isPartOf(repo, theirs, ours))) return told("up_to_date", ours, 0)
  const ground = yield* groundOf(repo)
  const name = `${target.name}/${remoteBranch}`
  if (ours === undefined || (yield* isPartOf(repo, ours, theirs))) {
    const changes = yield* changesBetween(repo, ours, theirs)
    yield* checkout(ground, index, changes, `the pull from ${name}`, advance(repo, head, theirs, "pull: Fast-forward"))
    return told("fast_forward", theirs, changes.length)
  }
  yield* refuseUnsigned(repo)
  const author = yield* authorOf(repo, given)
  const base = yield* mergeBase(repo, ours, theirs)
  const tree = yield* mergeTrees(repo, { base, ours, theirs }, `Merging ${name} into ${branch}`)
  const changes = yield* changesBetween(repo, ours, tree)
  const timestamp = Math.floor((yield* Clock.currentTimeMillis) / 1000)
  let made = ""
  const commit = Effect.gen(function* () {
    made = yield* repo.call((git, common) =>
      git.commit({
        ...common,
        message: `Merge branch '${remoteBranch}' of ${shownUrl(target.url)}${branch === "main" || branch === "master" ? "" : ` into ${branch}`}\n`,
        tree,
        parent: [ours, theirs],
        author: { ...author, timestamp },
        committer: { ...author, timestamp },
        noUpdateBranch: true,
      }),
    )
    yield* advance(repo, head, made, "pull: Merge made by vault-aws-mcp.", author)
  })
  yield* checkout(ground, index, changes, `the pull from ${name}`, commit)
  return told("merge", made, changes.length)
})
