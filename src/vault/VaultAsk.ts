/** A request whose answer is read by a schema: what every typed call of this folder is made of. */
import { Effect, type Schema } from "effect"
import type { VaultCall } from "./VaultCall.ts"
import type { VaultHttp } from "./VaultHttp.ts"
import type { VaultToken } from "./VaultModel.ts"
import { decodeReply } from "./VaultWire.ts"

/** Asks over `http`; the answer's value, or why there is none. */
export const askWith =
  (http: VaultHttp["Service"]) =>
  <S extends Schema.ConstraintDecoder<unknown>>(token: VaultToken | undefined, call: VaultCall, schema: S) =>
    http.request(token, call).pipe(Effect.flatMap((reply) => decodeReply(schema, reply, call.path.join("/"))))
