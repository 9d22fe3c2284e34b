/** The check of the config file's accounts: each one's policy line, role and ARN, without leasing for any. Pure. */
import { type Check, fail, ok } from "../Check.ts"

/** What was found for one account. */
export interface Looked {
  readonly account: string
  readonly checks: ReadonlyArray<Check>
}

/** One word on all accounts: the first broken one with its cause and fix, the names of the others. */
export const accountsCheck = (looked: ReadonlyArray<Looked>): Check => {
  if (looked.length === 0) return ok("accounts", "the config file names none")
  const [first, ...others] = looked.flatMap(({ account, checks }) => {
    const broken = checks.find(({ verdict }) => verdict === "fail")
    return broken === undefined ? [] : [{ account, broken }]
  })
  if (first === undefined)
    return ok("accounts", `nothing speaks against ${looked.map(({ account }) => account).join(", ")}`)
  const { account, broken } = first
  const more = others.length === 0 ? "" : `; also broken: ${others.map((other) => other.account).join(", ")}`
  const detail = `account ${account}: ${broken.detail}${more}`
  return fail("accounts", broken.cause ?? "unexpected", detail, broken.fix ?? "see above")
}
