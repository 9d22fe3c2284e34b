/** What a server answered to a call, made fit to be shown: text cleaned and cut, binaries told by type and size, data bounded. */
import { Effect, type Schema } from "effect"
import { fit } from "../../aws/api/Fit.ts"
import { clip, oneLine, printable } from "../../core/Text.ts"
import { beyond, canonical } from "../../fleet/Bounds.ts"
import { problemsOf } from "../../fleet/Check.ts"
import type { CallAnswer } from "../../fleet/ConnectionModel.ts"
import type { ForeignTool } from "../../fleet/ForeignTool.ts"
import type { Redactor } from "../../guard/Redactor.ts"

/** Characters of all texts of an answer, and of its data as JSON. */
const MOST_TEXT = 32 * 1024
const MOST_DATA = 32 * 1024
const MOST_ITEMS = 50
/** Base64 that is passed on; more is told by its size. */
const MOST_INLINE = 2048
/** Data beyond this is not looked at. */
const DATA = { depth: 32, nodes: 50_000, chars: 4_000_000 }
/** A text is looked at no further: what is shown ends long before. */
const LOOKED_AT = 4 * MOST_TEXT

type JsonMembers = Readonly<Record<string, Schema.Json>>
type Item = Readonly<Record<string, unknown>>
type Clean = Redactor["Service"]["text"]

const textOf = (value: unknown): string => (typeof value === "string" ? value : "")
const isObject = (value: unknown): value is Item => typeof value === "object" && value !== null && !Array.isArray(value)

const word = (value: unknown, clean: Clean, most = 300): string => oneLine(clean(textOf(value).slice(0, 8192)), most)

/** A binary: its type and size, and itself when it is small. */
const binary = (data: unknown, mime: unknown, clean: Clean): JsonMembers => {
  const base64 = textOf(data)
  const inline = base64.length <= MOST_INLINE && /^[A-Za-z0-9+/=_-]*$/.test(base64) ? { data: base64 } : {}
  return { mime_type: word(mime, clean, 100), bytes: Math.floor((base64.length * 3) / 4), ...inline }
}

/** Cleans a text and takes its length from what is left of the room. */
const makeTexts = (clean: Clean, notes: Array<string>) => {
  let left = MOST_TEXT
  return (value: unknown): string => {
    const whole = printable(textOf(value))
    const seen = clean(whole.slice(0, LOOKED_AT))
    const shown = seen.length <= left && whole.length <= LOOKED_AT ? seen : seen.slice(0, left)
    left -= shown.length
    if (shown.length < seen.length || whole.length > LOOKED_AT)
      notes.push(`a text of ${whole.length} characters is cut after ${shown.length}`)
    return shown
  }
}

const shownItem = (item: Item, clean: Clean, text: (value: unknown) => string): JsonMembers => {
  switch (item["type"]) {
    case "text":
      return { type: "text", text: text(item["text"]) }
    case "image":
    case "audio":
      return { type: item["type"], ...binary(item["data"], item["mimeType"], clean) }
    case "resource": {
      const resource = isObject(item["resource"]) ? item["resource"] : {}
      const uri = word(resource["uri"], clean)
      return typeof resource["text"] === "string"
        ? { type: "resource", uri, mime_type: word(resource["mimeType"], clean, 100), text: text(resource["text"]) }
        : { type: "resource", uri, ...binary(resource["blob"], resource["mimeType"], clean) }
    }
    case "resource_link":
      return {
        type: "resource_link",
        uri: word(item["uri"], clean),
        name: word(item["name"], clean),
        description: word(item["description"], clean),
      }
    default:
      return { type: "other", name: word(item["type"], clean, 40) }
  }
}

/** Every text of bounded data cleaned. */
const cleanData = (value: unknown, clean: Clean): unknown => {
  if (typeof value === "string") return clean(value)
  if (Array.isArray(value)) return value.map((item) => cleanData(item, clean))
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [clip(clean(key), 200), cleanData(item, clean)]))
}

/** Whether the texts only say the data once more, as the protocol wants it for older clients. */
const repeats = (content: CallAnswer["content"], data: unknown): boolean => {
  const [first] = content
  const text = first?.["text"]
  if (content.length !== 1 || typeof text !== "string" || text.length > LOOKED_AT) return false
  try {
    return canonical(JSON.parse(text)) === canonical(data)
  } catch {
    return false
  }
}

/** The members of mcp_call_tool's result that come from the server. */
export const shownAnswer = Effect.fnUntraced(function* (
  answer: CallAnswer,
  tool: ForeignTool,
  { text: clean }: Redactor["Service"],
) {
  const notes: Array<string> = []
  const text = makeTexts(clean, notes)
  const { content, structuredContent: data } = answer
  const shown = content.slice(0, MOST_ITEMS).map((item) => shownItem(item, clean, text))
  if (content.length > shown.length)
    notes.push(`${content.length - shown.length} of ${content.length} items are left out`)
  const isError = answer.isError === true
  if (data === undefined) {
    if (tool.outputSchema !== undefined && !isError) notes.push("the tool promises structured data and sent none")
    return { is_error: isError, content: shown, notes }
  }
  const large = beyond(data, DATA)
  if (large !== undefined) {
    notes.push(`its structured data is left out: ${large}`)
    return { is_error: isError, content: shown, notes }
  }
  // A lie is told, and the data shown all the same.
  const wrong = isError || tool.outputSchema === undefined ? [] : yield* problemsOf(tool.outputSchema, data)
  if (wrong.length > 0)
    notes.push(
      `its structured data is not what the tool promises: ${oneLine(clean(wrong.slice(0, 3).join("; ").slice(0, 8192)), 300)}`,
    )
  if (repeats(content, data)) shown.length = 0
  const { cuts, value } = fit(cleanData(data, clean), MOST_DATA)
  for (const cut of cuts.slice(0, 10)) notes.push(`structured data: ${oneLine(cut, 200)}`)
  // Parsed from JSON, cleaned and cut: JSON it stays.
  return { is_error: isError, content: shown, structured: value as Schema.Json, notes }
})
