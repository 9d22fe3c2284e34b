/** What the service does; loaded with the libraries at the first use. */
import { Effect, Semaphore } from "effect"
import { createBranch, deleteBranch, listBranches, setUpstream, switchBranch } from "./Branches.ts"
import { clone } from "./Clone.ts"
import { groundOf } from "./Content.ts"
import { type DiffPage, diffOf } from "./Diff.ts"
import type { Git, LogPage } from "./Git.ts"
import { type GitError, gitError } from "./GitError.ts"
import type { Author, Status } from "./GitModel.ts"
import { commitStaged, logFrom } from "./History.ts"
import { readIndex } from "./IndexFile.ts"
import { integrate, routeOf } from "./Pull.ts"
import { headCommit, oidOf, readHead, refuseHalfDone, resolveRevision } from "./Refs.ts"
import { fetchFrom, listRemotes, pushTo } from "./Remote.ts"
import { locked, openRepo, type Repo } from "./Repo.ts"
import { pathspec, stage } from "./Stage.ts"
import { statusOf } from "./Status.ts"
import { filesOf } from "./Trees.ts"

type Answer<A> = Effect.Effect<A, GitError>

/** The service's methods over a root. */
export const operations = (root: string | undefined): Git["Service"] => {
  const taking = turns()
  const open = (path: string) => openRepo(root, path)

  /** Changes a repository: one at a time, and with git itself kept out. */
  const changing = <A>(path: string, work: (repo: Repo) => Answer<A>): Answer<A> =>
    Effect.flatMap(open(path), (repo) => taking(repo.fs.dir, Effect.scoped(Effect.andThen(locked(repo), work(repo)))))

  const status = Effect.fn("Git.status")(function* (path: string): Effect.fn.Return<Status, GitError> {
    const repo = yield* open(path)
    const head = yield* readHead(repo)
    return yield* statusOf(yield* groundOf(repo), yield* readIndex(repo), head, yield* filesOf(repo, head.oid))
  })

  const add = Effect.fn("Git.add")((path: string, paths: ReadonlyArray<string>) =>
    changing(path, (repo) =>
      Effect.gen(function* () {
        return yield* stage(yield* groundOf(repo), yield* readIndex(repo), paths)
      }),
    ),
  )

  const commit = Effect.fn("Git.commit")(
    (path: string, { author, message }: { readonly message: string; readonly author: Partial<Author> }) =>
      changing(path, (repo) => Effect.flatMap(readIndex(repo), (index) => commitStaged(repo, index, message, author))),
  )

  const log = Effect.fn("Git.log")(function* (
    repoPath: string,
    page: { readonly ref?: string; readonly path?: string; readonly limit: number; readonly cursor?: string },
  ): Effect.fn.Return<LogPage, GitError> {
    const repo = yield* open(repoPath)
    const at = page.cursor === undefined ? undefined : /^([0-9a-f]{40})\.(\d{1,6})$/.exec(page.cursor)
    if (at === null)
      return yield* gitError("git_unknown_ref", "That cursor is none of git_log. Take next_cursor of the page before.")
    const start =
      at?.[1] ??
      (page.ref === undefined ? yield* headCommit(yield* readHead(repo)) : yield* resolveRevision(repo, page.ref))
    const skip = Number(at?.[2] ?? 0)
    const [only] = page.path === undefined ? [] : yield* pathspec([page.path])
    const { commits, more } = yield* logFrom(repo, start, {
      limit: page.limit,
      skip,
      path: only === "" ? undefined : only,
    })
    return { commits, next: more ? `${start}.${skip + commits.length}` : undefined }
  })

  const diff = Effect.fn("Git.diff")(function* (
    path: string,
    page: Parameters<Git["Service"]["diff"]>[1],
  ): Effect.fn.Return<DiffPage, GitError> {
    const repo = yield* open(path)
    const spec = (yield* pathspec(page.paths)).filter((one) => one !== "")
    return yield* diffOf(yield* groundOf(repo), yield* readIndex(repo), page, { ...page, spec })
  })

  const branches = Effect.fn("Git.branches")((path: string, remotes: boolean) =>
    Effect.flatMap(open(path), (repo) => listBranches(repo, remotes)),
  )

  const create = Effect.fn("Git.createBranch")((path: string, branch: string, start: string | undefined) =>
    changing(path, (repo) => createBranch(repo, branch, start)),
  )

  const take = Effect.fn("Git.switchBranch")((path: string, branch: string) =>
    changing(path, (repo) => switchBranch(repo, branch)),
  )

  const giveUp = Effect.fn("Git.deleteBranch")((path: string, branch: string, force: boolean) =>
    changing(path, (repo) => deleteBranch(repo, branch, force)),
  )

  const remotes = Effect.fn("Git.remotes")((path: string) => Effect.flatMap(open(path), listRemotes))

  const pull = Effect.fn("Git.pull")((path: string, exchange: Parameters<Git["Service"]["pull"]>[1]) =>
    Effect.flatMap(open(path), (repo) =>
      taking(
        repo.fs.dir,
        Effect.gen(function* () {
          yield* refuseHalfDone(repo)
          const route = yield* routeOf(repo, "pull", exchange)
          const { oid } = yield* fetchFrom(repo, route.target, exchange.credential, { branch: route.remoteBranch })
          if (oid === undefined)
            return yield* gitError("git_unknown_ref", `${route.target.name} is empty: there is nothing to pull.`)
          // Nobody else is kept out of the repository while the network is waited for.
          const pulled = yield* Effect.scoped(
            Effect.andThen(locked(repo), integrate(repo, oid, route, exchange.author)),
          )
          return { route, pulled }
        }),
      ),
    ),
  )

  const push = Effect.fn("Git.push")((path: string, exchange: Parameters<Git["Service"]["push"]>[1]) =>
    Effect.flatMap(open(path), (repo) =>
      taking(
        repo.fs.dir,
        Effect.gen(function* () {
          const route = yield* routeOf(repo, "push", exchange)
          const oid = yield* oidOf(repo, `refs/heads/${route.branch}`)
          if (oid === undefined)
            return yield* gitError(
              "git_unborn",
              `There is no branch ${route.branch} with a commit here, so there is nothing to push. git_branch_list shows those there are.`,
            )
          yield* pushTo(repo, route.target, exchange.credential, { ...route, force: exchange.force })
          // The push is done, whatever comes of the note about it.
          const follows = route.set
            ? Effect.succeed(false)
            : setUpstream(repo, route.branch, { remote: route.target.name, branch: route.remoteBranch }).pipe(
                Effect.as(true),
                Effect.catch(() => Effect.succeed(false)),
              )
          return { route, oid, follows: yield* follows }
        }),
      ),
    ),
  )

  return {
    status,
    add,
    commit,
    log,
    diff,
    branches,
    createBranch: create,
    switchBranch: take,
    deleteBranch: giveUp,
    remotes,
    pull,
    push,
    clone: Effect.fn("Git.clone")((request, credential) => clone(root, request, credential)),
  }
}

/** Lets works on one thing take turns; those on others go on. */
const turns = () => {
  const held = new Map<string, { readonly turn: Semaphore.Semaphore; waiting: number }>()
  return <A, E>(key: string, work: Effect.Effect<A, E>): Effect.Effect<A, E> =>
    Effect.acquireUseRelease(
      Effect.sync(() => {
        const one = held.get(key) ?? { turn: Semaphore.makeUnsafe(1), waiting: 0 }
        one.waiting++
        held.set(key, one)
        return one
      }),
      ({ turn }) => Semaphore.withPermit(turn, work),
      (one) =>
        Effect.sync(() => {
          one.waiting--
          if (one.waiting === 0) held.delete(key)
        }),
    )
}
