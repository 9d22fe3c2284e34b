/** Refusals of a Vault that works: quotas, a replica that lags, tokens and policies. In the words of recorded answers. */
import { Effect } from "effect"
import type { Trouble } from "../Faults.ts"
import { deadToken, denied, Refusal, refusalResponse, refusedAs } from "../vault/Protocol.ts"
import type { WireRequest } from "../Wire.ts"
import { isStatus } from "./VaultState.ts"

const refusing = (
  happensTo: (request: WireRequest) => boolean,
  words: (path: string) => Refusal,
): Trouble<"vault"> => ({
  halves: ["vault"],
  happensTo,
  does: ({ request }) => Effect.sync(() => refusalResponse(words(JSON.stringify(request.path.replace("/v1/", ""))))),
})

const isWork = (request: WireRequest): boolean => !isStatus(request)

/** 429 of a rate limit quota, with the seconds after which the client may come back. */
export const rateLimit = (seconds: number): Trouble<"vault"> =>
  refusing(isWork, (path) => {
    const headers = {
      "retry-after": String(seconds),
      "x-ratelimit-limit": "1",
      "x-ratelimit-remaining": "0",
      "x-ratelimit-reset": String(seconds),
    }
    return new Refusal({ status: 429, errors: [`request path ${path}: rate limit quota exceeded`], headers })
  })

const LEASES = /^\/v1\/(?:.+\/(?:creds|sts)\/|auth\/.+\/login(?:\/|$)|auth\/token\/create(?:\/|$))/

/** 429 of a lease count quota, for whatever makes a lease; nobody knows when it will be better. */
export const leaseCount: Trouble<"vault"> = refusing(
  ({ path }) => LEASES.test(path),
  (path) => refusedAs(429, `request path ${path}: lease count quota exceeded`),
)

/** 412: the node has not heard of what the client has done already. */
export const missingState: Trouble<"vault"> = refusing(isWork, () => refusedAs(412, "required index state not present"))

/** 403 for every token: it expired, was revoked or never was. */
export const deadTokens: Trouble<"vault"> = refusing(
  (request) => isWork(request) && (request.headers["x-vault-token"] ?? request.headers["authorization"]) !== undefined,
  () => deadToken(),
)

/** 403 of a policy that does not let leases be revoked, or with `self` the token's own end either. */
export const deniedRevoke = (what: "leases" | "self" = "leases"): Trouble<"vault"> =>
  refusing(
    ({ path }) =>
      /^\/v1\/sys\/(?:leases\/)?revoke(?:\/|$)/.test(path) ||
      (what === "self" && path === "/v1/auth/token/revoke-self"),
    () => denied(),
  )
