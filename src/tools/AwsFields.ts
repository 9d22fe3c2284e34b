/** Arguments and members that many AWS tools share, described once. */
import { DateTime, Schema } from "effect"

/** Where to call; every AWS tool takes both. */
export const place = {
  region: Schema.optionalKey(Schema.String.annotate({ description: "AWS region" })),
  account: Schema.optionalKey(Schema.String.annotate({ description: "account alias" })),
}

/** A whole number within bounds. The bounds are in the words, where they cost a model less than as keywords. */
export const count = (least: number, most: number, what: string) =>
  Schema.Finite.annotate({ description: `${what} (${least}-${most})` }).check(
    Schema.makeFilter(
      (n: number) =>
        (Number.isInteger(n) && n >= least && n <= most) || `expected a whole number from ${least} to ${most}`,
    ),
  )

export const text = (description: string) => Schema.String.annotate({ description })

export const cursor = Schema.optionalKey(text("next_cursor of the previous page"))

/** Tags as a plain object. */
export const Tags = Schema.Record(Schema.String, Schema.String)

export const tagsOf = (
  tags: ReadonlyArray<{ readonly Key?: string | undefined; readonly Value?: string | undefined }> | undefined,
): Readonly<Record<string, string>> =>
  Object.fromEntries((tags ?? []).map(({ Key, Value }) => [Key ?? "", Value ?? ""]))

/** RFC 3339, or the empty text where AWS told no date. */
export const dateText = (date: { readonly getTime: () => number } | undefined): string =>
  date === undefined ? "" : DateTime.formatIso(DateTime.makeUnsafe(date.getTime()))

/** The member, when there is a value. */
export const maybe = <K extends string, A>(key: K, value: A | undefined | null): { readonly [P in K]?: A } =>
  value === undefined || value === null ? {} : ({ [key]: value } as { readonly [P in K]: A }) // one key, as its type says
