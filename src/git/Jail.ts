/**
 * From what a caller names to a repository that may be worked in: below the one folder that the operator gave, by real
 * path, with a `.git` that lies in it and borrows nothing from elsewhere.
 */
import { realpathSync } from "node:fs"
import { isAbsolute, relative, resolve, sep } from "node:path"
import { Effect, Result } from "effect"
import { oneLine } from "../core/Text.ts"
import { ConfinedFs } from "./ConfinedFs.ts"
import { type GitError, gitError } from "./GitError.ts"

/** How an operator says where repositories lie. */
const HOW = "Set VAULT_AWS_MCP_GIT_ROOT (flag --git-root, key git_root) to the folder that repositories may lie in."

const isWithin = (root: string, path: string): boolean => path === root || path.startsWith(`${root}${sep}`)

const realOf = (path: string): string | undefined => Result.getOrUndefined(Result.try(() => realpathSync.native(path)))

/** The operator's folder by its real path. */
export const rootOf = Effect.fnUntraced(function* (root: string | undefined): Effect.fn.Return<string, GitError> {
  if (root === undefined)
    return yield* gitError(
      "git_root_missing",
      `git works only below a folder that an operator chose, and none is set. ${HOW}`,
    )
  const real = realOf(root)
  if (real === undefined)
    return yield* gitError(
      "git_root_missing",
      `The folder that git may work in cannot be found: ${oneLine(root)}. ${HOW}`,
    )
  return real
})

/** Where `path`, as the caller names it, lies below the root; it need not be there yet. */
export const placeIn = Effect.fnUntraced(function* (root: string, path: string): Effect.fn.Return<string, GitError> {
  const shown = oneLine(path, 200)
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  if (path.length > 4096 || /[\u0000-\u001f]/.test(path) || isAbsolute(path))
    return yield* gitError("git_outside", `${shown} is no path relative to the git root. Give one, such as team/app.`)
  const full = resolve(root, path)
  if (!isWithin(root, full))
    return yield* gitError("git_outside", `${shown} lies outside of the folder that git may work in. Nothing was read.`)
  return full
})

/** Refuses what is a link, or lies elsewhere by its real path. */
const realPlace = Effect.fnUntraced(function* (root: string, path: string): Effect.fn.Return<string, GitError> {
  const real = realOf(yield* placeIn(root, path))
  if (real === undefined)
    return yield* gitError("git_no_repository", `There is no folder ${oneLine(path, 200)} below the git root.`)
  if (!isWithin(root, real))
    return yield* gitError(
      "git_outside",
      `${oneLine(path, 200)} leads, by a link, out of the folder that git may work in. Nothing was read.`,
    )
  return real
})

/** Parts of `.git` that must be there as what they are, and no links. */
const PARTS = [
  [".git/HEAD", "file"],
  [".git/objects", "folder"],
  [".git/refs", "folder"],
] as const

/** Files by which a repository lends or borrows: where they stand, what is read and written may lie anywhere. */
const BORROWING = [".git/commondir", ".git/gitdir", ".git/objects/info/alternates", ".git/objects/info/http-alternates"]

/** Links at these places would be refused one by one, in words that help nobody. */
const NO_LINKS = [
  ".git/config",
  ".git/index",
  ".git/packed-refs",
  ".git/shallow",
  ".git/objects/pack",
  ".git/objects/info",
]

/** The repository at `path`, with a file system that ends at its borders. */
export const openRepository = Effect.fnUntraced(function* (
  root: string | undefined,
  path: string,
): Effect.fn.Return<ConfinedFs, GitError> {
  const jail = yield* rootOf(root)
  const dir = yield* realPlace(jail, path)
  const shown = relative(jail, dir) === "" ? "." : relative(jail, dir)
  const fs = new ConfinedFs(dir)
  const at = (name: string) => fs.look(fs.at(name))
  const found = at(".git")
  if (found === undefined)
    return yield* gitError(
      "git_no_repository",
      `${shown} holds no repository (no .git folder). Give the folder that holds .git, relative to the git root, or get one with git_clone.`,
    )
  if (!found.isDirectory())
    return yield* gitError(
      "git_unsupported",
      `.git of ${shown} is ${found.isSymbolicLink() ? "a link" : "a file"} that names another place, as in a linked work tree or a submodule. Those are not worked in; give the main repository.`,
    )
  for (const [name, kind] of PARTS) {
    const part = at(name)
    const fine = kind === "file" ? part?.isFile() : part?.isDirectory()
    if (fine !== true)
      return yield* gitError(
        "git_no_repository",
        `${shown} holds no usable repository: ${name} is not a plain ${kind}.`,
      )
  }
  for (const name of NO_LINKS)
    if (at(name)?.isSymbolicLink() === true)
      return yield* gitError("git_unsafe", `${name} of ${shown} is a link, which is never followed. Nothing was done.`)
  for (const name of BORROWING)
    if (at(name) !== undefined)
      return yield* gitError(
        "git_unsupported",
        `${shown} shares its objects with another place (${name}). Only repositories that hold everything themselves are worked in.`,
      )
  return fs
})
