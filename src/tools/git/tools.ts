/** The git toolset: repositories below the git root. It is off unless asked for, and runs no hook, filter or helper. */
import { Effect, Schema } from "effect"
import { late } from "../../core/Late.ts"
import { count, cursor } from "../AwsFields.ts"
import { guarded } from "../Guarded.ts"
import { author, bounded, branch, Branch, branchName, credential, oid, paths, remote, repo, Told } from "./shapes.ts"

// Loaded at the first call: a server that is only asked for its list starts without them.
const handlers = late(() => import("./handlers.ts"))
const branches = late(() => import("./branches.ts"))
const remotes = late(() => import("./remote.ts"))

const reads = { readOnly: true, destructive: false, idempotent: true, openWorld: false }
const writes = { readOnly: false, destructive: false, idempotent: false, openWorld: false }

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
  guarded({
    name: "git_branch_list",
    title: "List git branches",
    description: "Lists the branches, which of them is checked out, and what each pulls from.",
    toolset: "git",
    annotations: reads,
    input: Schema.Struct({
      repo,
      remotes: Schema.optionalKey(Schema.Boolean.annotate({ description: "also those of remotes, as last fetched" })),
    }),
    output: Schema.Struct({ branches: Schema.Array(Branch), total: Schema.Finite }),
    handler: (input) => Effect.flatMap(branches, (load) => load.branchList(input)),
  }),
  guarded({
    name: "git_branch_create",
    title: "Create git branch",
    description: "Makes a branch, at HEAD or at start. Does not switch to it: git_branch_switch does.",
    toolset: "git",
    annotations: writes,
    input: Schema.Struct({
      repo,
      branch: branchName,
      start: Schema.optionalKey(bounded("branch, tag or commit; default HEAD", 250)),
    }),
    output: Schema.Struct({ branch: Schema.String, commit: oid, message: Schema.String }),
    handler: (input) => Effect.flatMap(branches, (load) => load.branchCreate(input)),
  }),
  guarded({
    name: "git_branch_switch",
    title: "Switch git branch",
    description:
      "Checks a branch out; one that only a remote has is made here first. Refuses, and changes nothing, where it would overwrite changed or untracked files.",
    toolset: "git",
    annotations: { ...writes, idempotent: true },
    input: Schema.Struct({ repo, branch: branchName }),
    output: Schema.Struct({ branch: Schema.String, commit: oid, files: Schema.Finite, message: Schema.String }),
    handler: (input) => Effect.flatMap(branches, (load) => load.branchSwitch(input)),
  }),
  guarded({
    name: "git_branch_delete",
    title: "Delete git branch",
    description:
      "Deletes a local branch. Refuses the one that is checked out, and one whose commits nothing else keeps, unless force is true.",
    toolset: "git",
    annotations: { ...writes, destructive: true },
    input: Schema.Struct({
      repo,
      branch: branchName,
      force: Schema.optionalKey(Schema.Boolean.annotate({ description: "also when its commits would be lost" })),
    }),
    output: Schema.Struct({ branch: Schema.String, commit: oid, message: Schema.String }),
    handler: (input) => Effect.flatMap(branches, (load) => load.branchDelete(input)),
  }),
  guarded({
    name: "git_pull",
    title: "Git pull",
    description:
      "Fetches a branch and brings it into the one that is checked out: fast-forward, else a merge commit. Conflicts are told by path and nothing is changed then; changed and untracked files are never overwritten.",
    toolset: "git",
    annotations: { ...writes, openWorld: true },
    input: Schema.Struct({
      repo,
      remote,
      branch: Schema.optionalKey(bounded("the remote's branch; default the one set for this branch", 200)),
      credential,
      ...author,
    }),
    output: Schema.Struct({
      result: Schema.Literals(["up_to_date", "fast_forward", "merge"]),
      branch: Schema.String,
      from: Schema.optionalKey(oid),
      to: oid,
      files: Schema.Finite,
      message: Schema.String,
    }),
    handler: (input) => Effect.flatMap(remotes, (load) => load.pull(input)),
  }),
  guarded({
    name: "git_push",
    title: "Git push",
    description:
      "Pushes a branch to a remote. Refuses what is not a fast-forward; force: true replaces the remote's branch and needs access full. Never pushes tags, never deletes.",
    toolset: "git",
    annotations: { readOnly: false, destructive: true, idempotent: true, openWorld: true },
    input: Schema.Struct({
      repo,
      remote,
      branch: Schema.optionalKey(bounded("local branch, default the one that is checked out", 200)),
      credential,
      force: Schema.optionalKey(Schema.Boolean.annotate({ description: "throws away what only the remote has" })),
    }),
    output: Schema.Struct({
      branch: Schema.String,
      remote: Schema.String,
      remote_branch: Schema.String,
      commit: oid,
      message: Schema.String,
    }),
    demands: ({ force }) => force === true,
    handler: (input) => Effect.flatMap(remotes, (load) => load.push(input)),
  }),
  guarded({
    name: "git_clone",
    title: "Git clone",
    description:
      "Clones a repository into a new folder below the git root. Only https (http on this machine); an address with a password is refused. Submodules and LFS contents are not fetched.",
    toolset: "git",
    annotations: { ...writes, openWorld: true },
    input: Schema.Struct({
      url: bounded("https address", 2048),
      directory: Schema.optionalKey(bounded("below the git root, default the repository's name", 1024)),
      branch: Schema.optionalKey(bounded("default the remote's own", 200)),
      depth: Schema.optionalKey(count(1, 100_000, "commits of history, default all")),
      credential,
    }),
    output: Schema.Struct({
      repo: Schema.String,
      branch,
      commit: Schema.optionalKey(oid),
      files: Schema.Finite,
      message: Schema.String,
    }),
    handler: (input) => Effect.flatMap(remotes, (load) => load.clone(input)),
  }),
  guarded({
    name: "git_remote_list",
    title: "List git remotes",
    description: "Lists the remotes of a repository with their addresses, and why one may not be used.",
    toolset: "git",
    annotations: reads,
    input: Schema.Struct({ repo }),
    output: Schema.Struct({
      remotes: Schema.Array(
        Schema.Struct({ name: Schema.String, url: Schema.String, problem: Schema.optionalKey(Schema.String) }),
      ),
    }),
    handler: (input) => Effect.flatMap(remotes, (load) => load.remoteList(input)),
  }),
] as const
