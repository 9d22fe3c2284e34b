/** What every command is given: the settings that were set as flags, by key, and whether the sandbox is meant. */
export interface CommonArgs {
  readonly flags: Readonly<Record<string, string>>
  readonly sandbox: boolean
}
