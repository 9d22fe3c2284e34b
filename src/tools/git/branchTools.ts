/** The git tools about branches. */
import { Effect, Schema } from "effect"
import { late } from "../../core/Late.ts"
import { guarded } from "../Guarded.ts"
import { bounded, Branch, branchName, oid, reads, repo, writes } from "./shapes.ts"

const branches = late(() => import("./branches.ts"))

export const branchTools = [
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
] as const
