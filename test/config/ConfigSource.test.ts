import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, FileSystem, Redacted } from "effect"
import { loadConfig } from "../../src/config/ConfigSource.ts"
import type { Sources } from "../../src/config/Reader.ts"
import { ConfigError } from "../../src/config/ConfigError.ts"

const load = (sources: Partial<Sources>, files: Readonly<Record<string, string>> = {}) =>
  loadConfig({ env: {}, flags: {}, home: "/home/ana", ...sources }).pipe(
    Effect.provide(
      FileSystem.layerNoop({
        exists: (path) => Effect.succeed(path in files),
        readFileString: (path) => Effect.sync(() => files[path] ?? assert.fail(`read ${path}`)),
      }),
    ),
  )

const problems = (sources: Partial<Sources>, files?: Readonly<Record<string, string>>) =>
  Effect.flip(load(sources, files)).pipe(
    Effect.map((error) => (error instanceof ConfigError ? error.problems : assert.fail(String(error)))),
  )

describe("loadConfig", () => {
  it.effect("the seven settings of existing users have their defaults", () =>
    Effect.gen(function* () {
      const config = yield* load({})
      assert.strictEqual(config.vault.address, "http://127.0.0.1:8200")
      assert.isUndefined(config.vault.token)
      assert.strictEqual(config.vault.mount, "aws")
      assert.strictEqual(config.vault.role, "mcp-agent-role")
      assert.strictEqual(config.region, "us-east-1")
      assert.strictEqual(Duration.toSeconds(config.leaseTtl), 3600)
      assert.isTrue(config.autoRenew)
      assert.strictEqual(config.access, "ask")
      assert.deepStrictEqual([...config.toolsets], ["s3", "ec2", "aws", "vault"])
      assert.strictEqual(config.tokenFile, "/home/ana/.vault-token")
    }),
  )

  it.effect("other MCP servers come from the file that was named, which is not read here, and from nowhere else", () =>
    Effect.gen(function* () {
      const path = "/home/ana/.config/vault-aws-mcp/config.yaml"
      assert.isUndefined((yield* load({})).fleet.file)
      const env = { VAULT_AWS_MCP_MCP_CONFIG: "/etc/mcp.json", PATH: "/bin", VAULT_TOKEN: "t" }
      const fromFile = yield* load({}, { [path]: "mcp_config: /srv/mcp.json\n" })
      assert.deepStrictEqual(fromFile.fleet, { file: "/srv/mcp.json", env: {} })
      assert.deepStrictEqual((yield* load({ env })).fleet, { file: "/etc/mcp.json", env: { PATH: "/bin" } })
      assert.strictEqual((yield* load({ env, flags: { mcp_config: "x.json" } })).fleet.file, "x.json")
    }),
  )

  it.effect("a flag beats our variable, that beats Vault's, that beats the file", () =>
    Effect.gen(function* () {
      const files = {
        "/home/ana/.config/vault-aws-mcp/config.yaml": "vault_addr: http://file:1\naws_region: eu-west-3\n",
      }
      const env = { VAULT_ADDR: "http://vault:1", VAULT_AWS_MCP_VAULT_ADDR: "http://own:1/" }
      const all = yield* load({ env, flags: { vault_addr: "http://flag:1" } }, files)
      assert.strictEqual(all.vault.address, "http://flag:1")
      assert.strictEqual(all.region, "eu-west-3")
      assert.strictEqual((yield* load({ env }, files)).vault.address, "http://own:1")
      assert.strictEqual(
        (yield* load({ env: { VAULT_ADDR: "http://vault:1" } }, files)).vault.address,
        "http://vault:1",
      )
      assert.strictEqual((yield* load({}, files)).vault.address, "http://file:1")
    }),
  )

  it.effect("an agent's role and policies come from its variables or from the file's agents, each agent's alone", () =>
    Effect.gen(function* () {
      const path = "/home/ana/.config/vault-aws-mcp/config.yaml"
      const files = {
        [path]: "agents:\n  aws:\n    role: file-role\n    policies: [a, b]\n  vault:\n    role: auditor\n",
      }
      assert.deepStrictEqual((yield* load({})).agents, {})
      const found = yield* load(
        { env: { VAULT_AWS_MCP_AGENT_AWS_ROLE: "own", VAULT_AWS_MCP_AGENT_MCP_POLICIES: "x" } },
        files,
      )
      assert.deepStrictEqual(found.agents, {
        aws: { role: "own", policies: ["a", "b"] },
        vault: { role: "auditor" },
        mcp: { policies: ["x"] },
      })
      assert.deepStrictEqual(found.vault.childPolicies, undefined)
    }),
  )

  it.effect("an agent nobody knows, a wrong member and the flat form of the file are refused by name", () =>
    Effect.gen(function* () {
      const path = "/home/ana/.config/vault-aws-mcp/config.yaml"
      for (const [text, said] of [
        ["agents:\n  azure: {}\n", "azure"],
        ["agents:\n  aws:\n    rolle: x\n", "rolle"],
        ["agent_aws_role: x\n", "agent_aws_role"],
      ] as const)
        assert.include((yield* problems({}, { [path]: text })).join(), said)
    }),
  )

  it.effect("OpenBao's variables hide Vault's, even when they are empty", () =>
    Effect.gen(function* () {
      const bao = yield* load({ env: { BAO_ADDR: "http://bao:1", VAULT_ADDR: "http://vault:1" } })
      assert.strictEqual(bao.vault.address, "http://bao:1")
      const empty = yield* load({ env: { BAO_NAMESPACE: "", VAULT_NAMESPACE: "team" } })
      assert.isUndefined(empty.vault.namespace)
    }),
  )

  it.effect("a variable that an MCP client did not fill in counts as unset", () =>
    Effect.gen(function* () {
      const config = yield* load({
        env: {
          VAULT_AWS_MCP_VAULT_TOKEN: "${VAULT_TOKEN}",
          VAULT_TOKEN: "hvs.real",
          VAULT_AWS_MCP_AWS_REGION: "${REGION}",
        },
      })
      assert.strictEqual(Redacted.value(config.vault.token ?? Redacted.make("")), "hvs.real")
      assert.strictEqual(config.region, "us-east-1")
    }),
  )

  it.effect("toolsets beyond the usual ones are offered when they are named, and only then", () =>
    Effect.gen(function* () {
      assert.notInclude((yield* load({})).toolsets, "kv")
      const named = yield* load({ env: { VAULT_AWS_MCP_TOOLSETS: "s3,KV" } })
      assert.deepStrictEqual([...named.toolsets], ["s3", "kv"])
    }),
  )

  it.effect("every bad value is named with what was expected, and never repeated", () =>
    Effect.gen(function* () {
      const found = yield* problems({
        env: {
          VAULT_AWS_MCP_AWS_REGION: "canary region",
          VAULT_AWS_MCP_LEASE_TTL: "canary",
          VAULT_AWS_MCP_LEASE_AUTO_RENEW: "canary",
          VAULT_AWS_MCP_ACCESS: "canary",
          VAULT_AWS_MCP_TOOLSETS: "s3,canary",
          VAULT_AWS_MCP_VAULT_AWS_MOUNT_PATH: "canary/../sys",
          VAULT_AWS_MCP_VAULT_AWS_ROLE: "canary/role",
          VAULT_ADDR: "https://user:canary@vault",
          VAULT_SKIP_VERIFY: "canary",
          VAULT_AWS_MCP_VAULT_TOKEN: "canary with blanks",
        },
      })
      assert.strictEqual(found.length, 10)
      assert.notInclude(found.join(), "canary")
      assert.include(found.join("\n"), "VAULT_AWS_MCP_LEASE_TTL: expected a length of time such as 1h, 15m or 900")
      assert.include(found.join("\n"), "VAULT_ADDR: expected an address")
    }),
  )

  it.effect("the value forms of existing users are taken", () =>
    Effect.gen(function* () {
      for (const [value, seconds] of [
        ["1h", 3600],
        ["15m", 900],
        ["900", 900],
      ] as const) {
        const config = yield* load({ env: { VAULT_AWS_MCP_LEASE_TTL: value } })
        assert.strictEqual(Duration.toSeconds(config.leaseTtl), seconds)
      }
      for (const [value, on] of [
        ["true", true],
        ["0", false],
        ["YES", true],
        ["no", false],
        ["1", true],
      ] as const) {
        assert.strictEqual((yield* load({ env: { VAULT_AWS_MCP_LEASE_AUTO_RENEW: value } })).autoRenew, on)
      }
    }),
  )

  it.effect("accounts come from the file, JSON or YAML", () =>
    Effect.gen(function* () {
      const yaml =
        "accounts:\n  prod:\n    role: reader\n    role_arn: arn:aws:iam::123456789012:role/reader\n    regions: [eu-west-1]\n    access: read-only\n"
      const json = JSON.stringify({
        accounts: {
          prod: {
            role: "reader",
            role_arn: "arn:aws:iam::123456789012:role/reader",
            regions: ["eu-west-1"],
            access: "read-only",
          },
        },
      })
      const expected = {
        role: "reader",
        roleArn: "arn:aws:iam::123456789012:role/reader",
        regions: ["eu-west-1"],
        access: "read-only" as const,
      }
      const fromYaml = yield* load({ flags: { config: "/c.yaml" } }, { "/c.yaml": yaml })
      const fromJson = yield* load({ env: { VAULT_AWS_MCP_CONFIG: "/c.json" } }, { "/c.json": json })
      assert.deepEqual(fromYaml.accounts["prod"], expected)
      assert.deepEqual(fromJson.accounts["prod"], expected)
    }),
  )

  it.effect("a file with unknown keys, a secret or nonsense in it is refused by name", () =>
    Effect.gen(function* () {
      const at = (text: string) => problems({ flags: { config: "/c.yaml" } }, { "/c.yaml": text })
      assert.match((yield* at("aws_regoin: eu-west-1\n"))[0] ?? "", /aws_regoin.*did you mean aws_region/)
      const secret = (yield* at("vault_token: hvs.canary\n"))[0] ?? ""
      assert.match(secret, /vault_token is a secret/)
      assert.notInclude(secret, "canary")
      assert.match((yield* at("accounts:\n  prod:\n    roel: x\n"))[0] ?? "", /roel/)
      assert.match((yield* problems({ flags: { config: "/c.json" } }, { "/c.json": "{" }))[0] ?? "", /expected JSON/)
    }),
  )
})
