/** Builds the XML answers of S3 and EC2: an element is a string, and elements are put together from the inside out. */
import { DateTime } from "effect"
import { xmlText } from "../Wire.ts"

/** `<name>value</name>`, or nothing at all where there is no value. */
export const leaf = (name: string, value: string | number | boolean | undefined): string =>
  value === undefined ? "" : `<${name}>${xmlText(String(value))}</${name}>`

/** An element around elements that are XML already. */
export const element = (name: string, ...children: ReadonlyArray<string>): string =>
  `<${name}>${children.join("")}</${name}>`

/** A whole document, with its root in `namespace`. */
export const xmlDocument = (name: string, namespace: string, ...children: ReadonlyArray<string>): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<${name} xmlns="${namespace}">${children.join("")}</${name}>`

/** Milliseconds since the epoch as both services write times: `2026-01-02T03:04:05.000Z`. */
export const isoTime = (millis: number): string => DateTime.formatIso(DateTime.makeUnsafe(millis))

/** The same in whole seconds, as IAM and the refusals of S3 write them: `2026-01-02T03:04:05Z`. */
export const isoSeconds = (millis: number): string => isoTime(Math.floor(millis / 1000) * 1000).replace(".000Z", "Z")
