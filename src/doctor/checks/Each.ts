/** One word on several of a kind, each with a check of its own. Pure. */
import { type Check, type Link, ok } from "../Check.ts"

/** What was found for one. */
export interface Looked {
  readonly name: string
  readonly check: Check
}

const named = (looked: ReadonlyArray<Looked>): string => looked.map(({ name }) => name).join(", ")

/** The first broken one with its cause and fix, else the first to warn of, and the names of the others like it. */
export const inOneWord = (link: Link, kind: string, looked: ReadonlyArray<Looked>): Check => {
  const of = (verdict: Check["verdict"]) => looked.filter(({ check }) => check.verdict === verdict)
  const [first, ...others] = of("fail").length > 0 ? of("fail") : of("warn")
  if (first === undefined) return ok(link, `nothing speaks against ${named(looked)}`)
  const also = first.check.verdict === "fail" ? "also broken" : "also to be looked at"
  const more = others.length === 0 ? "" : `; ${also}: ${named(others)}`
  return { ...first.check, name: link, detail: `${kind} ${first.name}: ${first.check.detail}${more}` }
}
