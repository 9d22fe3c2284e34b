/** A repository of some thousand files with everything that makes status hard, made by git itself; and how git tells it. */
import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync } from "node:fs"
import { join, sep } from "node:path"
import { Effect } from "effect"
import type { Status, ToldChange } from "../../src/git/GitModel.ts"
import { gitIn, madeRepo, put, realGit } from "./RealGit.ts"

const LETTER: Readonly<Record<ToldChange["change"], string>> = {
  added: "A",
  modified: "M",
  deleted: "D",
  type_changed: "T",
  renamed: "R",
}

/** Our status in git's short form, without renames: `XY path`, ordered. */
export const asPorcelain = (status: Status): ReadonlyArray<string> => {
  const letters = new Map<string, [string, string]>()
  const set = (side: 0 | 1, path: string, letter: string) => {
    const both = letters.get(path) ?? [" ", " "]
    both[side] = letter
    letters.set(path, both)
  }
  const hear = (side: 0 | 1, changes: ReadonlyArray<ToldChange>) => {
    for (const { change, from, path } of changes) {
      set(side, path, from === undefined ? LETTER[change] : "A")
      if (from !== undefined) set(side, from, "D")
    }
  }
  hear(0, status.staged)
  hear(1, status.unstaged)
  return [
    ...[...letters].map(([path, [x, y]]) => `${x}${y} ${path}`),
    ...status.untracked.map((path) => `?? ${path}`),
  ].toSorted()
}

/** What git says of the same. */
export const realPorcelain = (work: string): ReadonlyArray<string> =>
  gitIn(work, ["status", "--porcelain", "--no-renames", "-z"])
    .split("\0")
    .filter((line) => line !== "")
    .toSorted()

/** What only one of two lists has: short enough to be read when a test fails. */
export const differing = (ours: ReadonlyArray<string>, theirs: ReadonlyArray<string>) => ({
  onlyOurs: ours.filter((line) => !theirs.includes(line)).slice(0, 10),
  onlyTheirs: theirs.filter((line) => !ours.includes(line)).slice(0, 10),
})

/** Nothing differs. */
export const SAME = { onlyOurs: [], onlyTheirs: [] }

/** The repository, as committed, with so many plain files. */
export const largeRepo = Effect.fnUntraced(function* (count: number) {
  const { root, work } = yield* madeRepo
  put(
    work,
    ".gitattributes",
    "* text=auto\n*.bat text eol=crlf\n*.raw -text\n*.bin binary\ndocs/**/*.md text eol=lf\n/lit/* -text\n",
  )
  put(work, "data/.gitattributes", "*.csv -text\n!x text\n*.txt text=auto eol=crlf\n")
  put(
    work,
    ".gitignore",
    "*.log\n!keep.log\n/build/\nnode_modules\n**/cache/*\n!**/cache/important\n\\#odd\n*.tmp   \ndoc?.txt\n[ab].out\n/deep/**/x.o\n",
  )
  put(work, "sub/.gitignore", "*\n!.gitignore\n!*.keep\n!inner/\n")
  put(work, "sub/inner/.gitignore", "!*.c\n/only-here\n")
  for (let i = 0; i < count; i++) {
    const end = i % 5 === 0 ? "\r\n" : "\n"
    put(work, `src/d${i % 60}/e${i % 7}/file ${i}.txt`, `line ${i}${end}`.repeat(3 + (i % 9)))
  }
  for (let i = 0; i < 120; i++) put(work, `bin/run${i}.sh`, `#!/bin/sh\necho ${i}\n`, 0o755)
  for (let i = 0; i < 60; i++) put(work, `scripts/s${i}.bat`, `@echo ${i}\r\nrem\r\n`)
  for (let i = 0; i < 60; i++) put(work, `data/t${i}.${i % 2 === 0 ? "txt" : "csv"}`, `a,${i}\r\nb\r\n`)
  for (let i = 0; i < 40; i++) put(work, `raw/r${i}.${i % 2 === 0 ? "raw" : "bin"}`, Buffer.from([0, i, 13, 10, 255]))
  for (const name of [
    "ünï-cödé/ñ.txt",
    "日本/語.txt",
    "with 'quote'.txt",
    'with "double".txt',
    "tab\tname",
    "😀/smile",
    "a-b/c",
    "a/b",
    "a.b",
  ])
    put(work, name, `${name}\n`)
  put(work, "lit/x.txt", "as\r\nit\nis\r\n")
  put(work, "cr.txt", "lone\rcr\r\nmixed\n")
  mkdirSync(join(work, "links"))
  symlinkSync("../src", join(work, "links/folder"))
  symlinkSync("../bin/run1.sh", join(work, "links/file"))
  symlinkSync("nowhere", join(work, "links/dangling"))
  symlinkSync("/etc/passwd", join(work, "links/outside"))
  put(work, "sub/x.keep", "kept\n")
  put(work, "sub/inner/y.c", "int y;\n")
  put(work, "empty.txt", "")
  realGit(work, "add", "-A")
  realGit(work, "add", "-f", "sub/inner")
  realGit(work, "commit", "-qm", "first")
  return { root, work }
})

/** Changes of every kind, staged and not. */
export const disturb = (work: string): void => {
  // Not staged.
  put(work, "src/d1/e1/file 1.txt", "changed\n")
  put(work, "src/d0/e0/file 0.txt", "line 0\n".repeat(3)) // other ends of lines, same text
  put(work, "scripts/s1.bat", "@echo 1\nrem\n") // would be CRLF again
  put(work, "data/t1.csv", "a,1\nb\n")
  unlinkSync(join(work, "src/d2/e2/file 2.txt"))
  chmodSync(join(work, "bin/run2.sh"), 0o644)
  chmodSync(join(work, "a.b"), 0o755)
  unlinkSync(join(work, "links/file"))
  symlinkSync("../bin/run3.sh", join(work, "links/file"))
  unlinkSync(join(work, "links/dangling"))
  put(work, "links/dangling", "a file now\n")
  unlinkSync(join(work, "src/d3/e3/file 3.txt"))
  symlinkSync("elsewhere", join(work, "src/d3/e3/file 3.txt"))
  rmSync(join(work, "src/d4"), { recursive: true })
  put(work, "src/d4", "a file in place of a folder\n")
  unlinkSync(join(work, "a/b"))
  put(work, "a/b/c", "a folder in place of a file\n")
  renameSync(join(work, "src/d5"), join(work, "src/moved"))
  // A folder that becomes a link to another: what lies behind it is not looked at.
  renameSync(join(work, "src/d6"), join(work, "src/d6-real"))
  symlinkSync("d6-real", join(work, "src/d6"))
  // Staged, and some changed again.
  realGit(work, "mv", "src/d7/e0/file 7.txt", "src/d7/e0/renamed.txt")
  realGit(work, "mv", "日本", "中国")
  realGit(work, "rm", "-q", "--cached", "empty.txt")
  put(work, "new/staged.txt", "new\n")
  put(work, "new/other.txt", "not staged\n")
  realGit(work, "add", "new/staged.txt")
  put(work, "new/staged.txt", "new and changed\n")
  put(work, "src/d8/e1/file 8.txt", "staged change\n")
  realGit(work, "add", "src/d8/e1/file 8.txt")
  put(work, "src/d8/e1/file 8.txt", "staged, then changed\n")
  put(work, "intent.txt", "to be added\n")
  realGit(work, "add", "-N", "intent.txt")
  realGit(work, "update-index", "--chmod=+x", "cr.txt")
  // Untracked and ignored.
  for (const path of [
    "x.log",
    "keep.log",
    "build/out.js",
    "src/build/fine.js",
    "node_modules/p/i.js",
    "src/node_modules/p.js",
    "cache/a",
    "cache/important",
    "src/cache/deep/b",
    "src/cache/important",
    "#odd",
    "y.tmp",
    "doc1.txt",
    "docs.txt",
    "a.out",
    "c.out",
    "deep/x.o",
    "deep/er/and/x.o",
    "deep/er/y.o",
    "sub/ignored",
    "sub/z.keep",
    "sub/other/z.keep",
    "sub/inner/w.c",
    "sub/inner/w.h",
    "sub/inner/only-here",
    "untracked/one/two/three.txt",
    "untracked/x.log",
    "ignored-only/x.log",
    "src/d9/new.txt",
    "ünï-cödé/neu.txt",
    "docs/a/b.md",
  ])
    put(work, path, "x\r\n")
  mkdirSync(join(work, "empty-folder/inner"), { recursive: true })
  if (sep === "/") put(work, "untracked-\\back\\slash.txt", "x\n")
  mkdirSync(join(work, "nested"))
  realGit(join(work, "nested"), "init", "-q")
  put(work, "nested/inside.txt", "of another repository\n")
}
