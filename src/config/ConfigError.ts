/** What is wrong with the configuration: every problem at once, naming where it stands and what was expected there. */
import { Data } from "effect"

/** Not a Schema class: it is loaded at every start and never leaves the process. */
export class ConfigError extends Data.TaggedError("ConfigError")<{ readonly problems: ReadonlyArray<string> }> {
  override get message(): string {
    return this.problems.join("\n")
  }
}
