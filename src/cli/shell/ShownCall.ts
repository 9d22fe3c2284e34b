/** What was typed, as it is shown above its result: enough to tell two calls apart, and nothing that may be a secret. */
import { oneLine } from "../../core/Text.ts"
import { redactShapes } from "../../guard/Redactor.ts"
import { isTelling } from "../../guard/Telling.ts"
import { fit } from "../Width.ts"

/** Where a call goes, as far as its arguments say. */
export interface Place {
  readonly account?: string
  readonly region?: string
}

/** A call as it is shown, and its place for programs. */
export interface ShownCall {
  readonly shown: string
  readonly place: Place
}

/** Longest value that is shown whole, and longest line. */
const LONGEST_VALUE = 40
const LONGEST = 120

const isPlain = (value: unknown): value is string | number | boolean =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean"

/** The value in a few characters; nothing of what looks like a secret. */
const valueOf = (value: string | number | boolean): string | undefined => {
  const text = String(value)
  if (redactShapes(text) !== text) return undefined
  const short = fit(oneLine(text), LONGEST_VALUE)
  return short === "" || /\s/.test(short) ? JSON.stringify(short) : short
}

/** `what` and those of its arguments that are plain. */
export const shownCall = (what: string, args: Readonly<Record<string, unknown>>): ShownCall => {
  const given = Object.entries(args).flatMap(([name, value]) => {
    const text = isPlain(value) && !isTelling(name) ? valueOf(value) : undefined
    return text === undefined ? [] : [[oneLine(name, LONGEST_VALUE), text] as const]
  })
  const words = given.map(([name, text]) => `${name}=${text}`)
  return {
    shown: fit([what, ...words].join(" "), LONGEST),
    place: Object.fromEntries(given.filter(([name]) => name === "account" || name === "region")),
  }
}
