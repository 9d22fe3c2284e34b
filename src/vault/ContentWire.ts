/** What any path of Vault may answer: data of some shape, with a lease when it was made for this request. */
import { Schema } from "effect"
import { LeaseId } from "../core/Ids.ts"
import type { PathContent } from "./VaultModel.ts"
import { maybe } from "./VaultWire.ts"

export const ContentWire = Schema.Struct({
  lease_id: maybe(Schema.String),
  data: Schema.RedactedFromValue(Schema.Record(Schema.String, Schema.Json), {
    disallowEncode: true,
    label: "vault-data",
  }),
})

export const contentOf = ({ data, lease_id }: typeof ContentWire.Type): PathContent => ({
  leaseId: lease_id ? LeaseId.make(lease_id) : undefined,
  values: data,
})
