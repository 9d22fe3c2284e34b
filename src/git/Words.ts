/** What isomorphic-git and the operating system say, in this product's words. */
import { oneLine } from "../core/Text.ts"
import { GitError, gitError, listed } from "./GitError.ts"

const memberOf = (value: unknown, key: string): unknown =>
  typeof value === "object" && value !== null && key in value
    ? (value as Readonly<Record<string, unknown>>)[key] // an object with that key, by the line above
    : undefined

const textsOf = (value: unknown): ReadonlyArray<string> =>
  Array.isArray(value) ? value.filter((one) => typeof one === "string") : []

const unexpected = (said: string): GitError =>
  gitError("git_broken", `git could not go on: ${said}. If this repository works with git itself, please report it.`)

/** By the code of isomorphic-git's error or of the operating system's. */
const WORDS: Readonly<Record<string, (data: unknown, said: string) => GitError>> = {
  NotFoundError: (data) => {
    const named = memberOf(data, "what")
    const what = oneLine(typeof named === "string" ? named : "what was asked for", 200)
    return /^[0-9a-f]{40}$/.test(what)
      ? gitError(
          "git_broken",
          `The object ${what} is missing in this repository. If it is a shallow or partial clone, fetch the rest with git itself; else look with: git fsck`,
        )
      : gitError(
          "git_unknown_ref",
          `There is no ${what} in this repository. git_branch_list shows its branches, git_log its commits.`,
        )
  },
  AmbiguousError: () =>
    gitError("git_unknown_ref", "More than one object begins with that id. Give more of its digits."),
  InvalidRefNameError: (_, said) => gitError("git_bad_name", `That is no name for a branch: ${said}`),
  UnsafeFilepathError: (data) =>
    gitError(
      "git_unsafe",
      `The repository holds a path that is never written or read (${oneLine(JSON.stringify(memberOf(data, "filepath") ?? ""), 200)}): it would lead out of its folder or into .git. Nothing was done.`,
    ),
  UnmergedPathsError: (data) =>
    gitError(
      "git_unmerged",
      `A merge is under way, with conflicts in ${listed(textsOf(memberOf(data, "filepaths")))}. Resolve it with git itself (git mergetool, or git merge --abort), then come again.`,
    ),
  ObjectTypeError: (_, said) => gitError("git_unknown_ref", `That is not a commit: ${said}`),
  // Its own message asks to report to its authors; what happened stands in the data.
  InternalError: (data, said) => {
    const detail = memberOf(data, "message")
    return unexpected(typeof detail === "string" ? oneLine(detail) : said)
  },
  ENOSPC: () => gitError("git_broken", "The disk is full."),
  EFBIG: () =>
    gitError("git_too_large", "A file of the repository is larger than 1 GiB, which is not read here. Use git itself."),
  ELOOP: () => gitError("git_unsafe", "A file of .git is a link, which is never followed. Nothing was done."),
  EACCES: (_, said) => gitError("git_broken", `A file may not be used: ${said}`),
}

/** An error of whatever this folder calls, as the one error of this folder. */
export const inWords = (error: unknown): GitError => {
  if (error instanceof GitError) return error
  const code = memberOf(error, "code")
  const said = oneLine(error instanceof Error ? error.message : String(error))
  const word = typeof code === "string" ? WORDS[code] : undefined
  return word === undefined ? unexpected(said) : word(memberOf(error, "data"), said)
}
