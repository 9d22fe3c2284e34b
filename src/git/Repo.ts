/** A repository that is being worked in: the library over its confined file system, its settings, its lock. */
import { closeSync, constants, openSync, unlinkSync } from "node:fs"
import { Effect, type Scope } from "effect"
import { late } from "../core/Late.ts"
import { type GitError, gitError } from "./GitError.ts"
import { openRepository } from "./Jail.ts"
import type { ConfinedFs } from "./ConfinedFs.ts"
import { inWords } from "./Words.ts"

const loadLibrary = late(() => import("./Library.ts"))

type Library = typeof import("./Library.ts")

/** What every function of isomorphic-git is told. */
export interface Common {
  readonly fs: ConfinedFs
  readonly dir: string
  readonly gitdir: string
  readonly cache: object
}

export interface Repo {
  readonly fs: ConfinedFs
  readonly library: Library
  readonly common: Common
  /** Calls the library; when nobody waits any more, its next step fails. */
  readonly call: <A>(use: (git: Library["git"], common: Common) => Promise<A>) => Effect.Effect<A, GitError>
  /** A setting of the repository's own config, the last one where there are several. */
  readonly config: (path: string) => Effect.Effect<string | undefined, GitError>
}

/** A repository without a look at its settings: a new one has none. */
export const repoOver = Effect.fnUntraced(function* (fs: ConfinedFs): Effect.fn.Return<Repo> {
  const library = yield* loadLibrary
  const common: Common = { fs, dir: fs.dir, gitdir: fs.gitdir, cache: {} }
  const call: Repo["call"] = (use) =>
    Effect.tryPromise({
      try: (signal) => {
        signal.addEventListener("abort", () => {
          fs.aborted = true
        })
        return use(library.git, common)
      },
      catch: inWords,
    })
  return {
    fs,
    library,
    common,
    call,
    config: (path) =>
      Effect.map(
        call((git, { dir, fs, gitdir }) => git.getConfig({ fs, dir, gitdir, path })),
        (value: unknown) =>
          typeof value === "string"
            ? value
            : typeof value === "boolean" || typeof value === "number"
              ? `${value}`
              : undefined,
      ),
  }
})

/** What a repository may be extended by without our having to know. */
const HARMLESS = /^\s*(?:noop|noop-v1|preciousobjects|worktreeconfig)\s*(?:=|$)/i

/** Lines of the sections [extensions]. */
const extensionsIn = (config: string): ReadonlyArray<string> => {
  let inside = false
  return config.split("\n").filter((line) => {
    const section = /^\s*\[\s*([^\s\]"]+)/.exec(line)
    if (section !== null) inside = section[1]?.toLowerCase() === "extensions"
    return section === null && inside && /^\s*[a-z]/i.test(line)
  })
}

/** The repository at `path` below the root. Settings that would make its files lie elsewhere, or be others, are refused. */
export const openRepo = Effect.fnUntraced(function* (
  root: string | undefined,
  path: string,
): Effect.fn.Return<Repo, GitError> {
  const repo = yield* repoOver(yield* openRepository(root, path))
  const { config } = repo
  if ((yield* config("core.bare")) === "true")
    return yield* gitError(
      "git_unsupported",
      "This is a bare repository, without a work tree. Give one that has files.",
    )
  if ((yield* config("core.worktree")) !== undefined)
    return yield* gitError(
      "git_unsafe",
      "The repository's config names another folder as its work tree (core.worktree), which is never gone to. Nothing was done.",
    )
  const text = yield* Effect.tryPromise({
    try: () => repo.fs.readFile(`${repo.fs.gitdir}/config`, "utf8"),
    catch: inWords,
  }).pipe(Effect.catch(() => Effect.succeed("")))
  const unknown = extensionsIn(String(text)).find((line) => !HARMLESS.test(line))
  if (unknown !== undefined)
    return yield* gitError(
      "git_unsupported",
      `The repository uses an extension that is not known here (${unknown.trim().slice(0, 100)}), such as SHA-256 ids, reftables or partial clones. Use git itself.`,
    )
  return repo
})

/**
 * Keeps everybody else from changing the repository while the scope lives, git itself among them: this is the file that
 * it looks for.
 */
export const locked = (repo: Repo): Effect.Effect<void, GitError, Scope.Scope> => {
  const path = `${repo.fs.gitdir}/index.lock`
  return Effect.acquireRelease(
    Effect.try({
      try: () =>
        closeSync(openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW)),
      catch: (error) =>
        error instanceof Error && "code" in error && error.code === "EEXIST"
          ? gitError(
              "git_locked",
              "Another git is at work in this repository, or one was killed: .git/index.lock is there. Wait for it; when nothing runs any more, remove that file.",
            )
          : inWords(error),
    }),
    () => Effect.ignore(Effect.try(() => unlinkSync(path))),
  )
}
