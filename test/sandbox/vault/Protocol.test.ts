import { assert, describe, it } from "@effect/vitest"
import {
  absent,
  denied,
  emptyResponse,
  envelope,
  Refusal,
  refusalResponse,
} from "../../../src/sandbox/vault/Protocol.ts"

const bodyOf = (response: ReturnType<typeof refusalResponse>): unknown =>
  "closed" in response ? "closed" : JSON.parse(String(response.body))

describe("Vault's answers", () => {
  it("the envelope has every member, with nulls for what there is not", () => {
    const { request_id, ...rest } = envelope({ data: { a: 1 }, warnings: [] })
    assert.match(JSON.stringify(request_id), /^"[0-9a-f]{8}-/)
    assert.deepStrictEqual(rest, {
      lease_id: "",
      renewable: false,
      lease_duration: 0,
      data: { a: 1 },
      wrap_info: null,
      warnings: null,
      auth: null,
    })
  })

  it("refusals carry their texts, their headers, or end the connection", () => {
    assert.deepStrictEqual(bodyOf(refusalResponse(denied())), {
      errors: ["1 error occurred:\n\t* permission denied\n\n"],
    })
    assert.deepStrictEqual(bodyOf(refusalResponse(absent())), { errors: [] })
    assert.strictEqual(bodyOf(refusalResponse(new Refusal({ status: 0, errors: [], closed: true }))), "closed")
    const limited = refusalResponse(new Refusal({ status: 429, errors: [], headers: { "retry-after": "9" } }))
    assert.strictEqual("closed" in limited ? "" : limited.headers["retry-after"], "9")
  })

  it("every answer forbids to be stored", () => {
    const empty = emptyResponse(204)
    assert.strictEqual("closed" in empty ? "" : empty.headers["cache-control"], "no-store")
  })
})
