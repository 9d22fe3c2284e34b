/** What the operations of IAM have in common: finding whom they are about, pages, and the words of refusals. */
import { Effect } from "effect"
import { AwsRefusal } from "./AwsCall.ts"
import { type Identity, type IamRole, type IamUser, type PolicyHolder, userKeyOf } from "./Identity.ts"
import { type QueryCall, required, wholeWithin } from "./QueryService.ts"
import { element, leaf } from "./XmlElement.ts"

/** 404 for a user, key, policy or role that is not there. */
export const noSuchEntity = (message: string): AwsRefusal =>
  new AwsRefusal({ status: 404, code: "NoSuchEntity", message })

/** 409 for a name that is taken. */
export const entityExists = (message: string): AwsRefusal =>
  new AwsRefusal({ status: 409, code: "EntityAlreadyExists", message })

/** 409 for the delete of something that still has parts. */
export const deleteConflict = (what: string): AwsRefusal =>
  new AwsRefusal({ status: 409, code: "DeleteConflict", message: `Cannot delete entity, must ${what} first.` })

/** A policy document that is none. */
export const malformedPolicy: AwsRefusal = new AwsRefusal({
  status: 400,
  code: "MalformedPolicyDocument",
  message: "Syntax errors in policy.",
})

/**
 * The user an operation is about, once the caller may do it. Without a `UserName` it is the caller's own user, where
 * the operation knows that default (`own`).
 */
export const findUser = Effect.fnUntraced(function* (
  identity: Identity,
  call: QueryCall,
  own = false,
): Effect.fn.Return<IamUser, AwsRefusal> {
  const { credential } = call
  const ownName = own && credential._tag === "user" ? credential.key.user.name : undefined
  const name = call.params.get("UserName") ?? ownName ?? (yield* required(call, "UserName"))
  const account = call.principal.account
  const user = identity.users.get(userKeyOf(account, name))
  yield* call.allow(`iam:${call.params.get("Action")}`, user?.arn ?? `arn:aws:iam::${account}:user/${name}`)
  return user ?? (yield* noSuchEntity(`The user with name ${name} cannot be found.`))
})

/** The role an operation is about, once the caller may do it. */
export const findRole = Effect.fnUntraced(function* (
  identity: Identity,
  call: QueryCall,
): Effect.fn.Return<IamRole, AwsRefusal> {
  const name = yield* required(call, "RoleName")
  const account = call.principal.account
  const role = [...identity.roles.values()].find((role) => role.account === account && role.name === name)
  yield* call.allow(`iam:${call.params.get("Action")}`, role?.arn ?? `arn:aws:iam::${account}:role/${name}`)
  return role ?? (yield* noSuchEntity(`The role with name ${name} cannot be found.`))
})

/** `Path` of a new user or role; `/` when none was given. */
export const pathOf = (call: QueryCall): Effect.Effect<string, AwsRefusal> => {
  const path = call.params.get("Path") ?? "/"
  return /^\/(?:[!-.0-~]+\/)*$/.test(path)
    ? Effect.succeed(path)
    : Effect.fail(
        new AwsRefusal({ status: 400, code: "ValidationError", message: "The specified value for path is invalid." }),
      )
}

/** A page of a list element, with `IsTruncated` and `Marker`. A marker is the place where the next page begins. */
export const pageOf = Effect.fnUntraced(function* <A>(
  call: QueryCall,
  name: string,
  items: ReadonlyArray<A>,
  render: (item: A) => string,
): Effect.fn.Return<string, AwsRefusal> {
  const size = yield* wholeWithin(call, "MaxItems", { min: 1, max: 1000, fallback: 100 })
  const marker = call.params.get("Marker")
  const start = marker === undefined ? 0 : Number(Buffer.from(marker, "base64url").toString())
  if (!Number.isInteger(start) || start < 0) {
    return yield* new AwsRefusal({ status: 400, code: "ValidationError", message: "Invalid Marker." })
  }
  const end = start + size
  const more = end < items.length
  return (
    element(name, ...items.slice(start, end).map((item) => element("member", render(item)))) +
    leaf("IsTruncated", more) +
    leaf("Marker", more ? Buffer.from(String(end)).toString("base64url") : undefined)
  )
})

/** `Tags` of a user or role. */
export const tagsXml = (holder: PolicyHolder): string =>
  element("Tags", ...[...holder.tags].map(([key, value]) => element("member", leaf("Key", key), leaf("Value", value))))
