/** What a step is done for: the items of a list, accounts and regions, or what another step's units found. */
import { Effect, type Schema } from "effect"
import type { Course, Place } from "./Course.ts"
import { expressionsOf } from "./Reference.ts"
import type { Durable } from "./RunEngine.ts"
import type { Unit } from "./RunModel.ts"
import type { Target } from "./Target.ts"
import { RunRefused } from "./WorkflowError.ts"
import type { Step } from "./WorkflowModel.ts"

/** Units of one step; more would be a mistake. */
export const MOST_UNITS = 10_000

/** Does what is to be done for each target; may be called while others are still being found. */
export type Each = (target: Target) => Effect.Effect<void, never, Durable>

/** The regions of an account, asked of AWS. */
export type RegionsOf = (account: string | undefined) => Effect.Effect<ReadonlyArray<string>, never, Durable>

const refuse = (what: string) => new RunRefused({ what })

/** A unit's item is on record. */
const SECRET = "what it is made of is secret, and the item of a unit is on record; use it in a step without forEach"

const listOf = Effect.fnUntraced(function* (course: Course, value: unknown, what: string) {
  const expressions = expressionsOf(value).filter((one) => one !== undefined)
  if (course.showsRevealed(expressions)) return yield* refuse(`${what}: ${SECRET}`)
  const cut = course.cutOf(expressions)
  if (cut !== undefined)
    return yield* refuse(`the result of ${cut} was too long to be kept whole; ask for less at once`)
  const list = yield* course.references.fill(value, course.dataFor({}))
  if (!Array.isArray(list)) return yield* refuse(`${what} is no list`)
  if (list.length > MOST_UNITS) return yield* refuse(`${what} has ${list.length} items; ${MOST_UNITS} at most`)
  // filled in from JSON, it is JSON
  return list as ReadonlyArray<Schema.Json>
})

const namesOf = Effect.fnUntraced(function* (course: Course, value: unknown, what: string) {
  const list = yield* listOf(course, value, what)
  const names = list.filter((one) => typeof one === "string")
  if (names.length !== list.length) return yield* refuse(`${what} holds something that is no text`)
  return names
})

const placesOf = Effect.fnUntraced(function* (course: Course, accounts: unknown) {
  if (accounts === undefined) return [{ account: undefined, regions: course.plan.places[0]?.regions }]
  const { places } = course.plan
  if (accounts === true) return places
  const names = yield* namesOf(course, accounts, "forEach.accounts")
  return names.map((account): Place => places.find((one) => one.account === account) ?? { account, regions: undefined })
})

/** The first of each list, the second of each, and so on. */
const inTurn = <A>(lists: ReadonlyArray<ReadonlyArray<A>>): ReadonlyArray<A> => {
  const longest = lists.reduce((most, { length }) => Math.max(most, length), 0)
  return Array.from({ length: longest }, (_, nth) => lists.flatMap((list) => list.slice(nth, nth + 1))).flat()
}

/**
 * Region by region, so that all accounts get their leases at the same time and none waits for the one before it. An
 * account whose regions must be found goes by itself, as that may take long or fail. `regionsOf` asks AWS, and says
 * nothing when the answer is a failure, which has its own row.
 */
const overPlaces = Effect.fnUntraced(function* (
  course: Course,
  accounts: unknown,
  regions: unknown,
  regionsOf: RegionsOf,
  each: Each,
) {
  const places = yield* placesOf(course, accounts)
  const all = (targets: ReadonlyArray<Target>) =>
    Effect.forEach(targets, each, { concurrency: "unbounded", discard: true })
  if (regions === undefined) return yield* all(places.map(({ account }) => ({ account })))
  const named = regions === true ? undefined : yield* namesOf(course, regions, "forEach.regions")
  const within = (account: string | undefined, names: ReadonlyArray<string>): ReadonlyArray<Target> =>
    names.map((region) => ({ account, region }))
  const known: Array<ReadonlyArray<Target>> = []
  const unknown: Array<string | undefined> = []
  for (const { account, regions: configured } of places) {
    const names = named ?? configured
    if (names === undefined) unknown.push(account)
    else known.push(within(account, names))
  }
  const found = (account: string | undefined) =>
    Effect.flatMap(regionsOf(account), (names) => all(within(account, names)))
  yield* Effect.all([all(inTurn(known)), Effect.forEach(unknown, found, { concurrency: "unbounded" })], {
    concurrency: "unbounded",
    discard: true,
  })
})

/** The items that one unit of another step found. */
export const itemsOf = Effect.fnUntraced(function* (course: Course, items: string | undefined, unit: Unit) {
  const place: Target = { account: unit.account, region: unit.region }
  if (unit.revealed === true) return yield* refuse(`${unit.key}: ${SECRET}`)
  if (items === undefined) return [{ ...place, item: unit.result ?? null }]
  if (unit.cut) return yield* refuse(`the result of ${unit.key} was too long to be kept whole; ask for less at once`)
  const data = {
    result: unit.result,
    item: unit.item ?? null,
    account: unit.account ?? null,
    region: unit.region ?? null,
  }
  const list = yield* course.references.evaluate(items, data)
  if (list === null || list === undefined) return []
  if (!Array.isArray(list)) return yield* refuse(`${items} of ${unit.key} is no list`)
  if (list.length > MOST_UNITS) return yield* refuse(`${items} of ${unit.key} has ${list.length} items`)
  return list.map((item: Schema.Json): Target => ({ ...place, item }))
})

/** Everything a step without `units` is done for. */
export const overTargets = (
  course: Course,
  step: Step,
  regionsOf: RegionsOf,
  each: Each,
): Effect.Effect<void, RunRefused, Durable> => {
  const { forEach } = step
  if (forEach === undefined) return each({})
  if (typeof forEach === "object" && !Array.isArray(forEach)) {
    const { accounts, regions } = forEach as Exclude<typeof forEach, ReadonlyArray<unknown>> // no list, by the line above
    return overPlaces(course, accounts, regions, regionsOf, each)
  }
  return Effect.flatMap(listOf(course, forEach, "forEach"), (items) =>
    Effect.forEach(items, (item) => each({ item }), { concurrency: "unbounded", discard: true }),
  )
}
