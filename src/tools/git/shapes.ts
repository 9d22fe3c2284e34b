/** Arguments and members that the git tools share. */
import { Schema } from "effect"
import { text } from "../AwsFields.ts"

/** Longer ones are slips. */
export const bounded = (what: string, most: number) =>
  text(what).check(
    Schema.makeFilter((one: string) => (one !== "" && one.length <= most) || `expected 1 to ${most} characters`),
  )

export const repo = Schema.optionalKey(bounded("folder of the repository below the git root, default .", 1024))
export const paths = Schema.Array(bounded("", 1024)).check(
  Schema.makeFilter(
    (list: ReadonlyArray<string>) => (list.length > 0 && list.length <= 1000) || "expected 1 to 1000 paths",
  ),
)
export const oid = Schema.String
export const branch = Schema.optionalKey(Schema.String)
export const Told = Schema.Array(
  Schema.Struct({ path: Schema.String, change: Schema.String, from: Schema.optionalKey(Schema.String) }),
)
export const author = {
  author_name: Schema.optionalKey(bounded("default user.name of the repository's config", 200)),
  author_email: Schema.optionalKey(bounded("default user.email", 200)),
}

export const Branch = Schema.Struct({
  branch: Schema.String,
  commit: oid,
  current: Schema.Boolean,
  upstream: Schema.optionalKey(Schema.String),
})
export const branchName = bounded("name of the branch", 200)
export const remote = Schema.optionalKey(
  bounded("name of a remote in the config; default the branch's own, else origin", 200),
)
export const credential = Schema.optionalKey(
  bounded("Vault path whose data has username and token, such as secret/git; used for this call alone", 512),
)

/** Hints of the tools that only look, and of those that change a repository. */
export const reads = { readOnly: true, destructive: false, idempotent: true, openWorld: false }
export const writes = { readOnly: false, destructive: false, idempotent: false, openWorld: false }
