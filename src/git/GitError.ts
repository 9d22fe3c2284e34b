/** The one error of this folder: why nothing (or what little) was done, in words for people and by a code for programs. */
import { Schema } from "effect"

export const GIT_CODES = [
  "git_root_missing",
  "git_outside",
  "git_no_repository",
  "git_unsafe",
  "git_unsupported",
  "git_unknown_ref",
  "git_bad_name",
  "git_exists",
  "git_author_missing",
  "git_nothing_to_commit",
  "git_no_such_path",
  "git_unmerged",
  "git_would_overwrite",
  "git_conflict",
  "git_not_fast_forward",
  "git_not_merged",
  "git_detached",
  "git_unborn",
  "git_no_upstream",
  "git_unknown_remote",
  "git_remote_refused",
  "git_unreachable",
  "git_auth_required",
  "git_auth_refused",
  "git_rejected",
  "git_outcome_unknown",
  "git_locked",
  "git_too_large",
  "git_broken",
] as const
export type GitCode = (typeof GIT_CODES)[number]

/** `what` says what failed, why and what to do next. No field ever holds a secret. */
export class GitError extends Schema.TaggedError<GitError>()("GitError", {
  code: Schema.Literals(GIT_CODES),
  what: Schema.String,
}) {
  /** Whether the remote may have taken it all the same. */
  get unsure(): boolean {
    return this.code === "git_outcome_unknown"
  }
  override get message(): string {
    return this.what
  }
}

export const gitError = (code: GitCode, what: string): GitError => new GitError({ code, what })

/** Paths in words: the first of them, and how many more there are. */
export const listed = (paths: ReadonlyArray<string>, most = 10): string =>
  paths.length <= most ? paths.join(", ") : `${paths.slice(0, most).join(", ")} and ${paths.length - most} more`
