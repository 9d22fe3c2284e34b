/** What the git tools do with remotes, each with a credential that is read for that one call. */
import { Effect } from "effect"
import type { Git } from "../../git/Git.ts"
import type { GitError } from "../../git/GitError.ts"
import { maybe } from "../AwsFields.ts"
import { ToolCall } from "../ToolCall.ts"
import { filesWords, repoOf, using, type Where } from "./Common.ts"
import { withCredential } from "./Credential.ts"

/**
 * Tells that it goes on, as long as it does: whoever waits would else take the silence of a large clone for a fault. It
 * ends by itself, since every wait for a remote has its limit.
 */
const alive = <A, E, R>(work: Effect.Effect<A, E, R>) =>
  Effect.flatMap(ToolCall, ({ progress }) => {
    let seconds = 0
    const tell = Effect.suspend(() =>
      progress({ progress: (seconds += 15), message: `the remote has been at it for ${seconds} s` }),
    )
    return Effect.raceFirst(work, Effect.forever(Effect.andThen(Effect.sleep("15 seconds"), tell)))
  })

const remotely = <A>(use: (git: Git["Service"]) => Effect.Effect<A, GitError>) => alive(using(use))

interface Remotely extends Where {
  readonly remote?: string
  readonly branch?: string
  readonly credential?: string
}

/** Brings in what a remote has. */
export const pull = Effect.fnUntraced(function* (
  input: Remotely & { readonly author_name?: string; readonly author_email?: string },
) {
  const { pulled, route } = yield* withCredential(input.credential, (credential) =>
    remotely((git) =>
      git.pull(repoOf(input), {
        credential,
        author: { ...maybe("name", input.author_name), ...maybe("email", input.author_email) },
        ...maybe("remote", input.remote),
        ...maybe("branch", input.branch),
      }),
    ),
  )
  const name = `${route.target.name}/${route.remoteBranch}`
  const words = {
    up_to_date: `${route.branch} has everything of ${name} already.`,
    fast_forward: `${route.branch} was moved forward to ${name}; ${filesWords(pulled.files)} changed.`,
    merge: `${name} was merged into ${route.branch} with a merge commit; ${filesWords(pulled.files)} changed.`,
  }
  return {
    result: pulled.kind,
    branch: route.branch,
    ...maybe("from", pulled.from),
    to: pulled.to,
    files: pulled.files,
    message: words[pulled.kind],
  }
})

/** Gives a remote what is here. */
export const push = Effect.fnUntraced(function* (input: Remotely & { readonly force?: boolean }) {
  const { follows, oid, route } = yield* withCredential(input.credential, (credential) =>
    remotely((git) =>
      git.push(repoOf(input), {
        credential,
        force: input.force ?? false,
        ...maybe("remote", input.remote),
        ...maybe("branch", input.branch),
      }),
    ),
  )
  const { branch, remoteBranch, target } = route
  return {
    branch,
    remote: target.name,
    remote_branch: remoteBranch,
    commit: oid,
    message: `${target.name}/${remoteBranch} is at ${oid.slice(0, 12)} now.${follows ? ` ${branch} pulls from there from now on.` : ""}`,
  }
})

/** A new repository. */
export const clone = Effect.fnUntraced(function* (input: {
  readonly url: string
  readonly directory?: string
  readonly branch?: string
  readonly depth?: number
  readonly credential?: string
}) {
  const { branch, depth, directory, url } = input
  const cloned = yield* withCredential(input.credential, (credential) =>
    remotely((git) => git.clone({ url, branch, depth, directory }, credential)),
  )
  return {
    repo: cloned.directory,
    ...maybe("branch", cloned.branch),
    ...maybe("commit", cloned.oid),
    files: cloned.files,
    message:
      cloned.oid === undefined
        ? `Cloned into ${cloned.directory}; the remote is empty, and has no commit yet.`
        : `Cloned into ${cloned.directory}: ${filesWords(cloned.files)} on ${cloned.branch ?? ""}. Give ${cloned.directory} as repo.`,
  }
})

/** The remotes. */
export const remoteList = Effect.fnUntraced(function* (input: Where) {
  return { remotes: yield* using((git) => git.remotes(repoOf(input))) }
})
