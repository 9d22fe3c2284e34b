/** What the handlers of the git tools share. */
import { Effect } from "effect"
import { Git } from "../../git/Git.ts"
import type { GitError } from "../../git/GitError.ts"
import { toolFailure } from "../ToolFailure.ts"

/** Which repository, below the git root. */
export interface Where {
  readonly repo?: string
}

export const repoOf = ({ repo }: Where): string => repo ?? "."

/** Uses git; failing as a tool fails. */
export const using = <A>(use: (git: Git["Service"]) => Effect.Effect<A, GitError>) =>
  Effect.mapError(Git.use(use), toolFailure)

export const filesWords = (files: number): string => `${files} ${files === 1 ? "file" : "files"}`
