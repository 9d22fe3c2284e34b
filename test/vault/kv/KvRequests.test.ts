import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, Result, Schema } from "effect"
import { inspect } from "node:util"
import {
  deleteCall,
  listCall,
  metadataCall,
  readCall,
  shownPlace,
  subkeysCall,
  undeleteCall,
  writeCall,
} from "../../../src/vault/kv/KvRequests.ts"
import { apiUrl, parseAddress } from "../../../src/vault/VaultAddress.ts"

const address = Result.getOrThrow(parseAddress("http://vault.test:8200"))
const values = Redacted.make({ a: "b" })

/** Paths made of what could climb, part, or be decoded twice. */
const Pieces = Schema.Array(
  Schema.Literals(["a", "/", "..", ".", "\\", "%2e", "%2F", "%", " ", "?", "#", "\u0000", "é", "data", "\ud800"]),
)

describe("a request to a KV engine", () => {
  let sendable = 0

  it.effect.prop(
    "stays below its mount, or cannot be sent",
    { pieces: Pieces, version: Schema.Literals([1, 2]) },
    ({ pieces, version }) =>
      Effect.sync(() => {
        const place = { mount: "team/kv", path: pieces.join("") }
        const calls = [
          listCall(version, place),
          readCall(version, place),
          subkeysCall(place),
          metadataCall(place),
          writeCall(version, place, values),
          deleteCall(version, place),
          deleteCall(version, place, [1]),
          undeleteCall(place, [1]),
        ]
        for (const call of calls) {
          const url = apiUrl(address, call.path)
          if (Result.isFailure(url)) continue
          sendable++
          assert.isTrue(url.success.pathname.startsWith("/v1/team/kv"), url.success.pathname)
          const sent = url.success.pathname.slice("/v1/".length).split("/").map(decodeURIComponent)
          assert.deepStrictEqual(sent, [...call.path])
          assert.isFalse(sent.some((part) => part === ".." || part === "."))
        }
      }),
    { arbitrary: { runs: 1000, size: 1000 } },
  )

  it("of such a path can often be sent, so that the property above says something", () => {
    assert.isAbove(sendable, 50)
  })

  it("for a secret without a name is refused, and for the root's list is not", () => {
    for (const path of ["", "/", "//"]) {
      const place = { mount: "secret", path }
      assert.isTrue(Result.isFailure(apiUrl(address, readCall(2, place).path)))
      assert.isTrue(Result.isFailure(apiUrl(address, deleteCall(1, place).path)))
      assert.strictEqual(Result.getOrThrow(apiUrl(address, listCall(2, place).path)).pathname, "/v1/secret/metadata")
      assert.strictEqual(Result.getOrThrow(apiUrl(address, listCall(1, place).path)).pathname, "/v1/secret")
      assert.strictEqual(shownPlace(place), "secret")
    }
  })

  it("that changes something is sent once; one that reads may be repeated", () => {
    const place = { mount: "secret", path: "x" }
    for (const call of [writeCall(2, place, values, 1), deleteCall(2, place), undeleteCall(place, [1])])
      assert.strictEqual(call.sent, "once")
    for (const call of [readCall(2, place), listCall(1, place), metadataCall(place), subkeysCall(place)])
      assert.strictEqual(call.sent, "repeatable")
    assert.isTrue(writeCall(1, place, values).carriesSecrets)
    assert.notInclude(inspect(values), "b")
  })
})
