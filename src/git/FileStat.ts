/** A file's particulars in the form isomorphic-git and git's index know. */
import type { BigIntStats } from "node:fs"

export interface FileStat {
  readonly ctimeSeconds: number
  readonly ctimeNanoseconds: number
  readonly mtimeSeconds: number
  readonly mtimeNanoseconds: number
  readonly dev: number
  readonly ino: number
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly size: number
  readonly isFile: () => boolean
  readonly isDirectory: () => boolean
  readonly isSymbolicLink: () => boolean
}

const BILLION = 1_000_000_000n

/** To the nanosecond; of the other numbers the 32 bits that the index keeps. */
export const statOf = (stat: BigIntStats): FileStat => ({
  ctimeSeconds: Number(stat.ctimeNs / BILLION),
  ctimeNanoseconds: Number(stat.ctimeNs % BILLION),
  mtimeSeconds: Number(stat.mtimeNs / BILLION),
  mtimeNanoseconds: Number(stat.mtimeNs % BILLION),
  dev: Number(stat.dev & 0xffffffffn),
  ino: Number(stat.ino & 0xffffffffn),
  mode: Number(stat.mode),
  uid: Number(stat.uid & 0xffffffffn),
  gid: Number(stat.gid & 0xffffffffn),
  size: Number(stat.size & 0xffffffffn),
  isFile: () => stat.isFile(),
  isDirectory: () => stat.isDirectory(),
  isSymbolicLink: () => stat.isSymbolicLink(),
})
