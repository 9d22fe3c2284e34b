/** The ends of lines on their way into and out of a repository, as git's convert.c has them. Pure. */
import type { Attributes } from "./Attributes.ts"

/** Settings that have a say where attributes leave it open. */
export interface LineSettings {
  /** core.autocrlf */
  readonly autocrlf: "true" | "false" | "input"
  /** core.eol */
  readonly eol: "lf" | "crlf" | undefined
}

/** What happens to a file: nothing, always, or only when it looks like text; and how its lines end in the work tree. */
export interface LineRule {
  readonly kind: "never" | "text" | "auto"
  readonly ends: "lf" | "crlf"
}

const NEVER: LineRule = { kind: "never", ends: "lf" }

/** The rule for a file of these attributes. */
export const lineRule = (attributes: Attributes, { autocrlf, eol }: LineSettings): LineRule => {
  const text = attributes.get("text") ?? attributes.get("crlf")
  if (text === false) return NEVER
  const usual = autocrlf === "true" ? "crlf" : autocrlf === "input" ? "lf" : (eol ?? "lf")
  const said = attributes.get("eol")
  const ends = said === "lf" || said === "crlf" ? said : undefined
  if (text === "auto") return { kind: "auto", ends: ends ?? usual }
  if (ends !== undefined) return { kind: "text", ends }
  if (text === "input") return { kind: "text", ends: "lf" }
  if (text === true) return { kind: "text", ends: usual }
  return autocrlf === "false" ? NEVER : { kind: "auto", ends: autocrlf === "true" ? "crlf" : "lf" }
}

interface Census {
  readonly crlf: number
  readonly loneCr: number
  readonly loneLf: number
  readonly binary: boolean
}

const CR = 13
const LF = 10
/** Backspace, tab, form feed and escape are met in texts. */
const USUAL = new Set([8, 9, 12, 27])

const censusOf = (bytes: Uint8Array): Census => {
  let crlf = 0
  let loneCr = 0
  let loneLf = 0
  let nul = 0
  let seen = 0
  let odd = 0
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] ?? 0
    if (byte === CR) {
      if (bytes[i + 1] === LF) {
        crlf++
        i++
      } else loneCr++
    } else if (byte === LF) loneLf++
    else if (byte === 0) {
      nul++
      odd++
    } else if (byte === 127 || (byte < 32 && !USUAL.has(byte))) odd++
    else seen++
  }
  // An end-of-file mark of old.
  if (bytes.at(-1) === 26) odd--
  return { crlf, loneCr, loneLf, binary: loneCr > 0 || nul > 0 || seen >> 7 < odd }
}

/** Whether git would leave the ends of lines of a file alone because its stored state has CRLF already. */
export const keepsCrlf = (stored: Uint8Array): boolean => {
  const { binary, crlf } = censusOf(stored)
  return !binary && crlf > 0
}

/** Whether what `rule` does to these bytes depends on what is stored. */
export const asksStored = (rule: LineRule, bytes: Uint8Array): boolean => rule.kind === "auto" && bytes.includes(CR)

/** The bytes as they are stored. `kept`: the stored state has CRLF, see {@link keepsCrlf}. */
export const toStored = (rule: LineRule, bytes: Uint8Array, kept: boolean): Uint8Array => {
  if (rule.kind === "never" || !bytes.includes(CR)) return bytes
  const { binary, crlf } = censusOf(bytes)
  if (crlf === 0 || (rule.kind === "auto" && (binary || kept))) return bytes
  return bytes.filter((byte, i) => byte !== CR || bytes[i + 1] !== LF)
}

/** The bytes as they stand in the work tree. */
export const toWorktree = (rule: LineRule, bytes: Uint8Array): Uint8Array => {
  if (rule.kind === "never" || rule.ends === "lf" || !bytes.includes(LF)) return bytes
  const { binary, crlf, loneCr, loneLf } = censusOf(bytes)
  if (loneLf === 0 || (rule.kind === "auto" && (binary || crlf > 0 || loneCr > 0))) return bytes
  const result = new Uint8Array(bytes.length + loneLf)
  let at = 0
  bytes.forEach((byte, i) => {
    if (byte === LF && bytes[i - 1] !== CR) result[at++] = CR
    result[at++] = byte
  })
  return result
}
