/** The table a newcomer finds: a shop's orders, by customer and order number, with an index by status. */
import { type Table, itemKey } from "./DynamoDbState.ts"
import type { Item } from "./DynamoDbValue.ts"
import { ROOT_USER } from "./Identity.ts"

const order = (
  customer: string,
  number: string,
  status: string,
  total: string,
  lines: ReadonlyArray<string>,
): Item => ({
  customer: { S: customer },
  order: { S: number },
  status: { S: status },
  total: { N: total },
  lines: { L: lines.map((name) => ({ S: name })) },
})

const orders: ReadonlyArray<Item> = [
  order("ada", "2026-001", "shipped", "129.9", ["desk lamp", "light bulb"]),
  order("ada", "2026-004", "open", "18.5", ["notebook"]),
  order("ada", "2026-008", "cancelled", "349", ["office chair"]),
  order("grace", "2026-002", "shipped", "59", ["keyboard"]),
  order("grace", "2026-006", "open", "24.25", ["mouse pad", "cable"]),
  order("linus", "2026-003", "returned", "799", ["monitor"]),
  order("margaret", "2026-005", "shipped", "12.75", ["pencils"]),
  order("margaret", "2026-007", "open", "240", ["headphones"]),
]

/** `orders` in us-east-1 of Vault's account. `now`: milliseconds since the epoch. */
export const seedTables = (now: number): ReadonlyArray<Table> => {
  const table: Table = {
    account: ROOT_USER.account,
    region: "us-east-1",
    name: "orders",
    id: "0b1e55ed-0000-4000-8000-00000000d0d0",
    createdAt: now,
    hash: { name: "customer", type: "S" },
    range: { name: "order", type: "S" },
    throughput: undefined,
    indexes: [
      {
        name: "by-status",
        local: false,
        hash: { name: "status", type: "S" },
        range: { name: "order", type: "S" },
      },
    ],
    items: new Map(),
  }
  for (const item of orders) table.items.set(itemKey(table, item), item)
  return [table]
}
