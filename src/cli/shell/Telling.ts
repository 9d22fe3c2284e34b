/**
 * Whether a typed line holds what is not to be written down: a value of an argument that may be a secret, however it was
 * typed. Pure. It looks at the tools of every agent, as whose prompt it was is not known of a line of an earlier time.
 */
import { Option, Result, Schema } from "effect"
import { nearest } from "../../core/Text.ts"
import { isTelling } from "../../guard/Telling.ts"
import { argumentsOf, readArguments } from "./Arguments.ts"
import { shortOf, type ShellTool, type Surface, toolNamed } from "./Surface.ts"
import { wordsOf } from "./Words.ts"

/** Names with a value behind them, in whatever kind of text. */
const NAMES = /(?:^|[\s{,"'\\])([A-Za-z_][\w.-]*)(?:\\?["'])?\s*[=:]/g

const namesSecret = (line: string): boolean => [...line.matchAll(NAMES)].some(([, name = ""]) => isTelling(name))

const decode = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Json))

/** Whether a key within the value is telling; text may be JSON itself. */
const holdsSecret = (value: Schema.Json | undefined): boolean => {
  if (typeof value === "string") return /^\s*[{[]/.test(value) && holdsSecret(Option.getOrUndefined(decode(value)))
  if (typeof value !== "object" || value === null) return false
  return Object.entries(value).some(([key, one]) => isTelling(key) || holdsSecret(one))
}

/** Whether these words give the tool what is telling. Of words that are not understood any may be meant for it. */
const gives = ({ schema }: ShellTool, words: ReadonlyArray<string>): boolean => {
  if (words.length === 0) return false
  const known = argumentsOf(schema)
  const takes = [...known.keys()].some(isTelling)
  const read = readArguments(schema, words)
  if (Result.isFailure(read)) return takes
  return Object.entries(read.success).some(
    ([name, value]) => isTelling(name) || (takes && !known.has(name)) || holdsSecret(value),
  )
}

/** The tools that the first word of a task may mean, also by a slip of the hand. */
const meant = ({ agents, workflows }: Surface, word: string): ReadonlyArray<ShellTool> => {
  const named = (name: string) => agents.flatMap((agent) => toolNamed(agent, name) ?? [])
  const exact = named(word)
  if (exact.length > 0 || workflows.some(({ name }) => name === word)) return exact
  const guess = nearest(
    word,
    agents.flatMap(({ tools }) => tools.flatMap(({ meta }) => [meta.name, shortOf(meta)])),
  )
  return guess === undefined ? [] : named(guess)
}

/** A task of a line; behind its first word a tool counts by its whole name, as `delegate` and a sentence may have it. */
const taskTells = (surface: Surface, task: ReadonlyArray<string>): boolean => {
  const [first = "", ...rest] = task
  const [, glued] = /^[A-Za-z]+:(.*)$/s.exec(first) ?? []
  const words = glued === undefined ? task : glued === "" ? rest : [glued, ...rest]
  return words.some((word, at) => {
    const tools =
      at === 0
        ? meant(surface, word)
        : surface.agents.flatMap(({ tools: all }) => all.filter(({ meta }) => meta.name === word))
    return tools.some((tool) => gives(tool, words.slice(at + 1)))
  })
}

/** Whether the line is to be forgotten; one that cannot be split is, where any word of it is a tool that takes secrets. */
export const tellsSecret = (surface: Surface, line: string): boolean => {
  if (namesSecret(line)) return true
  const parts = wordsOf(line)
  if (Result.isSuccess(parts))
    return parts.success.some((part) =>
      taskTells(
        surface,
        part.map(({ text }) => text),
      ),
    )
  const pieces = line.split(/[\s:&]+/)
  return pieces.some((word) =>
    surface.agents.some((agent) => {
      const tool = toolNamed(agent, word)
      return tool !== undefined && [...argumentsOf(tool.schema).keys()].some(isTelling)
    }),
  )
}
