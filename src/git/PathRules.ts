/**
 * Which names a path of a work tree may have. A tree that somebody else wrote may hold anything: names that climb, that
 * are `.git` to some file system, or that another separator would split.
 */

/** Characters that HFS+ passes over when it compares names. */
const HFS_IGNORED = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g

/** Whether some file system would take the name for `.git`: any case, ignored characters, trailing dots, streams, 8.3 names. */
const isDotGit = (name: string): boolean => {
  const plain = (name.replace(HFS_IGNORED, "").split(":")[0] ?? "").toLowerCase().replace(/[. ]+$/, "")
  return plain === ".git" || /^\.?git~[1-9]$/.test(plain)
}

const isFineName = (name: string): boolean =>
  name !== "" && name !== "." && name !== ".." && !/[\\\0]/.test(name) && !isDotGit(name)

/** Whether a path (slashes part names, relative to the work tree) may be written. */
export const isFinePath = (path: string): boolean => path.length <= 4096 && path.split("/").every(isFineName)

/** The folders above a path, outermost first. */
export const foldersOf = (path: string): ReadonlyArray<string> => {
  const names = path.split("/")
  return names.slice(1).map((_, i) => names.slice(0, i + 1).join("/"))
}

/** Git orders paths by their bytes, not by UTF-16 code units. */
export const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))
