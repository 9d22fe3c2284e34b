/** Policies of users and roles, inline and attached. One set of operations for both: only the names differ. */
import { Effect } from "effect"
import type { AwsRefusal } from "./AwsCall.ts"
import { findRole, findUser, malformedPolicy, noSuchEntity, pageOf } from "./IamShared.ts"
import type { Identity, PolicyHolder } from "./Identity.ts"
import { managedPolicy } from "./ManagedPolicies.ts"
import { parsePolicy } from "./PolicyDocument.ts"
import { namedWithin, type QueryAction, type QueryCall, required } from "./QueryService.ts"
import { leaf } from "./XmlElement.ts"
import { xmlText } from "../Wire.ts"

type Find = (call: QueryCall) => Effect.Effect<PolicyHolder, AwsRefusal>

const put =
  (find: Find): QueryAction =>
  (call) =>
    Effect.gen(function* () {
      const holder = yield* find(call)
      const name = yield* namedWithin(call, "PolicyName", 1, 128)
      const document = yield* required(call, "PolicyDocument")
      if (parsePolicy(document) === undefined) return yield* malformedPolicy
      holder.inline.set(name, document)
      return undefined
    })

const inlineOf = Effect.fnUntraced(function* (
  holder: PolicyHolder,
  call: QueryCall,
  kind: string,
): Effect.fn.Return<{ readonly name: string; readonly document: string }, AwsRefusal> {
  const name = yield* required(call, "PolicyName")
  const document = holder.inline.get(name)
  return document === undefined
    ? yield* noSuchEntity(`The ${kind.toLowerCase()} policy with name ${name} cannot be found.`)
    : { name, document }
})

const get =
  (kind: string, find: Find): QueryAction =>
  (call) =>
    Effect.gen(function* () {
      const holder = yield* find(call)
      const policy = yield* inlineOf(holder, call, kind)
      return (
        leaf(`${kind}Name`, holder.name) +
        leaf("PolicyName", policy.name) +
        // IAM gives documents percent-encoded.
        leaf("PolicyDocument", encodeURIComponent(policy.document))
      )
    })

const remove =
  (kind: string, find: Find): QueryAction =>
  (call) =>
    Effect.gen(function* () {
      const holder = yield* find(call)
      const policy = yield* inlineOf(holder, call, kind)
      holder.inline.delete(policy.name)
      return undefined
    })

const list =
  (find: Find): QueryAction =>
  (call) =>
    Effect.gen(function* () {
      const holder = yield* find(call)
      return yield* pageOf(call, "PolicyNames", [...holder.inline.keys()], xmlText)
    })

const attach =
  (find: Find): QueryAction =>
  (call) =>
    Effect.gen(function* () {
      const holder = yield* find(call)
      const arn = yield* required(call, "PolicyArn")
      if (managedPolicy(arn) === undefined) {
        return yield* noSuchEntity(`Policy ${arn} does not exist or is not attachable.`)
      }
      holder.attached.set(arn, arn.slice(arn.lastIndexOf("/") + 1))
      return undefined
    })

const detach =
  (find: Find): QueryAction =>
  (call) =>
    Effect.gen(function* () {
      const holder = yield* find(call)
      const arn = yield* required(call, "PolicyArn")
      if (!holder.attached.delete(arn)) return yield* noSuchEntity(`Policy ${arn} was not found.`)
      return undefined
    })

const listAttached =
  (find: Find): QueryAction =>
  (call) =>
    Effect.gen(function* () {
      const holder = yield* find(call)
      return yield* pageOf(
        call,
        "AttachedPolicies",
        [...holder.attached],
        ([arn, name]) => leaf("PolicyName", name) + leaf("PolicyArn", arn),
      )
    })

const actionsFor = (kind: "User" | "Role", find: Find): ReadonlyArray<readonly [string, QueryAction]> => [
  [`Put${kind}Policy`, put(find)],
  [`Get${kind}Policy`, get(kind, find)],
  [`Delete${kind}Policy`, remove(kind, find)],
  [`List${kind}Policies`, list(find)],
  [`Attach${kind}Policy`, attach(find)],
  [`Detach${kind}Policy`, detach(find)],
  [`ListAttached${kind}Policies`, listAttached(find)],
]

/** The operations by name. */
export const policyActions = (identity: Identity): ReadonlyArray<readonly [string, QueryAction]> => [
  ...actionsFor("User", (call) => findUser(identity, call)),
  ...actionsFor("Role", (call) => findRole(identity, call)),
]
