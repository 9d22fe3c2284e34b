/** One link of the chain from here to AWS, and what was found at it. */

/** `skipped`: an earlier link is broken, or we may not look. */
export type Verdict = "ok" | "warn" | "fail" | "skipped"

export interface Check {
  /** The link: `address`, `tls`, `seal`, `token`, `policy`, `mount`, `role`, `credentials`, `identity`. */
  readonly name: string
  readonly verdict: Verdict
  /** What was found. */
  readonly detail: string
  /** What to do about it; absent when nothing needs doing. */
  readonly fix?: string
}

export const ok = (name: string, detail: string): Check => ({ name, verdict: "ok", detail })
export const warn = (name: string, detail: string, fix: string): Check => ({ name, verdict: "warn", detail, fix })
export const fail = (name: string, detail: string, fix?: string): Check => ({
  name,
  verdict: "fail",
  detail,
  ...(fix === undefined ? {} : { fix }),
})
export const skipped = (name: string, detail: string): Check => ({ name, verdict: "skipped", detail })
