/** Whose Vault the sandbox's Vault half speaks like. */

export const DIALECTS = ["1.14", "1.13", "1.21", "openbao"] as const
export type Dialect = (typeof DIALECTS)[number]
