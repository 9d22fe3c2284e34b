/**
 * The part of HCL (version 1) that Vault policies are written in: attributes, labelled blocks, lists, objects, text,
 * numbers and comments. JSON, which Vault accepts as well, is read into the same shape.
 */
import { Option, Result, Schema } from "effect"
import { recordOf } from "./Fields.ts"
import type { Json } from "./Protocol.ts"

/** `keys` holds the name and the labels of a block: `path "a" {}` has two. */
export interface HclEntry {
  readonly keys: ReadonlyArray<string>
  readonly value: HclValue
  readonly line: number
}

export type HclValue = string | number | boolean | ReadonlyArray<HclValue> | { readonly block: ReadonlyArray<HclEntry> }

interface Lexeme {
  readonly kind: "word" | "text" | "mark"
  readonly value: string
  readonly line: number
}

const LEXEME =
  /(?<blank>[ \t\r\n]+|#[^\n]*|\/\/[^\n]*|\/\*[\s\S]*?\*\/)|"(?<text>(?:[^"\\\n]|\\.)*)"|(?<word>[A-Za-z0-9_.+-]+)|(?<mark>[{}[\]=,:])/y

const unescapeText = (text: string): string =>
  text.replace(/\\(.)/g, (_, char: string) => (char === "n" ? "\n" : char === "t" ? "\t" : char))

const lexemesOf = (source: string): Result.Result<ReadonlyArray<Lexeme>, string> => {
  const lexemes: Array<Lexeme> = []
  let line = 1
  LEXEME.lastIndex = 0
  while (LEXEME.lastIndex < source.length) {
    const at = LEXEME.lastIndex
    const groups = LEXEME.exec(source)?.groups
    if (groups === undefined) return Result.fail(`At ${line}:1: illegal character`)
    if (groups["text"] !== undefined) lexemes.push({ kind: "text", value: unescapeText(groups["text"]), line })
    else if (groups["word"] !== undefined) lexemes.push({ kind: "word", value: groups["word"], line })
    else if (groups["mark"] !== undefined) lexemes.push({ kind: "mark", value: groups["mark"], line })
    line += source.slice(at, LEXEME.lastIndex).split("\n").length - 1
  }
  return Result.succeed(lexemes)
}

/** Reads lexemes from left to right; the first complaint ends the reading. */
class Reader {
  private readonly lexemes: ReadonlyArray<Lexeme>
  private at = 0
  constructor(lexemes: ReadonlyArray<Lexeme>) {
    this.lexemes = lexemes
  }
  get done(): boolean {
    return this.at >= this.lexemes.length
  }
  private complain(what: string): Result.Result<never, string> {
    const line = this.lexemes[Math.min(this.at, this.lexemes.length - 1)]?.line ?? 1
    return Result.fail(`At ${line}:1: ${what}`)
  }
  private mark(...marks: ReadonlyArray<string>): boolean {
    const next = this.lexemes[this.at]
    const hit = next?.kind === "mark" && marks.includes(next.value)
    if (hit) this.at++
    return hit
  }

  entries(end: string | undefined): Result.Result<ReadonlyArray<HclEntry>, string> {
    const entries: Array<HclEntry> = []
    while (true) {
      if (end === undefined ? this.done : this.mark(end)) return Result.succeed(entries)
      const entry = this.entry()
      if (Result.isFailure(entry)) return Result.fail(entry.failure)
      entries.push(entry.success)
      this.mark(",")
    }
  }

  private entry(): Result.Result<HclEntry, string> {
    const keys: Array<string> = []
    const line = this.lexemes[this.at]?.line ?? 1
    for (let next = this.lexemes[this.at]; next !== undefined && next.kind !== "mark"; next = this.lexemes[this.at]) {
      keys.push(next.value)
      this.at++
    }
    if (keys.length === 0) return this.complain("expected a key")
    const assigned = this.mark("=", ":")
    if (!assigned && this.lexemes[this.at]?.value !== "{") return this.complain("expected '=' or '{' after a key")
    return Result.map(this.value(), (value) => ({ keys, value, line }))
  }

  private value(): Result.Result<HclValue, string> {
    if (this.mark("{")) return Result.map(this.entries("}"), (block) => ({ block }))
    if (this.mark("[")) return this.list()
    const next = this.lexemes[this.at]
    if (next === undefined || next.kind === "mark") return this.complain("expected a value")
    this.at++
    if (next.kind === "text") return Result.succeed(next.value)
    if (next.value === "true" || next.value === "false") return Result.succeed(next.value === "true")
    const number = Number(next.value)
    return Number.isNaN(number) ? this.complain(`unknown value ${next.value}`) : Result.succeed(number)
  }

  private list(): Result.Result<HclValue, string> {
    const items: Array<HclValue> = []
    while (!this.mark("]")) {
      const item = this.value()
      if (Result.isFailure(item)) return Result.fail(item.failure)
      items.push(item.success)
      if (!this.mark(",") && this.lexemes[this.at]?.value !== "]") return this.complain("expected ',' or ']' in a list")
    }
    return Result.succeed(items)
  }
}

const fromJson = (value: Json): HclValue => {
  if (Array.isArray(value)) return value.map(fromJson)
  const record = recordOf(value)
  if (record !== undefined)
    return { block: Object.entries(record).map(([key, item]) => ({ keys: [key], value: fromJson(item), line: 1 })) }
  return typeof value === "number" || typeof value === "boolean" || typeof value === "string" ? value : ""
}

const decodeJson = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Json))

/** The entries of a document in HCL or JSON; the failure says where and why it cannot be read. */
export const parseHcl = (source: string): Result.Result<ReadonlyArray<HclEntry>, string> => {
  const json = source.trimStart().startsWith("{") ? decodeJson(source) : Option.none()
  if (Option.isSome(json)) {
    const value = fromJson(json.value)
    return Result.succeed(typeof value === "object" && "block" in value ? value.block : [])
  }
  return Result.flatMap(lexemesOf(source), (lexemes) => new Reader(lexemes).entries(undefined))
}
