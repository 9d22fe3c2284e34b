/** What a caller asks of VaultHttp, and the HTTP request it becomes. Pure. */
import { Redacted } from "effect"
import { HttpClientRequest } from "effect/http"
import type { LeaseId } from "../core/Ids.ts"
import { VERSION } from "../core/Version.ts"
import type { Trouble } from "./Trouble.ts"
import { unquoted } from "./Unquoted.ts"
import type { VaultToken } from "./VaultModel.ts"
import { OutcomeUnknown, type VaultReason } from "./VaultReason.ts"

/** A request as its caller means it. */
export interface VaultCall {
  readonly method: "GET" | "POST" | "PUT" | "DELETE"
  /** Below `/v1/`, each part unencoded. */
  readonly path: ReadonlyArray<string>
  readonly query?: Readonly<Record<string, string>>
  readonly body?: Readonly<Record<string, unknown>>
  /** `once`: never sent again after it may have reached Vault, since each one makes something new. */
  readonly sent: "once" | "repeatable"
  /** Its answer may hold a new lease: handed over even when it cannot be read, so that the lease can be given back. */
  readonly leases?: true
  /** Its token opens once and is used up by any request: nothing else may be asked with it. */
  readonly spendsToken?: true
  /** Its body holds secrets that are not ours: of a refusal nothing is quoted that might repeat them. */
  readonly carriesSecrets?: true
  /** For words about a refusal. */
  readonly subject?: { readonly mount: string; readonly role: string }
  readonly lease?: LeaseId
  /** Status codes above 299 that are answers here, as those of `sys/health`. */
  readonly answers?: ReadonlyArray<number>
}

/**
 * The request of `call` at `url`. The token goes as a bearer, which Vault takes like X-Vault-Token and which Effect
 * redacts wherever a request is inspected. X-Vault-Request is what an Agent or Proxy listener may insist on.
 */
export const requestOf = (
  url: URL,
  token: VaultToken | undefined,
  namespace: string | undefined,
  call: VaultCall,
): HttpClientRequest.HttpClientRequest => {
  const bare = HttpClientRequest.make(call.method)(url, {
    headers: {
      accept: "application/json",
      "user-agent": `vault-aws-mcp/${VERSION}`,
      "x-vault-request": "true",
      ...(namespace === undefined || namespace === "" ? {} : { "x-vault-namespace": namespace }),
    },
  })
  const named = token === undefined ? bare : HttpClientRequest.bearerToken(bare, token)
  return call.body === undefined ? named : HttpClientRequest.bodyJsonUnsafe(named, call.body)
}

/** Whether the token can be a header's value at all; a file with anything else in it holds no token. */
export const isSendable = (token: VaultToken): boolean => /^[\x21-\x7e]{1,8192}$/.test(Redacted.value(token))

/** Whether another attempt is safe for this call, and of use. */
export const mayRepeat = (trouble: Trouble, call: VaultCall): boolean =>
  trouble.transient && (trouble.processed === "no" || call.sent === "repeatable")

/** The reason a caller is given in the end: a request that must not be repeated has its own word for silence. */
export const finalReason = (trouble: Trouble, call: VaultCall): VaultReason => {
  const reason =
    call.sent === "once" && trouble.processed === "unknown"
      ? new OutcomeUnknown({ path: call.path.join("/"), detail: silence(trouble.reason) })
      : trouble.reason
  return call.carriesSecrets === true ? unquoted(reason) : reason
}

const silence = (reason: VaultReason): string => {
  if (reason._tag === "Unreachable") return reason.detail
  return reason._tag === "Server" ? `status ${reason.status} from something in between` : reason.code
}
