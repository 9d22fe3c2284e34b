/** Changes the JSON of an answer that a half gave; anything else passes as it is. */
import { Option, Schema } from "effect"
import type { JsonRecord } from "../vault/Protocol.ts"
import type { WireResponse } from "../Wire.ts"

const decode = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Record(Schema.String, Schema.Json)))

/** The JSON object of an answer that is no error. */
export const recordIn = (response: WireResponse): JsonRecord | undefined =>
  "closed" in response || response.rest !== undefined || response.status >= 300
    ? undefined
    : Option.getOrUndefined(decode(Buffer.from(response.body).toString("utf8")))

/** A member that is an object; an empty one where it is none. */
export const part = (record: JsonRecord, name: string): JsonRecord => {
  const value = record[name]
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonRecord) : {} // an object of JSON
}

/** The answer with another object in it, and another status where one is given. */
export const rewritten = (
  response: WireResponse,
  change: (record: JsonRecord) => JsonRecord,
  status?: number,
): WireResponse => {
  const record = recordIn(response)
  if (record === undefined || "closed" in response) return response
  // The sum of another body would give the change away: clients go without one.
  const { "x-amz-crc32": _, ...headers } = response.headers
  return { status: status ?? response.status, headers, body: `${JSON.stringify(change(record))}\n` }
}
