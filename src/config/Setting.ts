/** What a setting is: one entry of the lists in Settings and LoginSettings, and how its value is read. */
import { Result } from "effect"

/** One setting with a value of type A. */
export interface Setting<A> {
  /** The key in the config file, and with dashes the flag; upper case with the prefix it is the variable. */
  readonly key: string
  /**
   * Variables of the official clients that are read when ours is not set: `ADDR` stands for BAO_ADDR and VAULT_ADDR, a
   * name that begins with `BAO_` for itself.
   */
  readonly official: ReadonlyArray<string>
  /** Ends the sentence "expected …"; never holds the value that was found. */
  readonly expects: string
  readonly parse: (text: string) => A | undefined
  /** How the default is written for people; empty when there is none. */
  readonly shownDefault: string
  readonly says: string
  /** A secret is read from the environment alone: no flag, no file. */
  readonly secret: boolean
}

export const PREFIX = "VAULT_AWS_MCP_"

/** The full name of the variable. */
export const variableOf = (setting: Pick<Setting<unknown>, "key">): string => `${PREFIX}${setting.key.toUpperCase()}`

/** A setting, with what most settings have in common filled in. */
export const setting = <A>(
  one: Partial<Setting<A>> & Pick<Setting<A>, "key" | "expects" | "parse" | "says">,
): Setting<A> => ({
  official: [],
  shownDefault: "",
  secret: false,
  ...one,
})

/** Parses what was found, or says what was expected where. */
export const parseSetting = <A>(one: Setting<A>, where: string, value: string): Result.Result<A, string> => {
  const parsed = one.parse(value.trim())
  return parsed === undefined ? Result.fail(`${where}: expected ${one.expects}`) : Result.succeed(parsed)
}
