/** Rules of .gitignore and .gitattributes beside git's own reading of them, on patterns nobody would think of. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { type Attribute, attributesOver } from "../../src/git/Attributes.ts"
import { ConfinedFs } from "../../src/git/ConfinedFs.ts"
import { isIgnored, rootRules, rulesIn } from "../../src/git/Ignore.ts"
import { foldersOf } from "../../src/git/PathRules.ts"
import { differing, SAME } from "../kit/LargeRepo.ts"
import { gitIn, gitMissing, madeRepo, put } from "../kit/RealGit.ts"

const missing = gitMissing()

/** Numbers that look random and are the same in every run. */
const numbers = (seed: number) => {
  let state = seed
  return (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return (state >> 8) % below
  }
}

const NAMES = ["a", "b", "ab", "a.b", "c.txt", "x", "ünï", ".h"]
const PIECES = ["a", "b", "*", "?", "**", "*.txt", "[ab]", "[!a]", "a*", "c.txt", ".h", "ünï", "x"]

const pick = <A>(next: (below: number) => number, from: ReadonlyArray<A>): A => from[next(from.length)] as A // in bounds

const pathsOf = (next: (below: number) => number): ReadonlyArray<string> => {
  const all = new Set<string>()
  for (let i = 0; i < 60; i++) all.add(Array.from({ length: 1 + next(4) }, () => pick(next, NAMES)).join("/"))
  // A path is a file or a folder, not both.
  return [...all, "a/b/.gitignore", "b/.gitignore"].filter(
    (path, _, every) => !every.some((other) => other.startsWith(`${path}/`)),
  )
}

const pattern = (next: (below: number) => number, ignores: boolean): string => {
  const body = Array.from({ length: 1 + next(3) }, () => pick(next, PIECES)).join("/")
  return `${ignores && next(4) === 0 ? "!" : ""}${next(3) === 0 ? "/" : ""}${body}${ignores && next(4) === 0 ? "/" : ""}`
}

const lines = (next: (below: number) => number, one: () => string): string =>
  `${Array.from({ length: 1 + next(5) }, one).join("\n")}\n`

describe.skipIf(missing !== undefined)(`beside git itself${missing === undefined ? "" : ` (${missing})`}`, () => {
  it.live("passes over what git does, with rules in several folders", () =>
    Effect.gen(function* () {
      const { work } = yield* madeRepo
      const fs = new ConfinedFs(work)
      let ignored = 0
      for (let seed = 1; seed <= 60; seed++) {
        const next = numbers(seed)
        const paths = pathsOf(next)
        const files = [".gitignore", "a/.gitignore", "b/.gitignore", "a/b/.gitignore"].map(
          (path) => [path, lines(next, () => pattern(next, true))] as const,
        )
        for (const [path, text] of files) put(work, path, text)
        // Git fails where nothing at all is passed over.
        put(work, ".git/info/exclude", "always\n")
        const theirs = gitIn(
          work,
          ["-c", "core.quotePath=false", "check-ignore", "--no-index", "-v", "-n", "--stdin"],
          {},
          `${paths.join("\n")}\nalways\n`,
        )
          .split("\n")
          .filter((line) => line !== "" && !line.startsWith("::") && !/^[^\t]*:\d+:!/.test(line))
          .map((line) => line.slice(line.indexOf("\t") + 1))
        const ours = [...paths, "always"].filter((path) => {
          let rules = rootRules(fs, false)
          for (const folder of foldersOf(path)) {
            if (isIgnored(rules, `${folder}/`)) return true
            rules = rulesIn(fs, rules, folder, false)
          }
          return isIgnored(rules, path)
        })
        ignored += ours.length
        assert.deepStrictEqual(differing(ours, theirs), SAME, JSON.stringify(files))
      }
      assert.isAbove(ignored, 300)
    }),
  )

  it.live("reads attributes as git does", () =>
    Effect.gen(function* () {
      const { work } = yield* madeRepo
      const names = ["text", "eol", "binary", "diff", "filter", "mine"]
      let set = 0
      for (let seed = 1; seed <= 60; seed++) {
        const next = numbers(seed)
        const paths = pathsOf(next)
        const says = () =>
          pick(next, [
            "text",
            "-text",
            "!text",
            "text=auto",
            "eol=crlf",
            "binary",
            "-binary",
            "filter=lfs",
            "mine",
            "mine=x text",
            "-diff",
          ])
        const files = [".gitattributes", "a/.gitattributes", "a/b/.gitattributes", ".git/info/attributes"].map(
          (path) =>
            [
              path,
              `${path === ".gitattributes" ? "[attr]mine filter=of-mine -diff\n" : ""}${lines(next, () => `${pattern(next, false)} ${says()}`)}`,
            ] as const,
        )
        for (const [path, text] of files) put(work, path, text)
        const theirs = gitIn(
          work,
          ["-c", "core.quotePath=false", "check-attr", "-z", "--stdin", ...names],
          {},
          `${paths.join("\0")}\0`,
        ).split("\0")
        const attributesOf = attributesOver((path) => {
          const found = files.find(([name]) => name === (path === "" ? ".git/info/attributes" : path))
          return found?.[1]
        }, false)
        const words = (value: Attribute | undefined) =>
          value === undefined ? "unspecified" : value === true ? "set" : value === false ? "unset" : value
        const ours = paths.flatMap((path) =>
          names.map((name) => `${path}: ${name}=${words(attributesOf(path).get(name))}`),
        )
        const wanted = ours.map((_, i) => `${theirs[3 * i]}: ${theirs[3 * i + 1]}=${theirs[3 * i + 2]}`)
        set += ours.filter((line) => !line.endsWith("unspecified")).length
        assert.deepStrictEqual(differing(ours, wanted), SAME, JSON.stringify(files))
      }
      assert.isAbove(set, 300)
    }),
  )
})
