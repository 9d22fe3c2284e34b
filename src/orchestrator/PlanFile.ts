/**
 * From the text of a workflow file to a workflow: YAML (of which JSON is a part) with the line of everything, decoded by
 * schema. The text is hostile: its size, its aliases and its depth are bounded.
 */
import { Result, Schema, SchemaIssue } from "effect"
import { isMap, isNode, isPair, LineCounter, parseDocument, visit } from "yaml"
import { clip, oneLine } from "../core/Text.ts"
import { PlanInvalid, type Problem } from "./WorkflowError.ts"
import { Workflow } from "./WorkflowModel.ts"

/** Longest file, in characters. */
export const LONGEST_FILE = 256 * 1024
/** How often aliases may repeat what they stand for, and how deep a file may go. */
const ALIASES = 50
const DEEPEST = 40
/** Problems that are told; a file with more is told again once these are mended. */
const MOST = 50

export type Path = ReadonlyArray<string | number>

/** A workflow, and where each part of it is written. */
export interface Source {
  readonly file: string
  readonly workflow: Workflow
  readonly lineOf: (path: Path) => number
}

const decode = Schema.decodeUnknownResult(Workflow)
const issuesOf = SchemaIssue.makeFormatterStandardSchemaV1()

const PLAIN: Readonly<Record<string, string>> = {
  "Expected no excess property": "is not known here",
  "Missing key": "is required",
}

const nameOf = (path: Path): string =>
  path.reduce<string>(
    (name, part) => (typeof part === "number" ? `${name}[${part}]` : name === "" ? part : `${name}.${part}`),
    "",
  )

/** All problems in order of lines, each once. */
export const invalid = (file: string, problems: ReadonlyArray<Problem>): PlanInvalid => {
  const seen = new Set<string>()
  const once = problems.filter(({ line, what }) => {
    const key = `${line} ${what}`
    return seen.has(key) ? false : seen.add(key)
  })
  return new PlanInvalid({ file, problems: once.toSorted((a, b) => a.line - b.line).slice(0, MOST) })
}

/** Reads a file's text. `file` is its name for messages. */
export const readPlan = (file: string, text: string): Result.Result<Source, PlanInvalid> => {
  const refuse = (problems: ReadonlyArray<Problem>) => Result.fail(invalid(file, problems))
  if (text.length > LONGEST_FILE)
    return refuse([{ line: 1, what: `a workflow file has at most ${LONGEST_FILE / 1024} KiB` }])
  const counter = new LineCounter()
  // Its own look for names that are there twice takes a time that grows with their square.
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false, uniqueKeys: false })
  if (document.errors.length > 0)
    return refuse(
      document.errors.map((error) => ({
        line: counter.linePos(error.pos[0]).line,
        what: `not YAML: ${oneLine(error.message, 200)}`,
      })),
    )
  const startOf = (node: unknown): number => (isNode(node) ? (node.range?.[0] ?? 0) : 0)
  let deep: number | undefined
  const twice: Array<Problem> = []
  visit(document, (_key, node, ancestors) => {
    if (isMap(node)) {
      const names = new Set<string>()
      for (const { key } of node.items) {
        const name = String(key)
        if (names.has(name) && twice.length < MOST)
          twice.push({
            line: counter.linePos(startOf(key)).line,
            what: `not YAML: ${oneLine(name, 100)} is there twice`,
          })
        names.add(name)
      }
    }
    if (ancestors.length <= DEEPEST * 2) return
    deep = startOf(node)
    return visit.BREAK
  })
  if (deep !== undefined) return refuse([{ line: counter.linePos(deep).line, what: `deeper than ${DEEPEST} levels` }])
  if (twice.length > 0) return refuse(twice)

  const lineOf = (path: Path): number => {
    for (let length = path.length; length >= 0; length--) {
      const at = path.slice(0, length)
      const last = at.at(-1)
      // A member is where its name is written, which is above what it holds.
      const holder = typeof last === "string" ? document.getIn(at.slice(0, -1), true) : undefined
      const items = typeof holder === "object" && holder !== null && "items" in holder ? holder.items : undefined
      const pair = Array.isArray(items)
        ? items.find((one) => isPair(one) && isNode(one.key) && String(one.key) === last)
        : undefined
      const node = isPair(pair) ? pair.key : length === 0 ? document.contents : document.getIn(at, true)
      if (isNode(node) && node.range !== undefined && node.range !== null) return counter.linePos(node.range[0]).line
    }
    return 1
  }

  const content = Result.try({
    try: (): unknown => document.toJS({ maxAliasCount: ALIASES }),
    catch: (cause) => `not YAML: ${cause instanceof Error ? oneLine(cause.message, 200) : "it cannot be read"}`,
  })
  if (Result.isFailure(content)) return refuse([{ line: 1, what: content.failure }])
  const decoded = decode(content.success, { errors: "all", onExcessProperty: "error" })
  if (Result.isSuccess(decoded)) return Result.succeed({ file, workflow: decoded.success, lineOf })
  return refuse(
    issuesOf(decoded.failure.issue)
      .issues.slice(0, MOST)
      .map(({ message, path }) => {
        const at = (path ?? []).map((step) => {
          const key = typeof step === "object" ? step.key : step
          return typeof key === "number" ? key : String(key)
        })
        const words = PLAIN[message] ?? `${message.slice(0, 1).toLowerCase()}${message.slice(1)}`
        return { line: lineOf(at), what: `${at.length === 0 ? "the file" : clip(nameOf(at), 200)}: ${oneLine(words)}` }
      }),
  )
}
