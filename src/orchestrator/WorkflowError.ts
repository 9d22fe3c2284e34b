/** Why a workflow does not run, or its record cannot be kept. */
import { Schema } from "effect"

/** One thing that is wrong in a workflow file, and where. */
export interface Problem {
  readonly line: number
  readonly what: string
}

/** The file is refused before anything has happened; all that is wrong with its shape, else with what it names. */
export class PlanInvalid extends Schema.TaggedError<PlanInvalid>()("PlanInvalid", {
  file: Schema.String,
  problems: Schema.Array(Schema.Struct({ line: Schema.Int, what: Schema.String })),
}) {
  override get message(): string {
    const lines = this.problems.map(({ line, what }) => `${this.file}:${line}: ${what}`)
    return `The workflow is not run, as its file is wrong:\n${lines.join("\n")}`
  }
}

/** A run cannot be started, continued or cancelled; `what` says why and what to do. */
export class RunRefused extends Schema.TaggedError<RunRefused>()("RunRefused", { what: Schema.String }) {
  override get message(): string {
    return this.what
  }
}

/** The record of runs cannot be read or written. */
export class StoreError extends Schema.TaggedError<StoreError>()("StoreError", {
  reason: Schema.Literals(["busy", "full", "denied", "corrupt", "failed"]),
  words: Schema.String,
}) {
  override get message(): string {
    const next = {
      busy: "another process holds it; try again",
      full: "the disk is full",
      denied: "it may not be written; check VAULT_AWS_MCP_STATE_DIR",
      corrupt: "it is damaged; move workflows/runs.db away, its runs are lost",
      failed: "see the words of SQLite",
    }[this.reason]
    return `The record of workflow runs: ${next} (${this.words}).`
  }
}
