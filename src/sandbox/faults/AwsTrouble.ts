/** Trouble of AWS's own: sessions that are over, too many calls, and an IAM that is slow to know its new users. */
import { Clock, Effect } from "effect"
import { noSuchEntity } from "../aws/IamShared.ts"
import { type IamUser, ROOT_USER } from "../aws/Identity.ts"
import { paramsOf, serviceOf } from "../aws/Protocol.ts"
import { refusal } from "../aws/Refusals.ts"
import type { Scene, Trouble } from "../Faults.ts"
import { authorizationOf } from "../SigV4.ts"
import { queryPairs, type WireRequest } from "../Wire.ts"

const hasSession = (request: WireRequest): boolean =>
  request.headers["x-amz-security-token"] !== undefined ||
  queryPairs(request.query).some(([name]) => name === "X-Amz-Security-Token")

/** Session credentials are over, in each service's own words; Vault's own key is none and goes on working. */
export const expired: Trouble<"aws"> = {
  halves: ["aws"],
  happensTo: hasSession,
  does: ({ backstage, request }) => backstage.aws.refuse(request, (protocol) => refusal(protocol, "expired")),
}

/** Too many calls, in each service's own words. At `AssumeRole` it becomes Vault's 502. */
export const throttled: Trouble<"aws"> = {
  halves: ["aws"],
  does: ({ backstage, request }) => backstage.aws.refuse(request, (protocol) => refusal(protocol, "throttled")),
}

/** The calls with which Vault takes a user back; those that make one find it. */
const TAKES_BACK =
  /^(?:List(?:GroupsForUser|UserPolicies|AttachedUserPolicies|AccessKeys)|Delete(?:AccessKey|UserPolicy|User)|DetachUserPolicy|RemoveUserFromGroup)$/

/** The user whose new key signed a request, and the one that a request is to take back. */
const usersOf = ({ backstage, request }: Scene) => {
  const { keys, users } = backstage.aws.identity
  const signer = keys.get(authorizationOf(request)?.accessKeyId ?? "")?.user
  const params = serviceOf(request) === "iam" ? paramsOf(request) : new Map<string, string>()
  const taken = TAKES_BACK.test(params.get("Action") ?? "")
    ? [...users.values()].find(({ name }) => name === params.get("UserName"))
    : undefined
  return { signer, taken }
}

/**
 * IAM is so many milliseconds behind: a new user's key is unknown everywhere, and taking the user back finds nobody,
 * which makes a revocation in Vault fail. Vault's own user is an old one.
 */
export const iamLag = (millis: number): Trouble<"aws"> => ({
  halves: ["aws"],
  does: Effect.fnUntraced(function* (scene) {
    const { backstage, request, rest } = scene
    const { signer, taken } = usersOf(scene)
    const now = yield* Clock.currentTimeMillis
    const isNew = (user: IamUser | undefined): boolean =>
      user !== undefined && user.name !== ROOT_USER.name && now - user.createdAt < millis
    if (isNew(signer)) return yield* backstage.aws.refuse(request, (protocol) => refusal(protocol, "unknownKey"))
    if (taken !== undefined && isNew(taken)) {
      const words = noSuchEntity(`The user with name ${taken.name} cannot be found.`)
      return yield* backstage.aws.refuse(request, () => words)
    }
    return yield* rest(request)
  }),
})
