/** DescribeTags, CreateTags and DeleteTags, over everything here that bears tags. */
import { Effect } from "effect"
import type { AwsRefusal } from "./AwsCall.ts"
import { type Ec2Call, endDryRun, itemSet, openList, pageOf, refuse, kinds, type Kind } from "./Ec2Call.ts"
import { type Facts, filtered } from "./Ec2Filters.ts"
import { invalidValue, rowsOf, valuesOf } from "./Ec2Form.ts"
import { ec2Arn, type RegionState, type Tags } from "./Ec2State.ts"
import { leaf } from "./XmlElement.ts"

interface TagBearer {
  readonly id: string
  /** As IAM and DescribeTags name the type. */
  readonly type: string
  readonly tags: Tags
}

const bearersOf = (state: RegionState): ReadonlyArray<TagBearer> => [
  ...[...state.instances.values()].flatMap(({ id, tags, volume }) => [
    { id, type: "instance", tags },
    { id: volume.id, type: "volume", tags: volume.tags },
  ]),
  ...[...state.vpcs.values()].map(({ id, tags }) => ({ id, type: "vpc", tags })),
  ...[...state.subnets.values()].map(({ id, tags }) => ({ id, type: "subnet", tags })),
  ...[...state.groups.values()].map(({ id, tags }) => ({ id, type: "security-group", tags })),
]

interface TagRow {
  readonly bearer: TagBearer
  readonly key: string
  readonly value: string
}

const rowFacts: Facts<TagRow> = {
  key: (row) => [row.key],
  value: (row) => [row.value],
  "resource-id": (row) => [row.bearer.id],
  "resource-type": (row) => [row.bearer.type],
}

/** DescribeTags: one row per tag, by resource and key. */
export const describeTags = Effect.fnUntraced(function* (ec2: Ec2Call): Effect.fn.Return<string, AwsRefusal> {
  yield* openList(ec2)
  const rows = bearersOf(ec2.state)
    .flatMap((bearer) => [...bearer.tags].map(([key, value]): TagRow => ({ bearer, key, value })))
    .sort((a, b) => (`${a.bearer.id} ${a.key}` < `${b.bearer.id} ${b.key}` ? -1 : 1))
  const page = yield* pageOf(ec2, yield* filtered(ec2.form, rows, rowFacts, (row) => new Map([[row.key, row.value]])))
  return (
    itemSet(
      "tagSet",
      page.items.map(
        (row) =>
          leaf("resourceId", row.bearer.id) +
          leaf("resourceType", row.bearer.type) +
          leaf("key", row.key) +
          leaf("value", row.value),
      ),
    ) + page.next
  )
})

/** The resources that the call names by `ResourceId.N`, once it may change their tags. */
const namedBearers = Effect.fnUntraced(function* (
  ec2: Ec2Call,
): Effect.fn.Return<ReadonlyArray<TagBearer>, AwsRefusal> {
  const ids = valuesOf(ec2.form, "ResourceId")
  if (ids.length === 0) return yield* refuse("MissingParameter", "The request must contain the parameter ResourceId")
  const bearers = bearersOf(ec2.state)
  const found: Array<TagBearer> = []
  for (const id of ids) {
    const bearer = bearers.find((one) => one.id === id)
    if (bearer === undefined) {
      const kind: Kind | undefined = Object.values(kinds).find(({ prefix }) => id.startsWith(`${prefix}-`))
      return yield* refuse(kind?.notFound ?? "InvalidID", `The ID '${id}' is not valid`)
    }
    yield* ec2.allow(`ec2:${ec2.action}`, ec2Arn(ec2.state, bearer.type, id))
    found.push(bearer)
  }
  yield* endDryRun(ec2)
  return found
})

/** The tags under a prefix (`Tag`, `TagSpecification.1.Tag`), checked as EC2 does. A tag without a value has the empty one. */
export const tagsUnder = Effect.fnUntraced(function* (
  form: ReadonlyMap<string, string>,
  prefix: string,
): Effect.fn.Return<ReadonlyMap<string, string>, AwsRefusal> {
  const tags = new Map<string, string>()
  for (const row of rowsOf(form, prefix)) {
    const key = row.get("Key") ?? ""
    const value = row.get("Value") ?? ""
    if (key === "" || key.length > 128) return yield* invalidValue(`Tag key '${key}' is not valid: 1 to 128 characters`)
    if (key.startsWith("aws:"))
      return yield* invalidValue("Tag keys starting with 'aws:' are reserved for internal use")
    if (value.length > 256) return yield* invalidValue("Tag value exceeds the maximum length of 256 characters")
    tags.set(key, value)
  }
  return tags
})

/** CreateTags: adds tags and overwrites those with the same key. */
export const createTags = Effect.fnUntraced(function* (ec2: Ec2Call): Effect.fn.Return<string, AwsRefusal> {
  const tags = yield* tagsUnder(ec2.form, "Tag")
  if (tags.size === 0) return yield* refuse("MissingParameter", "The request must contain the parameter Tag")
  const bearers = yield* namedBearers(ec2)
  if (bearers.some((bearer) => new Set([...bearer.tags.keys(), ...tags.keys()]).size > 50))
    return yield* refuse("TagLimitExceeded", "The maximum number of tags for a resource is 50")
  for (const bearer of bearers) for (const [key, value] of tags) bearer.tags.set(key, value)
  return leaf("return", true)
})

/** DeleteTags: by key; a value that is sent must be the tag's; no tags at all means every tag. */
export const deleteTags = Effect.fnUntraced(function* (ec2: Ec2Call): Effect.fn.Return<string, AwsRefusal> {
  const rows = rowsOf(ec2.form, "Tag")
  for (const { tags } of yield* namedBearers(ec2)) {
    if (rows.length === 0) tags.clear()
    for (const row of rows) {
      const key = row.get("Key") ?? ""
      const value = row.get("Value")
      if (value === undefined || tags.get(key) === value) tags.delete(key)
    }
  }
  return leaf("return", true)
})
