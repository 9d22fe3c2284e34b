import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { type Acl, allows, capabilitiesOn, seesMount } from "../../../src/sandbox/vault/Acl.ts"
import type { Operation } from "../../../src/sandbox/vault/Backend.ts"
import { parsePolicy } from "../../../src/sandbox/vault/Policies.ts"
import type { JsonRecord } from "../../../src/sandbox/vault/Protocol.ts"

const acl = (...policies: ReadonlyArray<string>): Acl => ({
  root: false,
  prefix: "",
  rules: policies.flatMap((policy) => Result.getOrThrow(parsePolicy(policy))),
})

const may = (rights: Acl, operation: Operation, path: string, sent: JsonRecord = {}, sudo = false) =>
  allows(rights, { operation, path, sent, sudo })

describe("rights", () => {
  it("the most specific path decides: exact, then the later wildcard, then no star, fewer plusses", () => {
    const rights = acl(`
      path "a/*" { capabilities = ["read"] }
      path "a/b/*" { capabilities = ["update"] }
      path "a/b/c" { capabilities = ["delete"] }
      path "a/+/d" { capabilities = ["list"] }
      path "z/+/+/e" { capabilities = ["read"] }
      path "z/+/y/e" { capabilities = ["update"] }`)
    assert.deepStrictEqual(
      ["a/x", "a/b/x", "a/b/c", "a/x/d", "z/x/y/e", "q"].map((path) => capabilitiesOn(rights, path).join()),
      ["read", "update", "delete", "list", "update", "deny"],
    )
  })

  it("rules of several policies for one path are joined, and deny wins", () => {
    const both = acl('path "a" { capabilities = ["read"] }', 'path "a" { capabilities = ["update"] }')
    assert.deepStrictEqual(capabilitiesOn(both, "a"), ["read", "update"])
    const denying = acl('path "a" { capabilities = ["read"] }', 'path "a" { capabilities = ["deny"] }')
    assert.deepStrictEqual(capabilitiesOn(denying, "a"), ["deny"])
    assert.isFalse(may(denying, "read", "a"))
  })

  it("a plus stands for one segment, a star for any rest", () => {
    const rights = acl('path "s/+/x" { capabilities = ["read"] }', 'path "t/pre*" { capabilities = ["read"] }')
    assert.deepStrictEqual(
      ["s/1/x", "s/1/2/x", "s/x", "t/prefix/deep", "t/pr"].map((path) => may(rights, "read", path)),
      [true, false, false, true, false],
    )
  })

  it("a list of a folder is allowed by a rule without the last slash", () => {
    const rights = acl('path "aws/roles" { capabilities = ["list"] }')
    assert.isTrue(may(rights, "list", "aws/roles/"))
    assert.isFalse(may(rights, "read", "aws/roles/"))
  })

  it("denied parameters refuse a value, or any value when the list is empty", () => {
    const any = acl('path "c" { capabilities = ["read"] denied_parameters = { "name" = [] } }')
    assert.deepStrictEqual([may(any, "read", "c", { NAME: "x" }), may(any, "read", "c", { ttl: 1 })], [false, true])
    const some = acl('path "c" { capabilities = ["read"] denied_parameters = { "name" = ["adm*"] } }')
    assert.deepStrictEqual(
      [may(some, "read", "c", { name: "admin" }), may(some, "read", "c", { name: "ana" })],
      [false, true],
    )
    const all = acl('path "c" { capabilities = ["read"] denied_parameters = { "*" = [] } }')
    assert.deepStrictEqual([may(all, "read", "c", { ttl: 1 }), may(all, "read", "c")], [false, true])
  })

  it("allowed parameters shut out everything else, required ones must be there", () => {
    const rights = acl(`path "c" {
      capabilities = ["update"]
      allowed_parameters = { "ttl" = ["15m", "1*"], "note" = [] }
      required_parameters = ["ttl"] }`)
    assert.deepStrictEqual(
      [{ ttl: "15m" }, { ttl: "1h", note: "x" }, { ttl: "2h" }, { ttl: "15m", more: 1 }, { note: "x" }, {}].map(
        (sent) => may(rights, "update", "c", sent),
      ),
      [true, true, false, false, false, false],
    )
  })

  it("sudo is asked for beside the operation, and root may do everything", () => {
    const rights = acl('path "a" { capabilities = ["update"] }', 'path "b" { capabilities = ["update", "sudo"] }')
    assert.deepStrictEqual([may(rights, "update", "a", {}, true), may(rights, "update", "b", {}, true)], [false, true])
    assert.isTrue(may({ root: true }, "delete", "anything", { x: 1 }, true))
    assert.deepStrictEqual(capabilitiesOn({ root: true }, "anything"), ["root"])
  })

  it("a mount is seen by whoever has a right at or below it", () => {
    const rights = acl('path "aws/creds/x" { capabilities = ["read"] }', 'path "kv/*" { capabilities = ["deny"] }')
    assert.deepStrictEqual(
      [seesMount(rights, "aws/"), seesMount(rights, "kv/"), seesMount(rights, "s/")],
      [true, false, false],
    )
    assert.isTrue(seesMount(acl('path "*" { capabilities = ["read"] }'), "kv/"))
  })
})
