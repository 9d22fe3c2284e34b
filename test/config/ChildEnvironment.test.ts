import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { childEnvironment } from "../../src/config/ChildEnvironment.ts"

describe("what a program that we start gets of our environment", () => {
  it("is where to find things and which language to speak, and no token, key, proxy or option", () => {
    const env = {
      PATH: "/bin",
      HOME: "/home/x",
      LANG: "C.UTF-8",
      TZ: "UTC",
      VAULT_TOKEN: "t",
      BAO_TOKEN: "t",
      VAULT_AWS_MCP_ACCESS: "full",
      AWS_PROFILE: "p",
      GITHUB_TOKEN: "t",
      HTTPS_PROXY: "http://u:p@proxy",
      NODE_OPTIONS: "--require=x",
      LD_PRELOAD: "x",
      SSH_AUTH_SOCK: "s",
      USER: undefined,
      LC_ALL: "() { :; }; echo shellshock",
    }
    assert.deepStrictEqual(childEnvironment(env), { PATH: "/bin", HOME: "/home/x", LANG: "C.UTF-8", TZ: "UTC" })
  })

  it.effect.prop(
    "is never more than the names on the list",
    { env: Schema.Record(Schema.String, Schema.String) },
    ({ env }) =>
      Effect.sync(() => {
        assert.deepStrictEqual(childEnvironment({ ...env, PATH: "/bin", HOME: undefined }), { PATH: "/bin" })
      }),
    { arbitrary: { runs: 500 } },
  )
})
