/** What goes wrong with a remote, in words: refused, silent, or with an outcome that nobody knows. */
import { oneLine } from "../core/Text.ts"
import { type GitError, gitError } from "./GitError.ts"
import { noAnswer, type RemoteHttp } from "./Http.ts"
import type { Credential } from "./GitModel.ts"
import { shownUrl } from "./RemoteUrl.ts"
import { inWords } from "./Words.ts"

const statusOf = (error: unknown): { readonly status: number; readonly said: string } | undefined => {
  if (typeof error !== "object" || error === null || !("code" in error) || error.code !== "HttpError") return undefined
  if (!("data" in error) || typeof error.data !== "object" || error.data === null) return undefined
  const { response, statusCode } = error.data as { readonly statusCode?: unknown; readonly response?: unknown } // looked at next
  return { status: Number(statusCode), said: typeof response === "string" ? oneLine(response, 200) : "" }
}

const refusal = (status: number, said: string, url: string, credential: Credential | undefined): GitError => {
  const where = shownUrl(url)
  if (status === 401 && credential === undefined)
    return gitError(
      "git_auth_required",
      `${where} asks for a credential. Name one with the argument credential: a path in Vault (such as secret/git) whose data has username and token; or set VAULT_AWS_MCP_GIT_CREDENTIAL.`,
    )
  if (status === 401 || status === 403)
    return gitError(
      "git_auth_refused",
      `${where} refuses ${credential === undefined ? "the request" : "the credential"} (status ${status}). Check that it is valid, and that it may do this there.${said === "" ? "" : ` It says: ${said}`}`,
    )
  if (status === 404)
    return gitError(
      "git_unknown_remote",
      `${where} knows no such repository, or does not show it without ${credential === undefined ? "a credential" : "another credential"} (status 404).`,
    )
  return gitError(
    "git_unreachable",
    `${where} answered with status ${status}.${said === "" ? "" : ` It says: ${said}`}`,
  )
}

export const outcomeUnknown = (detail: string): GitError =>
  gitError(
    "git_outcome_unknown",
    `No answer came to the push (${detail}): the remote may have taken it or not. Look with git_pull before it is repeated.`,
  )

/** What went wrong while talking to a remote. */
export const remoteError = (
  error: unknown,
  url: string,
  http: RemoteHttp,
  credential: Credential | undefined,
): GitError => {
  const answered = statusOf(error)
  if (answered !== undefined && !(http.pushed() && answered.status >= 500))
    return refusal(answered.status, answered.said, url, credential)
  const silent = noAnswer(error)
  const known = error instanceof Error && "code" in error ? error.code : undefined
  if (known === "PushRejectedError")
    return gitError(
      "git_not_fast_forward",
      "The remote's branch has commits that are not in yours, so nothing was pushed. Get them with git_pull, then push again. (force: true would throw them away.)",
    )
  if (known === "GitPushError")
    return gitError(
      "git_rejected",
      `The remote did not take it: ${oneLine(error instanceof Error ? error.message : "", 400)}`,
    )
  if (http.pushed() && !(error instanceof Error && error.name === "GitError"))
    return outcomeUnknown(`${silent ?? answered?.status ?? "unreadable"}`)
  if (silent !== undefined)
    return gitError(
      "git_unreachable",
      `${shownUrl(url)} cannot be reached: ${silent}. Check the address and the network.`,
    )
  if (known === "SmartHttpError" || known === "ParseError")
    return gitError("git_unreachable", `${shownUrl(url)} does not answer as a git server does. Check the address.`)
  return inWords(error)
}
