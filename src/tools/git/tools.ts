/** The git toolset: repositories below the git root. It is off unless asked for, and runs no hook, filter or helper. */
import { Effect, Schema } from "effect"
import { late } from "../../core/Late.ts"
import { count, cursor } from "../AwsFields.ts"
import { guarded } from "../Guarded.ts"
import { branchTools } from "./branchTools.ts"
import { remoteTools } from "./remoteTools.ts"
import { author, bounded, branch, oid, paths, reads, repo, Told, writes } from "./shapes.ts"

// Loaded at the first call: a server that is only asked for its list starts without them.
const handlers = late(() => import("./handlers.ts"))

export const gitTools = [
  guarded({
    name: "git_status",
    title: "Git status",
    description:
      "Shows where a repository stands: branch, staged and unstaged changes, untracked files, conflicts. Changes nothing.",
    toolset: "git",
    annotations: reads,
    input: Schema.Struct({ repo, limit: Schema.optionalKey(count(1, 1000, "paths of each kind, default 200")) }),
    output: Schema.Struct({
      branch,
      commit: Schema.optionalKey(oid),
      clean: Schema.Boolean,
      staged: Told,
      staged_count: Schema.Finite,
      unstaged: Told,
      unstaged_count: Schema.Finite,
      untracked: Schema.Array(Schema.String),
      untracked_count: Schema.Finite,
      conflicts: Schema.Array(Schema.String),
      message: Schema.String,
    }),
    handler: (input) => Effect.flatMap(handlers, (load) => load.status(input)),
  }),
  guarded({
    name: "git_add",
    title: "Git add",
    description:
      "Stages files for the next commit: new, changed and deleted ones, a folder with all that is in it. Ignored files are never staged.",
    toolset: "git",
    annotations: { ...writes, idempotent: true },
    input: Schema.Struct({ repo, paths: paths.annotate({ description: "relative to the repository; . for all" }) }),
    output: Schema.Struct({
      added: Schema.Finite,
      modified: Schema.Finite,
      deleted: Schema.Finite,
      skipped: Schema.Array(Schema.String),
      message: Schema.String,
    }),
    handler: (input) => Effect.flatMap(handlers, (load) => load.add(input)),
  }),
  guarded({
    name: "git_commit",
    title: "Git commit",
    description: "Commits what git_add staged. Runs no hooks, signs nothing, never amends.",
    toolset: "git",
    annotations: writes,
    input: Schema.Struct({ repo, message: bounded("first line, blank line, details", 20_000), ...author }),
    output: Schema.Struct({ commit: oid, branch, files: Schema.Finite, message: Schema.String }),
    handler: (input) => Effect.flatMap(handlers, (load) => load.commit(input)),
  }),
  guarded({
    name: "git_log",
    title: "Git log",
    description: "Lists commits, the latest first, of a branch, tag or commit; with path only those that changed it.",
    toolset: "git",
    annotations: reads,
    input: Schema.Struct({
      repo,
      ref: Schema.optionalKey(bounded("branch, tag, commit or HEAD~2; default HEAD", 250)),
      path: Schema.optionalKey(bounded("file or folder", 1024)),
      limit: Schema.optionalKey(count(1, 100, "default 20")),
      cursor,
    }),
    output: Schema.Struct({
      commits: Schema.Array(
        Schema.Struct({
          commit: oid,
          parents: Schema.Array(oid),
          author_name: Schema.String,
          author_email: Schema.String,
          date: Schema.String,
          message: Schema.String,
        }),
      ),
      next_cursor: Schema.optionalKey(Schema.String),
    }),
    handler: (input) => Effect.flatMap(handlers, (load) => load.log(input)),
  }),
  guarded({
    name: "git_diff",
    title: "Git diff",
    description:
      "Shows changes as a patch: by default those not yet staged; staged: true those staged; from and to those between commits; to alone those of one commit.",
    toolset: "git",
    annotations: reads,
    input: Schema.Struct({
      repo,
      staged: Schema.optionalKey(Schema.Boolean),
      from: Schema.optionalKey(bounded("branch, tag or commit; without to: compared with the work tree", 250)),
      to: Schema.optionalKey(bounded("branch, tag or commit", 250)),
      paths: Schema.optionalKey(paths.annotate({ description: "files or folders" })),
      max_chars: Schema.optionalKey(count(1000, 200_000, "of patch, default 20000")),
      cursor,
    }),
    output: Schema.Struct({
      files: Told,
      files_count: Schema.Finite,
      patch: Schema.String,
      next_cursor: Schema.optionalKey(Schema.String),
      message: Schema.optionalKey(Schema.String),
    }),
    handler: (input) => Effect.flatMap(handlers, (load) => load.diff(input)),
  }),
  ...branchTools,
  ...remoteTools,
] as const
