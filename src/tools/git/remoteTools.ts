/** The git tools that deal with remotes. */
import { Effect, Schema } from "effect"
import { late } from "../../core/Late.ts"
import { count } from "../AwsFields.ts"
import { guarded } from "../Guarded.ts"
import { author, bounded, branch, credential, oid, reads, remote, repo, writes } from "./shapes.ts"

const remotes = late(() => import("./remote.ts"))

export const remoteTools = [
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
