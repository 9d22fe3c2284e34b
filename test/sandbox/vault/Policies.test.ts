import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { defaultPolicy, parsePolicy } from "../../../src/sandbox/vault/Policies.ts"

describe("policies", () => {
  it("a path block becomes a rule with its parameters in lower case", () => {
    const rules = parsePolicy(`path "/aws/creds/x" {
      capabilities = ["read", "update"]
      denied_parameters = { "Role_Session_Name" = [] }
      allowed_parameters = { "ttl" = ["15m", "30m"] }
      required_parameters = ["TTL"]
      max_wrapping_ttl = "90s"
    }`)
    assert.deepStrictEqual(Result.getOrThrow(rules), [
      {
        path: "aws/creds/x",
        capabilities: ["read", "update"],
        denied: { role_session_name: [] },
        allowed: { ttl: ["15m", "30m"] },
        required: ["ttl"],
      },
    ])
  })

  it("the JSON form and the old policy levels are understood", () => {
    const rules = Result.getOrThrow(parsePolicy('{"path":{"a":{"policy":"read"},"b/*":{"capabilities":["sudo"]}}}'))
    assert.deepStrictEqual(
      rules.map((rule) => [rule.path, rule.capabilities]),
      [
        ["a", ["read", "list"]],
        ["b/*", ["sudo"]],
      ],
    )
  })

  it("what Vault refuses is refused in its words", () => {
    assert.deepStrictEqual(
      parsePolicy('path "x" { capabilities = ["fly"] }'),
      Result.fail('path "x": invalid capability "fly"'),
    )
    assert.deepStrictEqual(parsePolicy('road "x" {}'), Result.fail('invalid key "road" on line 1'))
    assert.deepStrictEqual(
      parsePolicy('path "x" { can = "read" }'),
      Result.fail('path "x": invalid key "can" on line 1'),
    )
    assert.deepStrictEqual(parsePolicy('path "x" { policy = "all" }'), Result.fail('path "x": invalid policy "all"'))
  })

  it("the default policy can be read and holds renew but not revoke", () => {
    const paths = Result.getOrThrow(parsePolicy(defaultPolicy(true))).map((rule) => rule.path)
    assert.include(paths, "sys/leases/renew")
    assert.notInclude(paths, "sys/leases/revoke")
  })
})
