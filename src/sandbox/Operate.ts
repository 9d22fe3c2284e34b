/** Calls of the operator's own to the sandbox's Vault half: with the root token, in-process, past every fault. */
import type { Effect } from "effect"
import type { WireHandler, WireResponse } from "./Wire.ts"

/** Writes to a path below `/v1/`. */
export type Operate = (path: string, body: Readonly<Record<string, unknown>>) => Effect.Effect<WireResponse>

/** The operator of a half. */
export const operator =
  (handler: WireHandler, rootToken: string): Operate =>
  (path, body) =>
    handler({
      method: "POST",
      path: `/v1/${path}`,
      query: "",
      headers: { "x-vault-token": rootToken, "x-vault-request": "true", "content-type": "application/json" },
      body: Buffer.from(JSON.stringify(body)),
    })
