/**
 * The borders of one work tree with its `.git`: which paths may be used, and what may be seen within without a wait. No
 * link is ever followed, neither at the end of a path nor on the way; what lies behind one is not there.
 */
import { closeSync, constants, lstatSync, openSync, readdirSync, readFileSync } from "node:fs"
import { sep } from "node:path"
import { type FileStat, statOf } from "./FileStat.ts"
import { isFinePath } from "./PathRules.ts"

/** Files of rules are small; git itself reads no larger ones. */
const MOST_SMALL = 1024 * 1024

/** What may be written below `.git`; hooks, attributes and the like may not, whoever asks. */
const WRITABLE =
  /^(?:HEAD|ORIG_HEAD|FETCH_HEAD|config|index|shallow|packed-refs|(?:objects|refs|logs)(?:\/.*)?|hooks|info)$/

/** Where a backslash is a part of a name it parts none. */
export const SEPARATORS = sep === "/" ? "/" : /[/\\]/

/** An error with a code, as those of the operating system have it. */
export const errno = (code: string, what: string): Error => Object.assign(new Error(`${code}: ${what}`), { code })

export class Confines {
  /** The work tree by its real path; `.git` is a folder in it. */
  readonly dir: string
  readonly gitdir: string
  /** Set when nobody waits any more: every further operation fails. */
  aborted = false
  private readonly folders = new Set<string>()

  constructor(dir: string) {
    this.dir = dir
    this.gitdir = `${dir}${sep}.git`
  }

  /** The path of a file of the work tree. */
  at(path: string): string {
    return `${this.dir}${sep}${path}`
  }

  /**
   * The path as it may be used: within the work tree, every folder above it a real one. A folder that is not there, or
   * is a link, makes the path one that is not there.
   */
  protected within(path: string): string {
    if (this.aborted) throw errno("EINTR", "given up")
    if (path === this.dir) return path
    const inside = path.startsWith(`${this.dir}${sep}`) ? path.slice(this.dir.length + 1) : undefined
    const names = inside?.split(SEPARATORS) ?? []
    const odd = names.some((name) => name === "" || name === "." || name === ".." || name.includes("\0"))
    if (inside === undefined || odd) throw errno("EACCES", "a path outside of the repository")
    let folder = this.dir
    for (const name of names.slice(0, -1)) {
      folder = `${folder}${sep}${name}`
      if (this.folders.has(folder)) continue
      if (!lstatSync(folder).isDirectory()) throw errno("ENOTDIR", "a folder above is not a folder")
      this.folders.add(folder)
    }
    return `${folder}${sep}${names.at(-1) ?? ""}`
  }

  /** The path, when it may be written. */
  protected writable(path: string): string {
    const full = this.within(path)
    const inside = full.slice(this.dir.length + 1).replaceAll(sep, "/")
    const fine = inside === ".git" || (inside.startsWith(".git/") ? WRITABLE.test(inside.slice(5)) : isFinePath(inside))
    if (!fine) throw errno("EACCES", "a path that is not written")
    return full
  }

  /** A folder went: what was seen of folders is to be seen again. */
  protected lookAgain(): void {
    this.folders.clear()
  }

  /** What stands at the path, `undefined` for nothing that may be seen. */
  look(path: string): FileStat | undefined {
    try {
      return statOf(lstatSync(this.within(path), { bigint: true }))
    } catch {
      return undefined
    }
  }

  /** The names in a folder and what each is; none where no folder may be seen. `plain`: a file or a link. */
  names(path: string): ReadonlyArray<{ readonly name: string; readonly folder: boolean; readonly plain: boolean }> {
    try {
      const full = this.within(path)
      if (!lstatSync(full).isDirectory()) return []
      return readdirSync(full, { withFileTypes: true }).map((entry) => ({
        name: entry.name,
        folder: entry.isDirectory(),
        plain: entry.isFile() || entry.isSymbolicLink(),
      }))
    } catch {
      return []
    }
  }

  /** A small text file such as `.gitignore`; `undefined` for what is none, or is too large to be one. */
  small(path: string): string | undefined {
    const stat = this.look(path)
    if (stat === undefined || !stat.isFile() || stat.size > MOST_SMALL) return undefined
    try {
      const handle = openSync(this.within(path), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
      try {
        return readFileSync(handle, "utf8")
      } finally {
        closeSync(handle)
      }
    } catch {
      return undefined
    }
  }
}
