/**
 * Everything that can be known to be wrong with a workflow before it runs: steps, order, references, agents, tools and
 * arguments. All of it at once, each with its line. Pure but for JMESPath, which is parsed by trying it on nothing.
 */
import { Effect } from "effect"
import { parseQuery } from "../aws/api/Query.ts"
import { nearest, oneLine } from "../core/Text.ts"
import type { Known } from "./Known.ts"
import { order } from "./Order.ts"
import { invalid, type Path, type Source } from "./PlanFile.ts"
import { argumentProblems } from "./PlanArguments.ts"
import { WHOLE } from "./Roots.ts"
import { expressionsOf, plainPath, rootsOf } from "./Reference.ts"
import type { Problem } from "./WorkflowError.ts"
import type { Step } from "./WorkflowModel.ts"

/** `the step "lst", did you mean list?` */
const unknown = (what: string, name: string, known: Iterable<string>): string => {
  const guess = nearest(name, known)
  return `there is no ${what} ${JSON.stringify(oneLine(name, 60))}${guess === undefined ? "" : `, did you mean ${guess}?`}`
}

/** An expression, where it stands, and whether `item` and a unit's own `result` mean something there. */
interface Place {
  readonly expression: string
  readonly path: Path
  readonly step: Step
  readonly of: "unit" | "list" | "ended"
}

/** What the items of another step's unit are taken from. */
const UNIT = ["result", "item", "account", "region"]

const placesOf = (step: Step, index: number, say: (path: Path, what: string) => void): ReadonlyArray<Place> => {
  const places: Array<Place> = []
  const texts = (value: unknown, path: Path, of: Place["of"]): void => {
    if (typeof value === "object" && value !== null) {
      for (const [key, item] of Object.entries(value))
        texts(item, [...path, Array.isArray(value) ? Number(key) : key], of)
      return
    }
    for (const expression of expressionsOf(value)) {
      if (expression === undefined) say(path, "a ${ is not closed; $${ stands for the text itself")
      else places.push({ expression, path, step, of })
    }
  }
  const at = ["steps", index]
  texts(step.input, [...at, "input"], "unit")
  texts(step.undo?.input, [...at, "undo", "input"], "ended")
  texts(step.tell, [...at, "tell"], "ended")
  if (step.when !== undefined) places.push({ expression: step.when, path: [...at, "when"], step, of: "unit" })
  const each = step.forEach
  if (typeof each === "string") {
    texts(each, [...at, "forEach"], "list")
    if (expressionsOf(each).length !== 1 || !each.trim().startsWith("${"))
      say([...at, "forEach"], "is a list, or one reference to a list: ${…}")
  } else if (Array.isArray(each)) texts(each, [...at, "forEach"], "list")
  else if (each !== undefined && "accounts" in each) texts([each.accounts, each.regions], [...at, "forEach"], "list")
  return places
}

/** Refuses, or gives the steps in an order in which each comes after what it needs. */
export const checkPlan = Effect.fn("checkPlan")(function* (source: Source, known: Known) {
  const { lineOf, workflow } = source
  const problems: Array<Problem> = []
  const say = (path: Path, what: string): void => void problems.push({ line: lineOf(path), what })
  const steps = new Map(workflow.steps.map((step) => [step.id, step]))
  const inputs = Object.keys(workflow.inputs ?? {})

  const referTo = ({ expression, of, path, step }: Place): void => {
    for (const [root = "", name, member, ...rest] of rootsOf(expression)) {
      if (root === "inputs") {
        if (name !== undefined && !inputs.includes(name)) say(path, unknown("input", name, inputs))
      } else if (root === "steps") {
        const other = name === undefined ? undefined : steps.get(name)
        // Which ones it waits for could not be told.
        if (name === undefined) say(path, "names no step: steps.ID, with the id of one")
        else if (other === undefined) say(path, unknown("step", name, steps.keys()))
        else if (name === step.id) say(path, `${name} refers to itself`)
        else if (member === "result" && other.forEach !== undefined)
          say(path, `${name} has forEach: its results are a list, steps.${name}.results`)
        else if (member === "results" && other.forEach === undefined)
          say(path, `${name} has no forEach: it has one result, steps.${name}.result`)
        else if (member !== undefined && !["result", "results", "state"].includes(member))
          say(path, `a step has result (results with forEach) and state, no ${member}`)
        else if (member === "result" && rest[0] !== undefined) {
          const output = known.tools.get(other.tool)?.output ?? []
          if (output.length > 0 && !output.includes(rest[0]))
            say(path, unknown(`member of ${other.tool}'s result`, rest[0], output))
        }
      } else if (root === WHOLE) say(path, "@ alone has no meaning here: name what is meant")
      else if (!["item", "account", "region"].includes(root) && !(root === "result" && of === "ended"))
        say(path, unknown("reference", root, ["inputs", "steps", "item", "account", "region", "result"]))
      else if (of === "list") say(path, `${root} has no meaning here: a list is made once for the step`)
      else if (step.forEach === undefined && root !== "result") say(path, `${root} needs forEach`)
    }
  }

  const seen = new Set<string>()
  const expressions: Array<Place> = []
  for (const [index, step] of workflow.steps.entries()) {
    const at = ["steps", index]
    if (seen.has(step.id)) say([...at, "id"], `the step ${step.id} is there twice`)
    seen.add(step.id)
    const places = placesOf(step, index, say)
    expressions.push(...places)
    for (const place of places) referTo(place)
    for (const [i, name] of (step.needs ?? []).entries())
      if (!steps.has(name)) say([...at, "needs", i], unknown("step", name, steps.keys()))
    const each = step.forEach
    if (typeof each === "object" && !Array.isArray(each)) {
      const { accounts, items, regions, units } = each as Exclude<typeof each, ReadonlyArray<unknown>> // not a list
      if (units === undefined && accounts === undefined && regions === undefined)
        say([...at, "forEach"], "names accounts, regions, or units of another step")
      if (units !== undefined && (accounts !== undefined || regions !== undefined))
        say([...at, "forEach"], "units of another step have their account and region: leave those out")
      if (units === undefined && items !== undefined) say([...at, "forEach", "items"], "goes with units")
      if (units !== undefined && !steps.has(units))
        say([...at, "forEach", "units"], unknown("step", units, steps.keys()))
      if (items !== undefined) {
        const path = [...at, "forEach", "items"]
        for (const [root = ""] of units === undefined ? [] : rootsOf(items))
          if (!UNIT.includes(root)) say(path, unknown("reference", root, UNIT))
        expressions.push({ expression: items, path, step, of: "unit" })
      }
    }
    const own = known.agents.get(step.agent)
    if (own === undefined) say([...at, "agent"], unknown("agent", step.agent, known.agents.keys()))
    const calls = [
      { tool: step.tool, input: step.input, path: [...at, "tool"], args: [...at, "input"] },
      ...(step.undo === undefined
        ? []
        : [
            {
              tool: step.undo.tool,
              input: step.undo.input,
              path: [...at, "undo", "tool"],
              args: [...at, "undo", "input"],
            },
          ]),
    ]
    for (const { args, input, path, tool } of calls) {
      const found = known.tools.get(tool)
      if (found === undefined) say(path, unknown("tool", tool, known.tools.keys()))
      else if (own !== undefined && !own.includes(tool)) say(path, `${tool} is no tool of the agent ${step.agent}`)
      if (found === undefined) continue
      for (const { member, what } of argumentProblems(tool, found, input ?? {}))
        say(member === undefined ? (input === undefined ? path : args) : [...args, member], what)
    }
  }

  const sorted = order([...steps.values()])
  if (sorted._tag === "Cycle") {
    const at = workflow.steps.findIndex(({ id }) => id === sorted.ids[0])
    say(["steps", Math.max(0, at), "id"], `steps wait for each other: ${[...sorted.ids, sorted.ids[0]].join(" → ")}`)
  }
  for (const { expression, path } of expressions) {
    if (plainPath(expression) !== undefined) continue
    yield* Effect.asVoid(parseQuery(expression)).pipe(
      Effect.catch(({ message }) => Effect.sync(() => say(path, `not JMESPath: ${oneLine(message, 300)}`))),
    )
  }
  if (problems.length > 0 || sorted._tag === "Cycle") return yield* invalid(source.file, problems)
  return sorted.steps
})
