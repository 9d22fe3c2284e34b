import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { readRequest } from "../../../src/sandbox/vault/Request.ts"

const read = (
  method: string,
  path: string,
  more: { query?: string; headers?: Record<string, string>; body?: string } = {},
) =>
  readRequest({
    method,
    path,
    query: more.query ?? "",
    headers: more.headers ?? {},
    body: Buffer.from(more.body ?? ""),
  })

const good = (...args: Parameters<typeof read>) => Result.getOrThrow(read(...args))
const refused = (...args: Parameters<typeof read>) => {
  const result = read(...args)
  if (Result.isSuccess(result) || "closed" in result.failure) return assert.fail("expected an answer")
  return result.failure
}

describe("requests", () => {
  it("PUT is POST, and a list may be asked by verb or by query", () => {
    assert.deepStrictEqual([good("PUT", "/v1/a").operation, good("POST", "/v1/a").operation], ["update", "update"])
    assert.deepStrictEqual(
      [good("LIST", "/v1/a"), good("GET", "/v1/a", { query: "list=true" })].map((request) => [
        request.operation,
        request.path,
      ]),
      [
        ["list", "a/"],
        ["list", "a/"],
      ],
    )
  })

  it("a read takes its parameters from the query, a write from the body", () => {
    assert.deepStrictEqual(good("GET", "/v1/a", { query: "ttl=15m&x=a+b&x=c" }).sent, { ttl: "15m", x: ["a b", "c"] })
    assert.deepStrictEqual(good("POST", "/v1/a", { query: "q=1", body: '{"b":2}' }).sent, { b: 2 })
    assert.deepStrictEqual(good("POST", "/v1/a", { body: "null" }).sent, {})
  })

  it("the token comes from its own header or as a bearer", () => {
    assert.strictEqual(good("GET", "/v1/a", { headers: { "x-vault-token": "t" } }).token, "t")
    assert.strictEqual(good("GET", "/v1/a", { headers: { authorization: "Bearer t" } }).token, "t")
    assert.isUndefined(good("GET", "/v1/a").token)
  })

  it("the wrapping header is a duration", () => {
    assert.strictEqual(good("GET", "/v1/a", { headers: { "x-vault-wrap-ttl": "5m" } }).wrapTtl, 300)
    assert.strictEqual(refused("GET", "/v1/a", { headers: { "x-vault-wrap-ttl": "soon" } }).status, 400)
  })

  it("a path that is not clean is moved, even when it was encoded", () => {
    const moved = refused("GET", "/v1/aws/creds/x%2F..%2F..%2Fsys")
    assert.deepStrictEqual([moved.status, moved.headers["location"]], [301, "/v1/aws/sys"])
    assert.strictEqual(moved.body, '<a href="/v1/aws/sys">Moved Permanently</a>.\n\n')
  })

  it("other versions and verbs, bodies that are no object and other patches are refused", () => {
    assert.strictEqual(refused("GET", "/v2/sys/health").status, 404)
    assert.strictEqual(refused("BREW", "/v1/a").status, 405)
    assert.strictEqual(refused("POST", "/v1/a", { body: "[1]" }).status, 400)
    assert.strictEqual(refused("PATCH", "/v1/a", { headers: { "content-type": "application/json" } }).status, 415)
  })
})
