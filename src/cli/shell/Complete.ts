/** What may come next in a line that is being typed: commands, tools, argument names and their values. Pure. */
import { Result } from "effect"
import { argumentsOf } from "./Arguments.ts"
import { agentOf, CONDUCTOR, type ShellAgent, type ShellTool, shortOf, type Surface, toolNamed } from "./Surface.ts"
import { wordsOf } from "./Words.ts"

/** A command, and what its words are. */
export interface CommandWords {
  readonly name: string
  readonly takes: "nothing" | "agent" | "agents" | "tool" | "workflow" | "switch"
}

/** Candidates for the text they replace, which is the end of the line. */
export interface Completion {
  readonly candidates: ReadonlyArray<string>
  readonly replaces: string
}

const toolNames = (agent: ShellAgent): ReadonlyArray<string> => agent.tools.map(({ meta }) => meta.name)

const starting = (candidates: ReadonlyArray<string>, replaces: string): Completion => ({
  candidates: [...new Set(candidates)].filter((one) => one.startsWith(replaces)),
  replaces,
})

/** Values of an argument where they are known. */
const valuesOf = (surface: Surface, { schema }: ShellTool, name: string): ReadonlyArray<string> => {
  const argument = argumentsOf(schema).get(name)
  if (argument === undefined) return []
  if (argument.values.length > 0) return argument.values
  if (argument.type === "boolean") return ["true", "false"]
  if (name === "account") return surface.accounts
  return name === "region" ? surface.regions : []
}

const ofArguments = (surface: Surface, tool: ShellTool, before: ReadonlyArray<string>, last: string): Completion => {
  const [, name, typed] = /^([\w.-]+)=(.*)$/.exec(last) ?? []
  if (name !== undefined) return starting(valuesOf(surface, tool, name), typed ?? "")
  const given = new Set(before.map((word) => word.split("=", 1)[0]))
  const open = [...argumentsOf(tool.schema)].filter(([one]) => !given.has(one))
  const ranked = [...open.filter(([, { required }]) => required), ...open.filter(([, { required }]) => !required)]
  return starting(
    ranked.map(([one]) => `${one}=`),
    last,
  )
}

/** After a tool's name, or for it; its short name counts once it is begun with. */
const ofTool = (surface: Surface, agent: ShellAgent, words: ReadonlyArray<string>, last: string): Completion => {
  const [name, ...given] = words
  if (name === undefined) {
    const full = starting(toolNames(agent), last)
    return full.candidates.length > 0
      ? full
      : starting(
          agent.tools.map(({ meta }) => shortOf(meta)),
          last,
        )
  }
  const tool = toolNamed(agent, name)
  return tool === undefined ? { candidates: [], replaces: last } : ofArguments(surface, tool, given, last)
}

const ofWorkflow = (surface: Surface, words: ReadonlyArray<string>, last: string): Completion => {
  const [name, ...given] = words
  if (name === undefined)
    return starting(
      surface.workflows.map((one) => one.name),
      last,
    )
  const taken = new Set(given.map((word) => word.split("=", 1)[0]))
  const inputs = surface.workflows.find((one) => one.name === name)?.inputs ?? []
  return starting(
    inputs.filter((one) => !taken.has(one)).map((one) => `${one}=`),
    last,
  )
}

const ofCommand = (
  surface: Surface,
  agent: ShellAgent,
  { takes }: CommandWords,
  words: ReadonlyArray<string>,
  last: string,
): Completion => {
  const prompts = surface.agents.map(({ prompt }) => prompt)
  if (takes === "workflow") return ofWorkflow(surface, words, last)
  if (words.length > 0) return { candidates: [], replaces: last }
  switch (takes) {
    case "switch":
    case "agent":
      return starting(prompts, last)
    case "agents":
      return starting([...prompts, "--all"], last)
    case "tool":
      return starting([...toolNames(agent), ...surface.agents.flatMap(toolNames)], last)
    case "nothing":
      return { candidates: [], replaces: last }
  }
}

/** What may stand at the end of `line`, up to the cursor. */
export const completionOf = (
  surface: Surface,
  commands: ReadonlyArray<CommandWords>,
  agent: ShellAgent,
  line: string,
): Completion => {
  const parts = wordsOf(line)
  // Within quotes or JSON nothing is known.
  if (Result.isFailure(parts)) return { candidates: [], replaces: "" }
  const words = (parts.success.at(-1) ?? []).map(({ text }) => text)
  const last = /\s$/.test(line) || line === "" ? "" : (words.pop() ?? "")
  const [first] = words
  if (parts.success.length === 1) {
    if (first === undefined && last.startsWith("/"))
      return starting(
        commands.map(({ name }) => `/${name}`),
        last,
      )
    const command = commands.find(({ name }) => first === `/${name}`)
    if (command !== undefined) return ofCommand(surface, agent, command, words.slice(1), last)
  }
  if (agent.name !== CONDUCTOR) return ofTool(surface, agent, words, last)
  const other = first?.endsWith(":") === true ? agentOf(surface, first.slice(0, -1)) : undefined
  if (other !== undefined) return ofTool(surface, other, words.slice(1), last)
  if (first !== undefined && surface.workflows.some(({ name }) => name === first))
    return ofWorkflow(surface, words, last)
  if (first !== undefined) return ofTool(surface, agent, words, last)
  const others = surface.agents.flatMap(({ name, prompt }) => (name === CONDUCTOR ? [] : [`${prompt}:`]))
  return starting([...surface.workflows.map(({ name }) => name), ...others, ...toolNames(agent)], last)
}
