/** What a typed line means at the prompt of an agent: a command, tasks, or nothing. Pure; nothing is done here. */
import { Result, type Schema } from "effect"
import { nearest, oneLine } from "../../core/Text.ts"
import type { Task } from "../../agents/Task.ts"
import type { AgentName } from "../../config/Agents.ts"
import { readArguments } from "./Arguments.ts"
import { commandMeant } from "./CommandNames.ts"
import { agentOf, CONDUCTOR, noAgent, type ShellAgent, shortOf, type Surface, toolNamed } from "./Surface.ts"
import { type ShownCall, shownCall } from "./ShownCall.ts"
import { type Word, wordsOf } from "./Words.ts"

/** One thing to be done. `shown`: what the person typed it as, for its heading. */
export type Asked = ShownCall &
  (
    | { readonly kind: "task"; readonly agent: AgentName; readonly task: Task }
    | { readonly kind: "workflow"; readonly workflow: string; readonly inputs: Readonly<Record<string, string>> }
  )

/** What a line means. */
export type Meaning =
  | { readonly kind: "nothing" }
  | { readonly kind: "command"; readonly name: string; readonly words: ReadonlyArray<string> }
  | { readonly kind: "asked"; readonly all: ReadonlyArray<Asked> }

/** Longest line that is read. */
export const LONGEST = 64 * 1024

const tool = (agent: ShellAgent, words: ReadonlyArray<string>): Result.Result<Asked | undefined, string> => {
  const [name = "", ...rest] = words
  const found = toolNamed(agent, name)
  if (found === undefined) return Result.succeed(undefined)
  const args = readArguments(found.schema, rest)
  if (Result.isFailure(args))
    return Result.fail(
      `${found.meta.name} was not called: ${args.failure.join("; ")}. \`/tools ${found.meta.name}\` shows its arguments.`,
    )
  const task: Task = { tool: found.meta.name, args: args.success }
  const called = shownCall(`${agent.prompt} ${found.meta.name}`, args.success)
  return Result.succeed({ kind: "task", agent: agent.name, task, ...called })
}

/** A word that looks like a tool's name; more words that are no arguments are a sentence. */
const NAME = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/
const isCall = ([first = "", ...rest]: ReadonlyArray<string>): boolean =>
  first.includes("_") || (NAME.test(first) && rest.every((word) => word.includes("=") || word.startsWith("{")))

const unknownTool = (surface: Surface, agent: ShellAgent, name: string): string => {
  const workflows = agent.name === CONDUCTOR ? surface.workflows.map((one) => one.name) : []
  const guess = nearest(name, [...workflows, ...agent.tools.flatMap(({ meta }) => [meta.name, shortOf(meta)])])
  if (guess !== undefined) return `${agent.prompt} has no tool ${oneLine(name, 60)}, did you mean ${guess}?`
  const other = surface.agents.find((one) => toolNamed(one, name) !== undefined)
  return other === undefined
    ? `${agent.prompt} has no tool ${oneLine(name, 60)}; /tools lists those it has.`
    : `${oneLine(name, 60)} is a tool of ${other.prompt}: /switch ${other.prompt}, or /switch all and type ${other.prompt}: ${oneLine(name, 60)} …`
}

/** A task of the agent's own: an exact call, else what was typed as a sentence. */
const taskOf = (
  surface: Surface,
  agent: ShellAgent,
  words: ReadonlyArray<string>,
  typed: string,
): Result.Result<Asked, string> => {
  const called = tool(agent, words)
  if (Result.isFailure(called)) return Result.fail(called.failure)
  if (called.success !== undefined) return Result.succeed(called.success)
  const command = commandMeant(surface, words)
  if (command !== undefined) return Result.fail(`Commands begin with /: ${command}`)
  if (isCall(words)) return Result.fail(unknownTool(surface, agent, words[0] ?? ""))
  return Result.succeed({
    kind: "task",
    agent: agent.name,
    task: { words: typed },
    ...shownCall(`${agent.prompt} ${oneLine(typed, 40)}`, {}),
  })
}

const nothingFor = ({ prompt }: ShellAgent): string => `What shall ${prompt} do? ${prompt}: TOOL name=value …`

/** `agent: tool …`: the orchestrator has another agent do it. */
const delegated = (surface: Surface, agent: ShellAgent, words: ReadonlyArray<string>): Result.Result<Asked, string> => {
  if (words.length === 0) return Result.fail(nothingFor(agent))
  const called = tool(agent, words)
  if (Result.isFailure(called)) return Result.fail(called.failure)
  const asked = called.success
  if (asked === undefined) return Result.fail(unknownTool(surface, agent, words[0] ?? ""))
  if (asked.kind !== "task" || !("tool" in asked.task)) return Result.succeed(asked)
  const args = { agent: agent.name, tool: asked.task.tool, args: asked.task.args as Schema.JsonObject } // made by readArguments
  return Result.succeed({ ...asked, agent: CONDUCTOR, task: { tool: "delegate", args } })
}

/** A workflow by its name, its inputs as `name=value`; one without a value is refused, as an empty one may match anything. */
export const workflowOf = (workflow: string, words: ReadonlyArray<string>): Result.Result<Asked, string> => {
  const inputs = new Map<string, string>()
  for (const word of words) {
    const at = word.indexOf("=")
    const name = word.slice(0, Math.max(0, at))
    if (at < 1) return Result.fail(`${workflow} was not run: an input is name=value, not ${oneLine(word, 60)}.`)
    if (inputs.has(name)) return Result.fail(`${workflow} was not run: ${oneLine(name, 60)} is given twice.`)
    inputs.set(name, word.slice(at + 1))
  }
  const given = Object.fromEntries(inputs)
  return Result.succeed({ kind: "workflow", workflow, inputs: given, ...shownCall(workflow, given) })
}

/** What the agent itself is to do: at all> also a workflow. */
const ownOf = (
  surface: Surface,
  agent: ShellAgent,
  part: ReadonlyArray<Word>,
  line: string,
): Result.Result<Asked, string> => {
  const words = part.map(({ text }) => text)
  const [first = "", ...rest] = words
  if (agent.name === CONDUCTOR && surface.workflows.some(({ name }) => name === first)) return workflowOf(first, rest)
  return taskOf(surface, agent, words, line.slice(part[0]?.start ?? 0, part.at(-1)?.end ?? 0))
}

const askedOf = (
  surface: Surface,
  agent: ShellAgent,
  part: ReadonlyArray<Word>,
  line: string,
): Result.Result<Asked, string> => {
  if (agent.name !== CONDUCTOR) return ownOf(surface, agent, part, line)
  const [word = { text: "", start: 0, end: 0 }, ...more] = part
  const rest = more.map(({ text }) => text)
  const colon = /^([a-z]+):(.*)$/.exec(word.text)
  const other = colon === null ? undefined : agentOf(surface, colon[1] ?? "")
  if (other !== undefined && other.name !== CONDUCTOR)
    return delegated(surface, other, colon?.[2] === "" ? rest : [colon?.[2] ?? "", ...rest])
  // Whoever names the one that is spoken to means the same as without.
  if (other !== undefined) {
    const text = colon?.[2] ?? ""
    const own = text === "" ? more : [{ text, start: word.end - text.length, end: word.end }, ...more]
    return own.length === 0 ? Result.fail(nothingFor(other)) : ownOf(surface, agent, own, line)
  }
  if (colon !== null && colon[2] === "" && rest.length > 0) return Result.fail(noAgent(surface, colon[1] ?? ""))
  return ownOf(surface, agent, part, line)
}

/** What the line means, or what is wrong with it. */
export const meaningOf = (surface: Surface, agent: ShellAgent, line: string): Result.Result<Meaning, string> => {
  if (line.length > LONGEST) return Result.fail(`A line has at most ${LONGEST / 1024} KiB; nothing was done.`)
  const trimmed = line.trim()
  if (trimmed === "" || trimmed.startsWith("#")) return Result.succeed({ kind: "nothing" })
  const parts = wordsOf(line)
  if (Result.isFailure(parts)) return Result.fail(`The line is not understood: ${parts.failure}; nothing was done.`)
  const [first = []] = parts.success
  if (trimmed.startsWith("/") && first[0] !== undefined && /^\/[a-z]*$/.test(first[0].text))
    return parts.success.length > 1
      ? Result.fail("Commands stand alone: & separates tasks. Nothing was done.")
      : Result.succeed({
          kind: "command",
          name: first[0].text.slice(1),
          words: first.slice(1).map(({ text }) => text),
        })
  const all: Array<Asked> = []
  for (const part of parts.success) {
    if (part.length === 0) {
      // A line may end with &, as a list may end with a comma.
      if (part === parts.success.at(-1) && all.length > 0) continue
      return Result.fail("There is nothing beside a &; nothing was done.")
    }
    const asked = askedOf(surface, agent, part, line)
    if (Result.isFailure(asked)) return Result.fail(asked.failure)
    all.push(asked.success)
  }
  return Result.succeed({ kind: "asked", all })
}
