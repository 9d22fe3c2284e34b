/**
 * git, on isomorphic-git, within the one folder that an operator gave. Runs no program: no hook, no filter, no helper.
 * What would lose something is refused before anything is changed.
 */
import { Context, Effect, Layer } from "effect"
import { late } from "../core/Late.ts"
import type { Cloned, CloneRequest } from "./Clone.ts"
import type { DiffPage, DiffSides } from "./Diff.ts"
import type { GitError } from "./GitError.ts"
import type { Author, Branch, Commit, Credential, Head, Remote, Status } from "./GitModel.ts"
import type { Pulled, Route } from "./Pull.ts"
import type { Staged } from "./Stage.ts"

const load = late(() => import("./Operations.ts"))

type Answer<A> = Effect.Effect<A, GitError>

/** One page of a log. */
export interface LogPage {
  readonly commits: ReadonlyArray<Commit>
  /** Where the next page begins; absent at the end. */
  readonly next: string | undefined
}

/** A remote, one of its branches, and what opens it; what is left out is as the config says. */
export interface Exchange {
  readonly remote?: string
  readonly branch?: string
  readonly credential: Credential | undefined
}

export class Git extends Context.Service<
  Git,
  {
    /** What differs between HEAD, the index and the work tree. `repo`: a path relative to the root, here and below. */
    readonly status: (repo: string) => Answer<Status>
    /** Stages files: new, changed and deleted ones. */
    readonly add: (repo: string, paths: ReadonlyArray<string>) => Answer<Staged>
    /** Commits what is staged. */
    readonly commit: (
      repo: string,
      commit: { readonly message: string; readonly author: Partial<Author> },
    ) => Answer<{ readonly oid: string; readonly head: Head; readonly files: number }>
    /** Commits, the latest first. `cursor`: `next` of the page before, with which `ref` is not looked at. */
    readonly log: (
      repo: string,
      page: { readonly ref?: string; readonly path?: string; readonly limit: number; readonly cursor?: string },
    ) => Answer<LogPage>
    /** A page of a diff, of at most `budget` characters. `after`: `next` of the page before. */
    readonly diff: (
      repo: string,
      page: DiffSides & {
        readonly paths: ReadonlyArray<string>
        readonly budget: number
        readonly after: string | undefined
      },
    ) => Answer<DiffPage>
    /** The branches; with `remotes` those of remotes, as they were last seen, too. */
    readonly branches: (repo: string, remotes: boolean) => Answer<ReadonlyArray<Branch>>
    /** A new branch at `start` (default HEAD); its commit. */
    readonly createBranch: (repo: string, branch: string, start: string | undefined) => Answer<string>
    /** Goes to a branch. `made`: the remote that it was made after. */
    readonly switchBranch: (
      repo: string,
      branch: string,
    ) => Answer<{
      readonly from: Head
      readonly oid: string
      readonly made: string | undefined
      readonly files: number
    }>
    /** Gives a branch up; the commit that it was on. */
    readonly deleteBranch: (repo: string, branch: string, force: boolean) => Answer<string>
    readonly remotes: (repo: string) => Answer<ReadonlyArray<Remote>>
    /** Fetches, and brings it into the branch that is checked out. */
    readonly pull: (
      repo: string,
      exchange: Exchange & { readonly author: Partial<Author> },
    ) => Answer<{ readonly route: Route; readonly pulled: Pulled }>
    /**
     * Pushes a branch (default the one that is checked out) to the remote's of the same name, or the one it pulls from.
     * `follows`: it had none, and pulls from there from now on.
     */
    readonly push: (
      repo: string,
      exchange: Exchange & { readonly force: boolean },
    ) => Answer<{ readonly route: Route; readonly oid: string; readonly follows: boolean }>
    /** A new repository below the root. */
    readonly clone: (request: CloneRequest, credential: Credential | undefined) => Answer<Cloned>
  }
>()("vault-aws-mcp/git/Git") {
  /** `root`: the folder that repositories lie in; without one everything is refused. */
  static readonly layer = (root: string | undefined): Layer.Layer<Git> =>
    Layer.sync(Git, () => {
      let made: Git["Service"] | undefined
      const does = <A>(use: (git: Git["Service"]) => Answer<A>): Answer<A> =>
        Effect.flatMap(load, ({ operations }) => use((made ??= operations(root))))
      return Git.of({
        status: (...args) => does((git) => git.status(...args)),
        add: (...args) => does((git) => git.add(...args)),
        commit: (...args) => does((git) => git.commit(...args)),
        log: (...args) => does((git) => git.log(...args)),
        diff: (...args) => does((git) => git.diff(...args)),
        branches: (...args) => does((git) => git.branches(...args)),
        createBranch: (...args) => does((git) => git.createBranch(...args)),
        switchBranch: (...args) => does((git) => git.switchBranch(...args)),
        deleteBranch: (...args) => does((git) => git.deleteBranch(...args)),
        remotes: (...args) => does((git) => git.remotes(...args)),
        pull: (...args) => does((git) => git.pull(...args)),
        push: (...args) => does((git) => git.push(...args)),
        clone: (...args) => does((git) => git.clone(...args)),
      })
    })
}
