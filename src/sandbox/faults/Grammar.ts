/**
 * Faults as a person writes them: `NAME[=ARG][@SCOPE][xTIMES]`. SCOPE is `vault` or `aws`, a text that the request must
 * be about, or both as `aws:AssumeRole`. `reset@credsx1` loses one answer with credentials, `seal` seals Vault for good.
 */
import { Result } from "effect"
import { nearest } from "../../core/Text.ts"
import { type Fault, fault, type Half, type Trouble, type Where } from "../Faults.ts"
import { type Named, NAMES } from "./Names.ts"

/** Whatever ends in `x` and a number is a count, also behind an argument or a scope. */
const FAULT = /^(?<name>[\w-]+?)(?:=(?<argument>[^@]*?))?(?:@(?<scope>.+?))?(?:x(?<times>\d{1,6}))?$/

const isHalf = (text: string): text is Half => text === "vault" || text === "aws"

const scopeOf = (scope: string): Where => {
  const [first = "", ...more] = scope.split(":")
  if (!isHalf(first)) return { about: scope }
  return more.length === 0 ? { half: first } : { half: first, about: more.join(":") }
}

/** The trouble at its place; skew is a half's own and nobody's request. */
const placed = (
  name: string,
  named: Named,
  trouble: Trouble,
  where: Where,
): Result.Result<ReadonlyArray<Fault>, string> => {
  if (where.half !== undefined && !named.halves.includes(where.half)) {
    return Result.fail(`${name} does not happen at ${where.half}`)
  }
  if (where.times === 0) return Result.fail("x0 is never")
  if (trouble.skew === undefined) return Result.succeed([fault(trouble, where)])
  if (where.about !== undefined || where.times !== undefined) {
    return Result.fail(`${name} is a half's clock: it takes @vault or @aws, no other scope and no count`)
  }
  const halves = where.half === undefined ? named.halves : [where.half]
  return Result.succeed(halves.map((half) => fault(trouble, { half })))
}

/** The faults that a text stands for, or what is wrong with it. */
export const parseFault = (text: string): Result.Result<ReadonlyArray<Fault>, string> => {
  const refuse = (why: string) => Result.fail(`--fault ${JSON.stringify(text)}: ${why}`)
  const { argument, name, scope, times } = FAULT.exec(text)?.groups ?? {}
  if (name === undefined) return refuse("expected NAME[=ARG][@SCOPE][xTIMES]")
  const named = NAMES.get(name)
  if (named === undefined) {
    const guess = nearest(name, NAMES.keys())
    return refuse(`there is no fault of that name${guess === undefined ? "" : `; did you mean ${guess}?`}`)
  }
  const where: Where = {
    ...(scope === undefined ? {} : scopeOf(scope)),
    ...(times === undefined ? {} : { times: Number(times) }),
  }
  const made = named.make(argument)
  if (Result.isFailure(made)) return refuse(made.failure)
  const faults = placed(name, named, made.success, where)
  return Result.isFailure(faults) ? refuse(faults.failure) : faults
}

/** The list as rows of a table: how it is written, where it happens, what it does. */
export const faultRows: ReadonlyArray<ReadonlyArray<string>> = [...NAMES].map(([name, { argument, halves, says }]) => [
  argument === undefined ? name : `${name}[=${argument}]`,
  halves.join(", "),
  says,
])
