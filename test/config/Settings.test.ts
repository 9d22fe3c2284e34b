import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { variableOf } from "../../src/config/Setting.ts"
import { SETTINGS } from "../../src/config/Settings.ts"
import { parseAddress, parseFlag, parseRegion, parseVaultPath } from "../../src/config/Values.ts"

describe("Settings", () => {
  it("the seven variables of existing users keep their names", () => {
    const names = [
      SETTINGS.vaultAddr,
      SETTINGS.vaultToken,
      SETTINGS.vaultMount,
      SETTINGS.vaultRole,
      SETTINGS.awsRegion,
      SETTINGS.leaseTtl,
      SETTINGS.autoRenew,
    ].map(variableOf)
    assert.deepStrictEqual(names, [
      "VAULT_AWS_MCP_VAULT_ADDR",
      "VAULT_AWS_MCP_VAULT_TOKEN",
      "VAULT_AWS_MCP_VAULT_AWS_MOUNT_PATH",
      "VAULT_AWS_MCP_VAULT_AWS_ROLE",
      "VAULT_AWS_MCP_AWS_REGION",
      "VAULT_AWS_MCP_LEASE_TTL",
      "VAULT_AWS_MCP_LEASE_AUTO_RENEW",
    ])
  })

  it("addresses lose their trailing slash and keep their path; credentials, queries and other schemes are refused", () => {
    assert.strictEqual(parseAddress("https://v.example:8200/"), "https://v.example:8200")
    assert.strictEqual(parseAddress("https://v.example/vault//"), "https://v.example/vault")
    assert.strictEqual(parseAddress("http://[::1]:8200"), "http://[::1]:8200")
    for (const bad of [
      "v.example:8200",
      "unix:///run/vault",
      "https://u:p@v",
      "https://v?x=1",
      "https://v#x",
      "",
      "http://",
    ])
      assert.isUndefined(parseAddress(bad), bad)
  })

  it.effect.prop(
    "a Vault path never climbs, whatever it is made of",
    { path: Schema.String },
    ({ path }) =>
      Effect.sync(() => {
        const parsed = parseVaultPath(path)
        if (parsed === undefined) return
        for (const segment of parsed.split("/")) {
          assert.isNotEmpty(segment)
          assert.notInclude(["..", "."], segment)
          assert.notMatch(segment, /[%\\?#]|\p{Cc}/u)
        }
      }),
    { arbitrary: { runs: 2000, size: 60 } },
  )

  it("regions of every partition have the right shape, other texts have not", () => {
    for (const good of ["us-east-1", "eu-central-2", "us-gov-west-1", "cn-north-1", "ap-southeast-5", "us-iso-east-1"])
      assert.strictEqual(parseRegion(good), good)
    for (const bad of ["", "us-east", "US-EAST-1", "us-east-1.evil.example", "a/b-1", "us_east_1"])
      assert.isUndefined(parseRegion(bad), bad)
  })

  it("yes and no come in the forms that people write", () => {
    assert.deepStrictEqual(["true", "1", "YES", "on"].map(parseFlag), [true, true, true, true])
    assert.deepStrictEqual(["false", "0", "No", "off"].map(parseFlag), [false, false, false, false])
    assert.isUndefined(parseFlag("maybe"))
  })
})
