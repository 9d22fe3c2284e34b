/** The IAM users that an AWS engine makes for a lease and deletes at its end, call by call as Vault does. */
import { Clock, Effect, Result } from "effect"
import { type AskAws, passedOn } from "./AwsConfig.ts"
import type { AwsRole } from "./AwsRoles.ts"
import { type AwsRefused, needed } from "./AwsUpstream.ts"
import { EngineFailure, type Refusal } from "./Protocol.ts"
import { elements, elementText, memberTexts } from "./Xml.ts"

/** For this long a user that AWS does not know counts as a failure: IAM may not have heard of it yet. */
const MIN_ROLLBACK_AGE = 5 * 60 * 1000

/** The steps between the user and its key, with Vault's words for a refusal of each. */
const furnish = (user: string, role: AwsRole): ReadonlyArray<readonly [string, string, Record<string, string>]> => [
  ...(role.policyArns ?? []).map(
    (arn) => ["Error attaching user policy", "AttachUserPolicy", { UserName: user, PolicyArn: arn }] as const,
  ),
  ...(role.policyDocument === ""
    ? []
    : [
        [
          "Error putting user policy",
          "PutUserPolicy",
          { UserName: user, PolicyName: user, PolicyDocument: role.policyDocument },
        ] as const,
      ]),
  ...(role.iamGroups ?? []).map(
    (group) => ["Error adding user to group", "AddUserToGroup", { UserName: user, GroupName: group }] as const,
  ),
  ...(role.iamTags === undefined || Object.keys(role.iamTags).length === 0
    ? []
    : [["Error adding tags to user", "TagUser", { UserName: user, ...tagParams(role.iamTags) }] as const]),
]

const tagParams = (tags: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(tags).flatMap(([key, value], index) => [
      [`Tags.member.${index + 1}.Key`, key],
      [`Tags.member.${index + 1}.Value`, value],
    ]),
  )

/** Makes a user with the role's policies and a key. What was made is removed again when a later step is refused. */
export const makeUser = Effect.fnUntraced(function* (
  ask: AskAws,
  user: string,
  role: AwsRole,
): Effect.fn.Return<{ readonly accessKey: string; readonly secretKey: string }, Refusal> {
  const params = {
    UserName: user,
    ...(role.userPath === "" ? {} : { Path: role.userPath }),
    ...(role.permissionsBoundary === "" ? {} : { PermissionsBoundary: role.permissionsBoundary }),
  }
  yield* Effect.mapError(ask("iam", "CreateUser", params), passedOn("Error creating IAM user"))
  const rest = Effect.gen(function* () {
    for (const [doing, action, input] of furnish(user, role))
      yield* Effect.mapError(ask("iam", action, input), passedOn(doing))
    const xml = yield* ask("iam", "CreateAccessKey", { UserName: user })
    return { accessKey: yield* needed(xml, "AccessKeyId"), secretKey: yield* needed(xml, "SecretAccessKey") }
  }).pipe(
    Effect.mapError((error) => (error._tag === "AwsRefused" ? passedOn("Error creating access keys")(error) : error)),
  )
  return yield* Effect.tapError(rest, () => Effect.ignore(emptyUser(ask, user)))
})

/** Takes everything off a user and deletes it. */
const emptyUser = Effect.fnUntraced(function* (ask: AskAws, user: string): Effect.fn.Return<void, AwsRefused> {
  const named = { UserName: user }
  const groups = yield* ask("iam", "ListGroupsForUser", named)
  const inline = yield* ask("iam", "ListUserPolicies", named)
  const attached = yield* ask("iam", "ListAttachedUserPolicies", named)
  const keys = yield* ask("iam", "ListAccessKeys", named)
  for (const inner of elements(elements(keys, "AccessKeyMetadata")[0] ?? "", "member"))
    yield* ask("iam", "DeleteAccessKey", { ...named, AccessKeyId: elementText(inner, "AccessKeyId") ?? "" })
  for (const inner of elements(elements(attached, "AttachedPolicies")[0] ?? "", "member"))
    yield* ask("iam", "DetachUserPolicy", { ...named, PolicyArn: elementText(inner, "PolicyArn") ?? "" })
  for (const policy of memberTexts(inline, "PolicyNames"))
    yield* ask("iam", "DeleteUserPolicy", { ...named, PolicyName: policy })
  for (const inner of elements(elements(groups, "Groups")[0] ?? "", "member"))
    yield* ask("iam", "RemoveUserFromGroup", { ...named, GroupName: elementText(inner, "GroupName") ?? "" })
  yield* ask("iam", "DeleteUser", named)
})

/** Deletes a user at the end of its lease; `issuedAt` in milliseconds. */
export const removeUser = Effect.fnUntraced(function* (
  ask: AskAws,
  user: string,
  issuedAt: number,
): Effect.fn.Return<void, EngineFailure> {
  const done = yield* Effect.result(emptyUser(ask, user))
  if (Result.isSuccess(done)) return
  const age = (yield* Clock.currentTimeMillis) - issuedAt
  if (done.failure.code === "NoSuchEntity" && age >= MIN_ROLLBACK_AGE) return
  return yield* new EngineFailure({ text: done.failure.text })
})
