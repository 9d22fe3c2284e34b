/**
 * Reads AWS's documentation out of the type declarations that ship with a client: comments of members, the values of
 * enums, and which member has which enum. None of it is in the run-time schemas. Works line by line, as the declarations
 * of EC2 have 93,000 lines and one large regular expression over them takes most of a minute.
 */

/** A member as declared: its comment, raw, and its TypeScript type. Comments are cleaned when they are asked for. */
export interface DeclaredMember {
  readonly comment: string
  readonly type: string
}

/** Members by name, by shape. */
export type DeclaredShapes = Map<string, Map<string, DeclaredMember>>

const OPEN_SHAPE = /^export (?:interface|declare namespace|declare class) (\w+)/
const MEMBER = /^(?: {4}| {8})(?:readonly )?(\w+)\??: (.+);$/

/** Adds the shapes of one `models_*.d.ts` or `errors.d.ts` to `into`. Unions are namespaces of one interface per member. */
export const scanShapes = (text: string, into: DeclaredShapes): void => {
  let comment: Array<string> = []
  let inComment = false
  let members: Map<string, DeclaredMember> | undefined
  for (const line of text.split("\n")) {
    if (inComment) {
      comment.push(line)
      inComment = !line.endsWith("*/")
      continue
    }
    if (line.trimStart().startsWith("/**")) {
      comment = [line]
      inComment = !line.endsWith("*/")
      continue
    }
    if (members === undefined) {
      const name = OPEN_SHAPE.exec(line)?.[1]
      if (name !== undefined && line.endsWith("{")) {
        members = into.get(name) ?? new Map<string, DeclaredMember>()
        into.set(name, members)
      }
      comment = []
    } else if (line.startsWith("}")) {
      members = undefined
    } else {
      const [, name, type] = MEMBER.exec(line) ?? []
      // A union's member is an interface that declares the others as `never`; the comment stands above the interface.
      if (name === undefined || type === undefined || /^(?:undefined|never)\b/.test(type)) continue
      // A union's namespace ends with a visitor that names the members once more.
      if (name !== "$unknown" && !members.has(name)) members.set(name, { comment: comment.join("\n"), type })
      comment = []
    }
  }
}

/** The enums of `models/enums.d.ts`: values by name. */
export const scanEnums = (text: string): ReadonlyMap<string, ReadonlyArray<string>> => {
  const enums = new Map<string, Array<string>>()
  let values: Array<string> | undefined
  for (const line of text.split("\n")) {
    const name = /^export declare const (\w+): \{/.exec(line)?.[1]
    if (name !== undefined) {
      values = []
      enums.set(name, values)
    } else if (line.startsWith("}")) {
      values = undefined
    } else {
      const value = /^ {4}readonly \w+: "(.*)";$/.exec(line)?.[1]
      if (value !== undefined) values?.push(value)
    }
  }
  return enums
}

/** The comment of a command's class, without its examples; empty when it has none. */
export const scanCommand = (text: string): string => {
  const end = text.search(/^export declare class \w+Command /m)
  const start = end < 0 ? -1 : text.lastIndexOf("/**", end)
  return start < 0 ? "" : (text.slice(start, end).split(/^ \* @example/m, 1)[0] ?? "")
}

/** Plain text of a comment: no comment signs, no tags of ours or of HTML, blanks folded. */
export const cleanDoc = (comment: string): string =>
  comment
    .replace(/^\s*\/\*\*|\*\/\s*$/g, "")
    .split("\n")
    .map((line) => line.replace(/^\s*\*/, "").trim())
    .filter((line) => !/^@(?:public|internal)\b/.test(line))
    .join(" ")
    .replace(/<[^>]{1,200}>/g, " ")
    .replace(/\{@link (\w+)[^}]*\}/g, "$1")
    .replace(/&lt;/g, "<")
    .replace(/&gt;/g, ">")
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, "&")
    .replace(/\s+/g, " ")
    .replace(/ ([.,;:)])/g, "$1")
    .trim()

/** The first sentence of a plain text. */
export const firstSentence = (text: string): string => /^.*?[.!?](?=\s|$)/.exec(text)?.[0] ?? text
