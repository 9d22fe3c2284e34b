/**
 * Git's patterns for paths (wildmatch.c): `*` and `?` stop at a slash, `**` between slashes does not, `[…]` with ranges and
 * classes. Bytes are what counts, as in git. The time is bounded by pattern times path, whatever somebody wrote. Pure.
 */

/** One step of a pattern. `dirs` is `**` with a slash after it, `all` one at the end. */
type Step =
  | { readonly kind: "byte"; readonly is: (byte: number) => boolean }
  | { readonly kind: "star" }
  | { readonly kind: "dirs" }
  | { readonly kind: "all" }

export type Matcher = (path: string) => boolean

const SLASH = 47

const CLASSES: Readonly<Record<string, RegExp>> = {
  alnum: /[a-z0-9]/i,
  alpha: /[a-z]/i,
  blank: /[ \t]/,
  digit: /\d/,
  lower: /[a-z]/,
  punct: /[!-/:-@[-`{-~]/,
  space: /[ \t-\r]/,
  upper: /[A-Z]/,
  xdigit: /[\da-f]/i,
}

const bytesOf = (text: string): string => Buffer.from(text, "utf8").toString("latin1")

const literal = (char: string, ignorecase: boolean): Step => {
  const code = char.charCodeAt(0)
  const other = /[a-z]/i.test(char) && ignorecase ? code ^ 32 : code
  return { kind: "byte", is: (byte) => byte === code || byte === other }
}

/** A bracket that begins at `at`: its test, and where it ends; `undefined` when it does not. */
const bracket = (
  pattern: string,
  at: number,
  ignorecase: boolean,
): { readonly step: Step; readonly end: number } | undefined => {
  let i = at + 1
  const negated = pattern[i] === "!" || pattern[i] === "^"
  if (negated) i++
  const tests: Array<(byte: number) => boolean> = []
  for (let first = true; first || pattern[i] !== "]"; first = false) {
    const named = /^\[:([a-z]+):\]/.exec(pattern.slice(i))
    const test = CLASSES[named?.[1] ?? ""]
    if (named !== null) {
      if (test === undefined) return undefined
      tests.push((byte) => test.test(String.fromCharCode(byte)))
      i += named[0].length
      continue
    }
    if (pattern[i] === "\\") i++
    const low = pattern.charCodeAt(i)
    if (Number.isNaN(low)) return undefined
    i++
    let high = low
    if (pattern[i] === "-" && pattern[i + 1] !== "]" && i + 1 < pattern.length) {
      i += pattern[i + 1] === "\\" ? 2 : 1
      high = pattern.charCodeAt(i)
      if (Number.isNaN(high)) return undefined
      i++
    }
    tests.push((byte) => byte >= low && byte <= high)
  }
  const hit = (byte: number) => tests.some((test) => test(byte))
  const flip = (byte: number) => (/[a-z]/i.test(String.fromCharCode(byte)) ? byte ^ 32 : byte)
  const found = (byte: number) => hit(byte) || (ignorecase && hit(flip(byte)))
  return { step: { kind: "byte", is: (byte) => byte !== SLASH && found(byte) !== negated }, end: i + 1 }
}

/** The steps of a pattern; `undefined` for one that matches nothing. */
const stepsOf = (pattern: string, ignorecase: boolean): ReadonlyArray<Step> | undefined => {
  const steps: Array<Step> = []
  for (let i = 0; i < pattern.length;) {
    const char = pattern[i] ?? ""
    if (char === "*") {
      let end = i
      while (pattern[end] === "*") end++
      const opens = i === 0 || pattern[i - 1] === "/"
      const two = end - i >= 2 && opens
      if (two && end === pattern.length) steps.push({ kind: "all" })
      else if (two && pattern[end] === "/") {
        steps.push({ kind: "dirs" })
        end++
      } else steps.push({ kind: "star" })
      i = end
    } else if (char === "?") {
      steps.push({ kind: "byte", is: (byte) => byte !== SLASH })
      i++
    } else if (char === "[") {
      const found = bracket(pattern, i, ignorecase)
      if (found === undefined) return undefined
      steps.push(found.step)
      i = found.end
    } else {
      if (char === "\\") i++
      const plain = pattern[i]
      if (plain === undefined) return undefined
      steps.push(literal(plain, ignorecase))
      i++
    }
  }
  return steps
}

/** Goes through the path once with all places of the pattern that may be reached so far. */
const run = (steps: ReadonlyArray<Step>, path: string): boolean => {
  let places = new Set<number>()
  /** A place, and those behind it that need no byte. */
  const reach = (set: Set<number>, place: number): void => {
    if (set.has(place)) return
    set.add(place)
    const kind = steps[place]?.kind
    if (kind === "star" || kind === "dirs" || kind === "all") reach(set, place + 1)
  }
  reach(places, 0)
  /** Within `dirs` and past its first byte, where only a slash leads on. */
  let inside = new Set<number>()
  for (let i = 0; i < path.length; i++) {
    const byte = path.charCodeAt(i)
    const next = new Set<number>()
    const nextInside = new Set<number>()
    for (const place of places) {
      const step = steps[place]
      if (step === undefined) continue
      if (step.kind === "byte" && step.is(byte)) reach(next, place + 1)
      else if (step.kind === "all" || (step.kind === "star" && byte !== SLASH)) reach(next, place)
      else if (step.kind === "dirs") nextInside.add(place)
    }
    for (const place of inside) nextInside.add(place)
    if (byte === SLASH) for (const place of nextInside) reach(next, place + 1)
    places = next
    inside = nextInside
    if (places.size === 0 && inside.size === 0) return false
  }
  return places.has(steps.length)
}

/** Longer patterns are not written by people. */
const MOST = 1024

/** Compiles a pattern. One without a slash (but one at its beginning) is about names, wherever they are. */
export const matcherOf = (pattern: string, ignorecase: boolean): Matcher => {
  const names = !pattern.includes("/")
  const steps = pattern.length > MOST ? undefined : stepsOf(bytesOf(pattern.replace(/^\//, "")), ignorecase)
  if (steps === undefined) return () => false
  return (path) => run(steps, bytesOf(names ? path.slice(path.lastIndexOf("/") + 1) : path))
}
