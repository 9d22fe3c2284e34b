/** Tables and their items, per account and region. Items are kept by key; a read sorts what it needs. */
import { Effect } from "effect"
import { createHash } from "node:crypto"
import { type AwsCall, AwsRefusal } from "./AwsCall.ts"
import { invalid } from "./DynamoDbTokens.ts"
import { type AttributeValue, compareValues, identityOf, type Item, typeOf } from "./DynamoDbValue.ts"

/** A key attribute and the letter of its type. */
export interface KeyAttribute {
  readonly name: string
  readonly type: "S" | "N" | "B"
}

/** The keys of a table or of an index. */
export interface KeyShape {
  readonly hash: KeyAttribute
  readonly range: KeyAttribute | undefined
}

/** A secondary index. Its reads give all attributes, whatever projection was asked for. */
interface TableIndex extends KeyShape {
  readonly name: string
  readonly local: boolean
}

/** A table. `items` are keyed by {@link itemKey}. */
export interface Table extends KeyShape {
  readonly account: string
  readonly region: string
  readonly name: string
  readonly id: string
  readonly createdAt: number
  /** Read and write units; `undefined`: paid per request. */
  readonly throughput: { readonly read: number; readonly write: number } | undefined
  readonly indexes: ReadonlyArray<TableIndex>
  readonly items: Map<string, Item>
}

/** All tables, by {@link tableKey}. */
export type Tables = Map<string, Table>

/** The place of a table among all. */
export const tableKey = (table: Pick<Table, "account" | "region" | "name">): string =>
  `${table.account}/${table.region}/${table.name}`

/** The ARN of a table by its name. */
export const tableArn = (call: Pick<AwsCall, "region" | "principal">, name: string): string =>
  `arn:aws:dynamodb:${call.region}:${call.principal.account}:table/${name}`

/** 400 ResourceNotFoundException. */
const noTable = (message = "Requested resource not found"): AwsRefusal =>
  new AwsRefusal({ status: 400, code: "ResourceNotFoundException", message })

/** A table by name or ARN, once the caller may do the action on it. */
export const findTable = Effect.fnUntraced(function* (
  tables: Tables,
  call: AwsCall,
  action: string,
  nameOrArn: string,
  missing?: (name: string) => string,
): Effect.fn.Return<Table, AwsRefusal> {
  const name = nameOrArn.replace(/^arn:aws:dynamodb:[^/]*:table\//, "")
  yield* call.allow(`dynamodb:${action}`, tableArn(call, name))
  const table = tables.get(tableKey({ account: call.principal.account, region: call.region, name }))
  return table ?? (yield* noTable(missing?.(name)))
})

/** The names of the key attributes. */
export const keyNames = (shape: KeyShape): ReadonlyArray<string> => [
  shape.hash.name,
  ...(shape.range === undefined ? [] : [shape.range.name]),
]

/** Only the key attributes of an item. */
export const keyOf = (shape: KeyShape, item: Item): Item =>
  Object.fromEntries(
    keyNames(shape).flatMap((name) => {
      const value = item[name]
      return value === undefined ? [] : [[name, value] as const]
    }),
  )

/** The text under which an item is kept. */
export const itemKey = (table: Table, item: Item): string =>
  keyNames(table)
    .map((name) => identityOf(item[name] ?? { NULL: true }))
    .join("\n")

const isEmpty = (value: AttributeValue): boolean => ("S" in value && value.S === "") || ("B" in value && value.B === "")

/** Checks the key attributes of an item to be put; indexes let an item be without theirs. */
export const checkItem = (table: Table, item: Item): AwsRefusal | undefined => {
  const parameters = "One or more parameter values were invalid"
  for (const key of [table.hash, ...(table.range === undefined ? [] : [table.range])]) {
    const value = item[key.name]
    if (value === undefined) return invalid(`${parameters}: Missing the key ${key.name} in the item`)
    if (typeOf(value) !== key.type) {
      return invalid(`${parameters}: Type mismatch for key ${key.name} expected: ${key.type} actual: ${typeOf(value)}`)
    }
    if (isEmpty(value)) {
      return invalid(
        `One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: ${key.name}`,
      )
    }
  }
  for (const key of table.indexes.flatMap((index) => [
    index.hash,
    ...(index.range === undefined ? [] : [index.range]),
  ])) {
    const value = item[key.name]
    if (value !== undefined && typeOf(value) !== key.type) {
      return invalid(
        `${parameters}: Type mismatch for Index Key ${key.name} Expected: ${key.type} Actual: ${typeOf(value)}`,
      )
    }
  }
  return undefined
}

/** Checks that a key has the table's key attributes and nothing else. */
export const checkKey = (table: Table, key: Item): AwsRefusal | undefined =>
  Object.keys(key).length !== keyNames(table).length || checkItem({ ...table, indexes: [] }, key) !== undefined
    ? invalid("The provided key element does not match the schema")
    : undefined

const hashOrder = (value: AttributeValue | undefined): string =>
  createHash("md5")
    .update(identityOf(value ?? { NULL: true }))
    .digest("hex")

const compareAt = (key: KeyAttribute | undefined, a: Item, b: Item): number => {
  const left = key === undefined ? undefined : a[key.name]
  const right = key === undefined ? undefined : b[key.name]
  return left === undefined || right === undefined ? 0 : (compareValues(left, right) ?? 0)
}

const byHash = (key: KeyAttribute, a: Item, b: Item): number => {
  const left = hashOrder(a[key.name])
  const right = hashOrder(b[key.name])
  return left < right ? -1 : left > right ? 1 : 0
}

/**
 * The order in which items are read: partitions in no order a user could guess (but always the same), within one by
 * the sort key. An index falls back on the table's own keys, since its keys need not be unique.
 */
export const readingOrder =
  (table: Table, shape: KeyShape) =>
  (a: Item, b: Item): number =>
    byHash(shape.hash, a, b) || compareAt(shape.range, a, b) || byHash(table.hash, a, b) || compareAt(table.range, a, b)
