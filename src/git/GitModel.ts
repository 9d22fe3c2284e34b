/** What this folder tells of a repository. Times are seconds since 1970, ids are 40 hex digits. */
import type { Redacted } from "effect"

/** A file of a tree: `mode` as git has it (0o100644, 0o100755, 0o120000 for a link, 0o160000 for a submodule). */
export interface TreeFile {
  readonly mode: number
  readonly oid: string
}

/** The files of a tree by their paths. */
export type Files = ReadonlyMap<string, TreeFile>

/** A path that is not the same on both sides; a side without it has none. */
export interface Change {
  readonly path: string
  readonly before: TreeFile | undefined
  readonly after: TreeFile | undefined
}

export type ChangeKind = "added" | "modified" | "deleted" | "renamed" | "type_changed"

/** A change as it is told. `from`: the old path of a file that was moved unchanged. */
export interface ToldChange {
  readonly path: string
  readonly change: ChangeKind
  readonly from?: string
}

/** Where HEAD is: on a branch, which may have no commit yet, or on a commit alone. */
export interface Head {
  readonly branch: string | undefined
  readonly oid: string | undefined
}

export interface Status {
  readonly head: Head
  readonly staged: ReadonlyArray<ToldChange>
  readonly unstaged: ReadonlyArray<ToldChange>
  /** Files, and folders (ending in a slash) in which nothing is tracked. */
  readonly untracked: ReadonlyArray<string>
  /** Paths with conflicts of a merge that somebody else began. */
  readonly unmerged: ReadonlyArray<string>
}

/** Who wrote a commit. */
export interface Author {
  readonly name: string
  readonly email: string
}

export interface Commit {
  readonly oid: string
  readonly parents: ReadonlyArray<string>
  readonly author: Author
  /** When it was written, in seconds; and of its place, in minutes east of Greenwich. */
  readonly time: number
  readonly offset: number
  readonly committer: Author
  readonly message: string
}

export interface Branch {
  readonly name: string
  readonly oid: string
  readonly current: boolean
  /** `remote/branch` that it pulls from. */
  readonly upstream: string | undefined
}

export interface Remote {
  readonly name: string
  readonly url: string
  /** Why nothing is pulled from or pushed to it; absent when it may be used. */
  readonly problem?: string
}

export const FILE = 0o100644
export const PROGRAM = 0o100755
export const LINK = 0o120000
export const SUBMODULE = 0o160000

/** What a mode is of: files of both modes are one kind. */
export const kindOf = (mode: number): number => mode >> 12

export const isFileMode = (mode: number): boolean => kindOf(mode) === kindOf(FILE)

export const isSame = (a: TreeFile | undefined, b: TreeFile | undefined): boolean =>
  a?.oid === b?.oid && a?.mode === b?.mode

/** What opens a remote. */
export interface Credential {
  readonly username: string
  readonly token: Redacted.Redacted<string>
  /** The hosts it is meant for, with or without a port; `undefined`: nobody said. */
  readonly hosts: ReadonlyArray<string> | undefined
}
