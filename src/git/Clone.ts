/** A new repository out of a remote one, in a folder of its own. What does not come to an end leaves nothing. */
import { mkdirSync, readdirSync, realpathSync, rmSync } from "node:fs"
import { dirname, join, relative, sep } from "node:path"
import { Effect, Exit } from "effect"
import { oneLine } from "../core/Text.ts"
import { setUpstream } from "./Branches.ts"
import { checkout } from "./Checkout.ts"
import { ConfinedFs } from "./ConfinedFs.ts"
import { groundOf } from "./Content.ts"
import { type GitError, gitError } from "./GitError.ts"
import type { Credential } from "./GitModel.ts"
import { readIndex } from "./IndexFile.ts"
import { placeIn, rootOf } from "./Jail.ts"
import { isFinePath } from "./PathRules.ts"
import { checkBranchName, moveBranch, moveHead } from "./Refs.ts"
import { fetchFrom } from "./Remote.ts"
import { folderOf, shownUrl, urlProblem } from "./RemoteUrl.ts"
import { repoOver } from "./Repo.ts"
import { changesBetween } from "./Trees.ts"
import { inWords } from "./Words.ts"

const CONFIG = `[core]
\trepositoryformatversion = 0
\tfilemode = true
\tbare = false
\tlogallrefupdates = true
`

export interface CloneRequest {
  readonly url: string
  readonly directory: string | undefined
  readonly branch: string | undefined
  readonly depth: number | undefined
}

export interface Cloned {
  readonly directory: string
  readonly branch: string | undefined
  readonly oid: string | undefined
  readonly files: number
}

/** Makes the folders down to `path`, none of them through a link. What is to be removed when it comes to nothing. */
const makeFolder = (jail: string, path: string): { readonly dir: string; readonly made: string | undefined } => {
  let made: string | undefined
  let folder = jail
  for (const name of relative(jail, path).split(sep)) {
    folder = join(folder, name)
    if (mkdirSync(folder, { recursive: true }) !== undefined) made ??= folder
    if (realpathSync.native(folder) !== folder) return { dir: "", made }
  }
  return { dir: folder, made }
}

/** A folder for the repository, which is gone again when `use` fails or is given up. */
const inFolder = <A>(
  jail: string,
  path: string,
  use: (dir: string) => Effect.Effect<A, GitError>,
): Effect.Effect<A, GitError> =>
  Effect.acquireUseRelease(
    Effect.try({ try: () => makeFolder(jail, path), catch: inWords }),
    ({ dir }) =>
      dir === ""
        ? gitError("git_outside", "That folder lies behind a link, which is never followed. Nothing was fetched.")
        : readdirSync(dir).length > 0
          ? gitError(
              "git_exists",
              `The folder ${relative(jail, path)} is there and not empty. Choose another with the argument directory, or use the repository that it holds.`,
            )
          : use(dir),
    ({ dir, made }, exit) =>
      Exit.isSuccess(exit)
        ? Effect.void
        : Effect.ignore(
            Effect.try(() => {
              if (made !== undefined) rmSync(made, { recursive: true, force: true })
              else if (dir !== "" && readdirSync(dir).join() === ".git")
                rmSync(join(dir, ".git"), { recursive: true, force: true })
            }),
          ),
  )

/** Clones. `root`: the git root. */
export const clone = Effect.fnUntraced(function* (
  root: string | undefined,
  { branch, depth, directory, url }: CloneRequest,
  credential: Credential | undefined,
): Effect.fn.Return<Cloned, GitError> {
  const jail = yield* rootOf(root)
  const problem = urlProblem(url)
  if (problem !== undefined)
    return yield* gitError(
      "git_remote_refused",
      `Nothing was cloned: of this address it is to be said that ${problem}.`,
    )
  if (branch !== undefined) yield* checkBranchName(branch)
  const folder = directory ?? folderOf(url)
  const path = yield* placeIn(jail, folder)
  const inside = relative(jail, path).replaceAll(sep, "/")
  if (inside === "" ? directory === undefined : !isFinePath(inside) || dirname(path) === path)
    return yield* gitError(
      "git_outside",
      `${oneLine(folder, 100)} is no folder that a repository may be put into. Name one with the argument directory, such as team/app.`,
    )
  return yield* inFolder(jail, path, (dir) =>
    Effect.gen(function* () {
      const fs = new ConfinedFs(dir)
      const repo = yield* repoOver(fs)
      yield* repo.call((git, { dir, fs, gitdir }) => git.init({ fs, dir, gitdir, defaultBranch: branch ?? "main" }))
      yield* Effect.tryPromise({ try: () => fs.writeFile(`${fs.gitdir}/config`, CONFIG), catch: inWords })
      yield* repo.call((git, { dir, fs, gitdir }) => git.addRemote({ fs, dir, gitdir, remote: "origin", url }))
      const fetched = yield* fetchFrom(repo, { name: "origin", url }, credential, {
        branch,
        depth,
        tags: depth === undefined,
      })
      const { oid } = fetched
      if (oid === undefined) return { directory: inside, branch: undefined, oid, files: 0 }
      const name = branch ?? fetched.defaultBranch ?? "main"
      const why = `clone: from ${shownUrl(url)}`
      const changes = yield* changesBetween(repo, undefined, oid)
      const then = Effect.gen(function* () {
        yield* moveBranch(repo, name, { from: undefined, to: oid, why })
        yield* setUpstream(repo, name, { remote: "origin", branch: name })
        yield* moveHead(repo, { branch: name }, { from: undefined, to: oid, why })
      })
      yield* checkout(yield* groundOf(repo), yield* readIndex(repo), changes, "the clone", then)
      return { directory: inside, branch: name, oid, files: changes.length }
    }),
  )
})
