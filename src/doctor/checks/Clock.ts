/**
 * The check of the clocks: ours, Vault's and AWS's. AWS refuses a signature whose time is more than 15 minutes off, be it
 * ours (our calls) or Vault's (its AssumeRole); with three clocks it can be told which one is wrong. Pure.
 */
import { Duration } from "effect"
import { showSpan } from "../../core/Span.ts"
import { type Check, fail, ok, warn } from "../Check.ts"

/** Beyond this AWS refuses signatures. */
const BREAKS = 15 * 60_000
/** From here on the clocks are worth a word. */
const MATTERS = 5 * 60_000

/** How far clocks are ahead of ours, in milliseconds; what was not told is absent. */
export interface Clocks {
  readonly vault: number | undefined
  readonly aws: number | undefined
}

const apart = (millis: number): string => showSpan(Duration.millis(Math.abs(millis)))

/** `20 min ahead of ours`. */
const against = (whose: string, ahead: number): string =>
  `${whose} is ${apart(ahead)} ${ahead < 0 ? "behind" : "ahead of"} ours`

const OURS = "set this machine's clock: timedatectl set-ntp true"
const THEIRS = "set the clock of the machine that Vault runs on: timedatectl set-ntp true"

const isOff = (ahead: number | undefined): ahead is number => ahead !== undefined && Math.abs(ahead) >= MATTERS

/** Which clock has to be set. */
const fixOf = ({ aws, vault }: Clocks): string => {
  if (isOff(aws) && isOff(vault) && Math.abs(aws - vault) < MATTERS) return OURS
  if (isOff(vault) && aws !== undefined && !isOff(aws)) return THEIRS
  if (isOff(aws) && vault !== undefined && !isOff(vault))
    return `${OURS}; if it is right, look at the clock of whatever answers for AWS`
  return `${OURS}; if it is right, set the clock of the machine that Vault runs on`
}

/** Whether signatures will be taken. */
export const clockCheck = (clocks: Clocks): Check => {
  const known = [
    ...(clocks.vault === undefined ? [] : [["Vault's clock", clocks.vault] as const]),
    ...(clocks.aws === undefined ? [] : [["AWS's clock", clocks.aws] as const]),
  ]
  if (known.length === 0) return ok("clock", "nobody told the time")
  const off = known.filter(([, ahead]) => isOff(ahead))
  const worst = Math.max(...known.map(([, ahead]) => Math.abs(ahead)))
  if (off.length === 0)
    return ok("clock", `${known.map(([whose]) => whose).join(" and ")} within ${apart(Math.max(worst, 1000))} of ours`)
  const what = `${off.map(([whose, ahead]) => against(whose, ahead)).join(", ")}; AWS refuses signatures that are 15 min off`
  return (worst >= BREAKS ? fail : warn)("clock", "clock_skew", what, fixOf(clocks))
}
