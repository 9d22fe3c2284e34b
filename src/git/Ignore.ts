/** What is not looked at: the rules of every `.gitignore` on the way and of `.git/info/exclude`. The innermost rule decides. */
import type { ConfinedFs } from "./ConfinedFs.ts"
import { type Matcher, matcherOf } from "./Wildmatch.ts"

interface Rule {
  readonly matches: Matcher
  readonly ignores: boolean
  /** Only folders are meant. */
  readonly folders: boolean
}

/** The rules of one folder, for paths below it. */
interface Level {
  /** The folder with a slash at its end; empty for the root. */
  readonly base: string
  /** The last first, as it decides. */
  readonly rules: ReadonlyArray<Rule>
}

/** Rules that hold in a folder, outermost first. */
export type Rules = ReadonlyArray<Level>

const ruleOf = (line: string, ignorecase: boolean): ReadonlyArray<Rule> => {
  if (line.startsWith("#")) return []
  // Blanks at the end do not count, unless a backslash says so.
  const text = line.replace(/\r$/, "").replace(/((?:\\.|[^\\])*?) +$/, "$1")
  const ignores = !text.startsWith("!")
  const whole = ignores ? text : text.slice(1)
  const folders = whole.endsWith("/")
  const pattern = folders ? whole.slice(0, -1) : whole
  return pattern === "" ? [] : [{ matches: matcherOf(pattern, ignorecase), ignores, folders }]
}

const levelOf = (base: string, text: string | undefined, ignorecase: boolean): Rules =>
  text === undefined
    ? []
    : [
        {
          base,
          rules: text
            .replace(/^\ufeff/, "")
            .split("\n")
            .flatMap((line) => ruleOf(line, ignorecase))
            .toReversed(),
        },
      ]

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

/** Whether a path is passed over; that of a folder ends in a slash. The folders above it are not. */
export const isIgnored = (rules: Rules, path: string): boolean => {
  const isFolder = path.endsWith("/")
  const plain = isFolder ? path.slice(0, -1) : path
  for (let i = rules.length - 1; i >= 0; i--) {
    const level = rules[i]
    const below = plain.slice(level?.base.length ?? 0)
    const rule = level?.rules.find((one) => (isFolder || !one.folders) && one.matches(below))
    if (rule !== undefined) return rule.ignores
  }
  return false
}
