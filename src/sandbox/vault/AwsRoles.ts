/** The roles of an AWS engine: what Vault 1.14.9 stores, checks and shows; the edition tells which types there are. */
import { Effect, Option, Schema } from "effect"
import type { Handler, Route } from "./Backend.ts"
import { route } from "./Backend.ts"
import type { Edition } from "./Edition.ts"
import type { Fields, Params } from "./Fields.ts"
import { listed } from "./LeaseRoutes.ts"
import { bad, type JsonRecord } from "./Protocol.ts"

/** A role. Lengths in seconds, 0: not set; `undefined` lists are shown as null. */
export interface AwsRole {
  readonly credentialType: string
  readonly roleArns: ReadonlyArray<string> | undefined
  readonly policyArns: ReadonlyArray<string> | undefined
  readonly policyDocument: string
  readonly iamGroups: ReadonlyArray<string> | undefined
  readonly iamTags: Readonly<Record<string, string>> | undefined
  readonly defaultStsTtl: number
  readonly maxStsTtl: number
  readonly permissionsBoundary: string
  readonly userPath: string
}

const FIELDS: Fields = {
  credential_type: "text",
  role_arns: "list",
  policy_arns: "list",
  policy_document: "any",
  iam_groups: "list",
  iam_tags: "map",
  default_sts_ttl: "duration",
  max_sts_ttl: "duration",
  permissions_boundary_arn: "text",
  user_path: "text",
}

const STS_TYPES = new Set(["assumed_role", "federation_token", "session_token"])

const NEW: AwsRole = {
  credentialType: "",
  roleArns: undefined,
  policyArns: undefined,
  policyDocument: "",
  iamGroups: undefined,
  iamTags: undefined,
  defaultStsTtl: 0,
  maxStsTtl: 0,
  permissionsBoundary: "",
  userPath: "",
}

const shown = (role: AwsRole): JsonRecord => ({
  credential_type: role.credentialType,
  default_sts_ttl: role.defaultStsTtl,
  iam_groups: role.iamGroups ?? null,
  iam_tags: role.iamTags ?? null,
  max_sts_ttl: role.maxStsTtl,
  permissions_boundary_arn: role.permissionsBoundary,
  policy_arns: role.policyArns ?? null,
  policy_document: role.policyDocument,
  role_arns: role.roleArns ?? null,
  user_path: role.userPath,
})

const decodeJson = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Json))

/** A policy document as Vault keeps it: without blanks; `undefined` when it is no JSON. */
const compact = (params: Params): string | undefined => {
  const given = params.raw("policy_document")
  if (typeof given !== "string") return JSON.stringify(given)
  if (given === "") return ""
  return Option.match(decodeJson(given), { onNone: () => undefined, onSome: (value) => JSON.stringify(value) })
}

/** What speaks against a role, in Vault's words. */
const complaints = (role: AwsRole, types: Edition["awsTypes"]): ReadonlyArray<string> => {
  const type = role.credentialType
  if (!types.has(type)) return [`unrecognized credential type: ${type}`]
  const found: Array<string> = []
  const isSts = STS_TYPES.has(type)
  if (role.defaultStsTtl > 0 && !isSts)
    found.push("default_sts_ttl parameter only valid for assumed_role and federation_token credential types")
  if (role.maxStsTtl > 0 && !isSts)
    found.push("max_sts_ttl parameter only valid for assumed_role and federation_token credential types")
  if (role.maxStsTtl > 0 && role.defaultStsTtl > role.maxStsTtl)
    found.push('"default_sts_ttl" value must be less than or equal to "max_sts_ttl" value')
  if (role.userPath !== "" && type !== "iam_user")
    found.push("user_path parameter only valid for iam_user credential type")
  if (role.permissionsBoundary !== "" && type !== "iam_user")
    found.push("cannot supply permissions_boundary_arn when credential_type isn't iam_user")
  if (type === "session_token" && (role.policyDocument !== "" || (role.policyArns ?? []).length > 0))
    found.push("cannot supply policy_document or policy_arns when credential_type is session_token")
  if ((role.roleArns ?? []).length > 0 && type !== "assumed_role")
    found.push("cannot supply role_arns when credential_type isn't assumed_role")
  return found
}

/** Several errors in the form Go's multierror lists them. */
const multierror = (texts: ReadonlyArray<string>): string =>
  `${texts.length} error${texts.length === 1 ? "" : "s"} occurred:\n${texts.map((text) => `\t* ${text}\n`).join("")}\n`

/** `roles` and `roles/:name`. A write changes what it names and keeps the rest. */
export const roleRoutes = (roles: Map<string, AwsRole>, edition: Edition): ReadonlyArray<Route> => {
  const read: Handler = ({ params }) => {
    const role = roles.get(params.text("name"))
    return Effect.succeed(role === undefined ? undefined : { data: { ...edition.awsRoleMembers, ...shown(role) } })
  }
  const write: Handler = Effect.fnUntraced(function* ({ params }) {
    const name = params.text("name")
    const before = roles.get(name) ?? NEW
    const document = params.has("policy_document") ? compact(params) : before.policyDocument
    if (document === undefined) return yield* bad("cannot parse policy document: invalid JSON")
    const role: AwsRole = {
      credentialType: params.text("credential_type", before.credentialType),
      roleArns: params.list("role_arns") ?? before.roleArns,
      policyArns: params.list("policy_arns") ?? before.policyArns,
      policyDocument: document,
      iamGroups: params.list("iam_groups") ?? before.iamGroups,
      iamTags: params.map("iam_tags") ?? before.iamTags,
      defaultStsTtl: params.number("default_sts_ttl", before.defaultStsTtl),
      maxStsTtl: params.number("max_sts_ttl", before.maxStsTtl),
      permissionsBoundary: params.text("permissions_boundary_arn", before.permissionsBoundary),
      userPath: params.text("user_path", before.userPath),
    }
    if (role.credentialType === "") return yield* bad("did not supply credential_type")
    const found = complaints(role, edition.awsTypes)
    if (found.length > 0)
      return yield* bad(`error(s) validating supplied role data: ${JSON.stringify(multierror(found))}`)
    roles.set(name, role)
    return undefined
  })
  const remove: Handler = ({ params }) =>
    Effect.as(
      Effect.sync(() => roles.delete(params.text("name"))),
      undefined,
    )
  return [
    { path: route("roles/?"), on: { list: () => Effect.succeed(listed([...roles.keys()].sort())) } },
    { path: route("roles/(?<name>NAME)"), fields: FIELDS, on: { read, update: write, delete: remove } },
  ]
}
