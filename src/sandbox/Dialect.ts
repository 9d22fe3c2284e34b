/** Which Vault the sandbox's Vault half answers as: one that was recorded, an older one, a newer one, and OpenBao. */

/** The dialects by name; the first one is what the recordings hold and the default. */
export const DIALECTS = ["1.14", "1.13", "1.21", "openbao"] as const

/** One of {@link DIALECTS}. */
export type Dialect = (typeof DIALECTS)[number]
