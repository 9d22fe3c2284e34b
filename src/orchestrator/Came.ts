/** What came of a unit, in one line: `5 buckets` of a result, or why there is none. */
import { oneLine } from "../core/Text.ts"
import { isFine, NOTES, type Unit } from "./RunModel.ts"

/** Characters of the line; a failure's code is at its end, and is to be there. */
const LONGEST = 300
const LONGEST_FAILURE = 1000

/** `2 policies`, `1 vpc`: lists are named in the plural. */
const howMany = (n: number, names: string): string =>
  `${n} ${n === 1 ? names.replace(/ies$/, "y").replace(/(?<=ss|x|ch)es$|(?<!s)s$/, "") : names}`

/** Lists by their length, else the first plain members. */
const gist = ({ cut, result }: { readonly cut: boolean; readonly result?: unknown }): string => {
  if (typeof result !== "object" || result === null) return ""
  const members = Object.entries(result)
  const lists = members.flatMap(([name, value]) => (Array.isArray(value) ? [howMany(value.length, name)] : []))
  if (lists.length > 0) return `${cut ? "at least " : ""}${lists.join(", ")}`
  return members
    .filter(([, value]) => typeof value === "string" || typeof value === "number" || typeof value === "boolean")
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(" ")
}

const NOTED: ReadonlyArray<string> = Object.values(NOTES)

/** Whether its words only say what is worth knowing of the result, and not what the file wants told of it. */
const isBare = ({ what }: Unit): boolean => what === undefined || what.split("; ").every((one) => NOTED.includes(one))

export const cameOf = (unit: Unit): string => {
  const words = [unit.state === "done" && isBare(unit) ? gist(unit) : "", unit.what ?? ""].filter((one) => one !== "")
  return oneLine(words.join("; "), isFine(unit.state) ? LONGEST : LONGEST_FAILURE)
}
