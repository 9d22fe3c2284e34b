/** Remotes: which there are, and fetching from and pushing to one with a credential that is used for that alone. */
import { Effect, Redacted, type Scope } from "effect"
import { oneLine } from "../core/Text.ts"
import { remoteNames } from "./Branches.ts"
import { type GitError, gitError } from "./GitError.ts"
import type { Credential, Remote } from "./GitModel.ts"
import { remoteHttp, type RemoteHttp } from "./Http.ts"
import { isBranchName } from "./Refs.ts"
import { shownUrl, urlProblem } from "./RemoteUrl.ts"
import { outcomeUnknown, remoteError } from "./RemoteWords.ts"
import type { Common, Repo } from "./Repo.ts"
import { inWords } from "./Words.ts"

/** A remote that may be used. */
export interface Target {
  readonly name: string
  readonly url: string
}

/** The remotes of the config, each with what is wrong with it. */
export const listRemotes = Effect.fnUntraced(function* (repo: Repo): Effect.fn.Return<ReadonlyArray<Remote>, GitError> {
  const remotes = yield* repo.call((git, { dir, fs, gitdir }) => git.listRemotes({ fs, dir, gitdir }))
  return remotes.map(({ remote, url }) => {
    const problem = urlProblem(url)
    return { name: remote, url: shownUrl(url), ...(problem === undefined ? {} : { problem }) }
  })
})

/** The remote of that name; only those of the config are ever used. */
export const targetOf = Effect.fnUntraced(function* (
  repo: Repo,
  name: string,
  use: "pull" | "push",
): Effect.fn.Return<Target, GitError> {
  const names = yield* remoteNames(repo)
  if (!names.includes(name))
    return yield* gitError(
      "git_unknown_remote",
      `This repository has no remote ${oneLine(name, 100)}. ${names.length === 0 ? "It has none at all; git_clone brings one along." : `It has: ${names.join(", ")}.`}`,
    )
  const push = use === "push" ? yield* repo.config(`remote.${name}.pushurl`) : undefined
  const url = push ?? (yield* repo.config(`remote.${name}.url`)) ?? ""
  const problem = urlProblem(url)
  if (problem !== undefined)
    return yield* gitError(
      "git_remote_refused",
      `The address of ${name} is not used: ${problem}. Nothing was sent. Change it with: git remote set-url ${name} https://…`,
    )
  return { name, url }
})

/** Fetching writes where the config says; anything but remote-tracking branches would lose local ones. */
const refuseOddRefspecs = Effect.fnUntraced(function* (repo: Repo, remote: string): Effect.fn.Return<void, GitError> {
  const specs = yield* repo.call((git, { dir, fs, gitdir }) =>
    git.getConfigAll({ fs, dir, gitdir, path: `remote.${remote}.fetch` }),
  )
  const fine = specs.every((spec: unknown) => typeof spec === "string" && spec.includes(`:refs/remotes/${remote}/`))
  if (!fine || specs.length === 0)
    return yield* gitError(
      "git_unsupported",
      `The config says to fetch from ${remote} into other places than refs/remotes/${remote}/, which could overwrite branches. Use git itself.`,
    )
})

/** How long everything that is asked of a remote may take together: what trickles in for longer is given up. */
const LONGEST = "20 minutes"

/** A credential goes nowhere but to the hosts it is meant for. */
const refuseStranger = (url: string, credential: Credential | undefined): Effect.Effect<void, GitError> => {
  const { host, hostname } = new URL(url)
  return credential?.hosts === undefined || credential.hosts.some((one) => one === host || one === hostname)
    ? Effect.void
    : Effect.fail(
        gitError(
          "git_auth_refused",
          `The credential is meant for ${oneLine(credential.hosts.join(", "), 200)}, so it is not sent to ${oneLine(host, 100)}. Nothing was sent.`,
        ),
      )
}

/** Asks a remote; the credential is handed over only where it asks for one, and only to its own origin. */
const talk = <A>(
  repo: Repo,
  target: Target,
  credential: Credential | undefined,
  use: (git: Repo["library"]["git"], common: Common & Talk) => Promise<A>,
): Effect.Effect<A, GitError> =>
  Effect.scoped(
    Effect.gen(function* (): Effect.fn.Return<A, GitError, Scope.Scope> {
      yield* refuseStranger(target.url, credential)
      const http = yield* remoteHttp(target.url)
      const onAuth = (url: string) =>
        credential === undefined || new URL(url).origin !== new URL(target.url).origin
          ? undefined
          : { username: credential.username, password: Redacted.value(credential.token) }
      return yield* Effect.tryPromise({
        try: (signal) => {
          signal.addEventListener("abort", () => {
            repo.fs.aborted = true
          })
          // An empty proxy: one from the repository's config would hear everything.
          return use(repo.library.git, {
            ...repo.common,
            http,
            onAuth,
            url: target.url,
            remote: target.name,
            corsProxy: "",
          })
        },
        catch: (error) => remoteError(error, target.url, http, credential),
      }).pipe(
        Effect.timeoutOrElse({
          duration: LONGEST,
          orElse: () =>
            Effect.fail(
              http.pushed()
                ? outcomeUnknown(`nothing for ${LONGEST}`)
                : gitError("git_unreachable", `${shownUrl(target.url)} did not come to an end within ${LONGEST}.`),
            ),
        }),
      )
    }),
  )

interface Talk {
  readonly http: RemoteHttp
  readonly onAuth: (url: string) => { readonly username: string; readonly password: string } | undefined
  readonly url: string
  readonly remote: string
  readonly corsProxy: string
}

/** What came of a fetch: the commit of the branch that was asked for, and the remote's own choice of a branch. */
export interface Fetched {
  readonly oid: string | undefined
  readonly defaultBranch: string | undefined
}

/** Fetches the remote's branches. Its refs move here only when their commits have arrived. */
export const fetchFrom = Effect.fnUntraced(function* (
  repo: Repo,
  target: Target,
  credential: Credential | undefined,
  what: { readonly branch: string | undefined; readonly depth?: number | undefined; readonly tags?: boolean },
): Effect.fn.Return<Fetched, GitError> {
  yield* refuseOddRefspecs(repo, target.name)
  repo.fs.hold()
  const found = yield* talk(repo, target, credential, (git, common) =>
    git.fetch({
      ...common,
      tags: what.tags ?? false,
      singleBranch: what.depth !== undefined,
      ...(what.branch === undefined ? {} : { ref: what.branch, remoteRef: `refs/heads/${what.branch}` }),
      ...(what.depth === undefined ? {} : { depth: what.depth }),
    }),
  ).pipe(
    Effect.mapError((error) =>
      error.code === "git_unknown_ref"
        ? gitError("git_unknown_ref", `${target.name} has no branch ${what.branch ?? ""}. Nothing was changed.`)
        : error,
    ),
  )
  const oid = found.fetchHead ?? undefined
  if (oid !== undefined) yield* repo.call((git, common) => git.readTree({ ...common, oid }))
  yield* Effect.uninterruptible(Effect.tryPromise({ try: () => repo.fs.release(), catch: inWords }))
  const branch = found.defaultBranch?.replace(/^refs\/heads\//, "")
  return { oid, defaultBranch: branch !== undefined && isBranchName(branch) ? branch : undefined }
})

/** Pushes a branch. The remote takes it only while its own is what was seen. */
export const pushTo = (
  repo: Repo,
  target: Target,
  credential: Credential | undefined,
  what: { readonly branch: string; readonly remoteBranch: string; readonly force: boolean },
): Effect.Effect<void, GitError> =>
  Effect.asVoid(
    talk(repo, target, credential, (git, common) =>
      git.push({
        ...common,
        ref: `refs/heads/${what.branch}`,
        remoteRef: `refs/heads/${what.remoteBranch}`,
        force: what.force,
      }),
    ),
  )
