/**
 * The only road from text of unknown origin to a log, an error or a result: secrets are taken out by shape (Vault tokens,
 * signed headers, key material by its label) and by live value (what this process holds right now, in every form it may
 * have been written in). Knows no reason to let a secret pass; unknown text of bounded size only.
 */
import { type Brand, Context, Effect, Layer, Redacted, type Scope } from "effect"
import { clip, printable } from "../core/Text.ts"

/** Text that went through the redactor. */
export type RedactedText = string & Brand.Brand<"RedactedText">

const MASK = "[redacted]"

/** Headers that carry a credential, and what key material is labelled with. */
const HEADERS = "x-vault-token|authorization|x-amz-security-token"
const LABELS = "secret_?access_?key|secret_?key|security_?token|session_?token|secret_?id|private_?key|password"

/** Shapes of secrets. Each keeps what stands before the secret, so that a reader still sees what was there. */
const SHAPES: ReadonlyArray<RegExp> = [
  // Vault and OpenBao tokens: service, batch, recovery, and the older s.… form
  /()\b(?:hvs|hvb|hvr)\.[A-Za-z0-9_-]{20,}/g,
  /()\b[sbr]\.[A-Za-z0-9]{24,}\b/g,
  // headers that carry a credential, in HTTP or JSON spelling
  new RegExp(
    String.raw`((?:${HEADERS})["']?\s*[:=]\s*["']?)(?:Bearer\s+|AWS4-HMAC-SHA256\s+)?[^\s"',;]{8,}(?:,\s*SignedHeaders=[^\s",]+)?(?:,\s*Signature=[0-9a-f]+)?`,
    "gi",
  ),
  // key material by its label
  new RegExp(String.raw`((?:${LABELS}|client_?token)["']?\s*[:=]\s*["']?)[^\s"',;&<]{8,}`, "gi"),
  // presigned addresses
  /((?:X-Amz-Signature|X-Amz-Security-Token|X-Amz-Credential)=)[^&\s"']+/gi,
  /()-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
]

/** Takes out what looks like a secret. */
export const redactShapes = (text: string): string =>
  SHAPES.reduce((rest, shape) => rest.replace(shape, (_all, before: string) => `${before}${MASK}`), text)

/** Names of members whose text is a secret whatever it looks like. AWS's ClientToken is none: it tells a repetition. */
const SECRET_NAME = new RegExp(
  `(?:${HEADERS}|${LABELS}|secret_?string|access_?token|api_?key|passphrase|client_token)$`,
  "i",
)

/** The text of a member, without what looks like a secret or is named as one. */
export const redactNamed = (name: string, text: string): string =>
  text !== "" && SECRET_NAME.test(name) ? MASK : redactShapes(text)

/** The forms in which a secret may be met in text: plain, JSON-escaped, URL-encoded, base64 (both alphabets), hex. */
export const formsOf = (secret: string): ReadonlyArray<string> => {
  const bytes = Buffer.from(secret, "utf8")
  const base64 = bytes.toString("base64").replace(/=+$/, "")
  return [
    ...new Set([
      secret,
      JSON.stringify(secret).slice(1, -1),
      encodeURIComponent(secret),
      base64,
      base64.replaceAll("+", "-").replaceAll("/", "_"),
      bytes.toString("hex"),
    ]),
  ]
}

/** Shorter values are no secrets of ours and would mangle every text. */
const SHORTEST = 8

/** So many values that are let go of during one piece of work stay hidden until its end; beyond that the last ones do. */
const MOST_KEPT = 256

export class Redactor extends Context.Service<
  Redactor,
  {
    /** Takes the secret out of every text while the scope lives. */
    readonly watch: (secret: Redacted.Redacted<string>) => Effect.Effect<void, never, Scope.Scope>
    /**
     * Runs work that may hear of secrets which are let go of meanwhile, as a call signed with a lease that is replaced
     * under it: they stay hidden until the work has ended.
     */
    readonly during: <A, E, R>(work: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
    /** For text to be printed: by shape and by live value, invisible characters out, at most 64 Ki characters. */
    readonly text: (text: string) => RedactedText
    /** For data to be returned: by live value alone, so that a user's own data stays as it is. */
    readonly data: <A>(value: A) => A
  }
>()("vault-aws-mcp/guard/Redactor") {
  static readonly layer = Layer.effect(
    Redactor,
    Effect.sync(() => {
      const live = new Map<string, { forms: ReadonlyArray<string>; holders: number }>()
      /** What each piece of work under way holds of that which was let go of since it began. */
      const works = new Set<Set<string>>()
      /** No form of what is live is shorter: most strings are, and need not be looked through. */
      let least = Infinity
      const hold = (value: string): void => {
        const { forms, holders } = live.get(value) ?? { forms: formsOf(value), holders: 0 }
        live.set(value, { forms, holders: holders + 1 })
        least = Math.min(least, ...forms.map(({ length }) => length))
      }
      const letGo = (value: string): void => {
        const entry = live.get(value)
        if (entry === undefined || entry.holders === 1) live.delete(value)
        else live.set(value, { ...entry, holders: entry.holders - 1 })
        if (live.size === 0) least = Infinity
      }
      const keep = (kept: Set<string>, value: string): void => {
        if (kept.has(value)) return
        kept.add(value)
        hold(value)
        const [oldest] = kept
        if (kept.size <= MOST_KEPT || oldest === undefined) return
        kept.delete(oldest)
        letGo(oldest)
      }
      const byValue = (text: string): string => {
        if (text.length < least) return text
        let rest = text
        for (const { forms } of live.values())
          for (const form of forms) if (rest.includes(form)) rest = rest.replaceAll(form, MASK)
        return rest
      }
      const walk = (value: unknown): unknown => {
        if (typeof value === "string") return byValue(value)
        if (Array.isArray(value)) return value.map(walk)
        if (typeof value !== "object" || value === null) return value
        return Object.fromEntries(Object.entries(value).map(([key, item]) => [byValue(key), walk(item)]))
      }
      return Redactor.of({
        watch: (secret) => {
          const value = Redacted.value(secret)
          if (value.length < SHORTEST) return Effect.void
          return Effect.acquireRelease(
            Effect.sync(() => hold(value)),
            () =>
              Effect.sync(() => {
                for (const kept of works) keep(kept, value)
                letGo(value)
              }),
          )
        },
        during: (work) =>
          Effect.acquireUseRelease(
            Effect.sync(() => {
              const kept = new Set<string>()
              works.add(kept)
              return kept
            }),
            () => work,
            (kept) =>
              Effect.sync(() => {
                works.delete(kept)
                for (const value of kept) letGo(value)
              }),
          ),
        // A cut may not leave half a secret that no shape matches: redact first, then clip.
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the one place that makes the brand
        text: (text) => clip(redactShapes(byValue(printable(text))), 65_536) as RedactedText,
        // Same structure, strings replaced by strings: the type of the value stands.
        data: <A>(value: A): A => (live.size === 0 ? value : (walk(value) as A)),
      })
    }),
  )
}
