/** What is not looked at: the rules of every `.gitignore` on the way and of `.git/info/exclude`. The innermost rule decides. */
import library, { type Ignore } from "ignore"
import type { ConfinedFs } from "./ConfinedFs.ts"

/** Rules as lines of `.gitignore` say them. The package is CommonJS, and its types speak of the module. */
export const rulesOf = (text: string, ignorecase: boolean): Ignore =>
  library.default({ ignorecase, allowRelativePaths: true }).add(text)

/** The rules of one folder, for paths below it. */
interface Level {
  /** The folder with a slash at its end; empty for the root. */
  readonly base: string
  readonly rules: Ignore
}

/** Rules that hold in a folder, outermost first. */
export type Rules = ReadonlyArray<Level>

const levelOf = (base: string, text: string | undefined, ignorecase: boolean): Rules =>
  text === undefined ? [] : [{ base, rules: rulesOf(text, ignorecase) }]

/** The rules of the root. What lies outside of the repository (core.excludesFile) is not read. */
export const rootRules = (fs: ConfinedFs, ignorecase: boolean): Rules => [
  ...levelOf("", fs.small(`${fs.gitdir}/info/exclude`), ignorecase),
  ...levelOf("", fs.small(fs.at(".gitignore")), ignorecase),
]

/** The rules within a folder (without a slash at its end). */
export const rulesIn = (fs: ConfinedFs, outer: Rules, folder: string, ignorecase: boolean): Rules => [
  ...outer,
  ...levelOf(`${folder}/`, fs.small(fs.at(`${folder}/.gitignore`)), ignorecase),
]

/** Whether a path is passed over; one of a folder ends in a slash. The folders above it are not. */
export const isIgnored = (rules: Rules, path: string): boolean => {
  for (let i = rules.length - 1; i >= 0; i--) {
    const level = rules[i]
    if (level === undefined) continue
    const { ignored, unignored } = level.rules.test(path.slice(level.base.length))
    if (ignored) return true
    if (unignored) return false
  }
  return false
}
