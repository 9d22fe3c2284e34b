import { assert, describe, it } from "@effect/vitest"
import { Redacted } from "effect"
import { loginOf } from "../../src/config/LoginSource.ts"
import { makeReader } from "../../src/config/Reader.ts"

const P = "VAULT_AWS_MCP_VAULT_AUTH_"

const login = (settings: Readonly<Record<string, string>>, platform: Readonly<Record<string, string>> = {}) => {
  const own = Object.entries(settings).map(([name, value]) => [`${P}${name}`, value])
  const reader = makeReader(
    { env: { ...Object.fromEntries(own), ...platform }, flags: {}, home: "/h" },
    { settings: {} },
    "",
  )
  return { login: loginOf(reader), problems: reader.problems }
}

describe("the way into Vault", () => {
  it("is a token that is given, unless another method is named", () => {
    assert.deepStrictEqual(login({}).login, { method: "token", wrapped: false })
    assert.deepStrictEqual(login({ WRAPPED: "yes" }).login, { method: "token", wrapped: true })
  })

  it("takes the secret of the variable before the file's, and the method's name as its mount", () => {
    const { login: found, problems } = login({
      METHOD: "approle",
      ROLE_ID: "r-1",
      SECRET_ID: "canary",
      SECRET_ID_FILE: "/s",
    })
    assert.deepStrictEqual(problems, [])
    assert.isTrue(found.method === "approle" && found.mount === "approle" && found.secretId?._tag === "value")
    assert.notInclude(JSON.stringify(found), "canary")
    assert.isTrue(
      found.method === "approle" &&
        found.secretId?._tag === "value" &&
        Redacted.value(found.secretId.value) === "canary",
    )
    const inFile = login({ METHOD: "approle", ROLE_ID: "r-1", SECRET_ID_FILE: "/s", MOUNT: "team/approle" }).login
    assert.deepInclude(inFile, { mount: "team/approle", secretId: { _tag: "file", path: "/s" } })
  })

  it("needs what the method needs, and names the variables that are missing", () => {
    assert.match(login({ METHOD: "approle" }).problems.join(), /approle needs VAULT_AWS_MCP_VAULT_AUTH_ROLE_ID/)
    assert.match(login({ METHOD: "jwt" }).problems.join(), /jwt needs \S+_JWT or \S+_JWT_FILE/)
    assert.match(login({ METHOD: "userpass", PASSWORD: "p" }).problems.join(), /userpass needs \S+_USERNAME/)
    assert.match(login({ METHOD: "ldap", USERNAME: "ana" }).problems.join(), /ldap needs \S+_PASSWORD or/)
    assert.match(login({ METHOD: "github" }).problems.join(), /expected token, approle, kubernetes/)
  })

  it("finds a pod's own token by itself", () => {
    const { login: found } = login({ METHOD: "kubernetes", ROLE: "agent" })
    assert.deepInclude(found, {
      role: "agent",
      jwt: { _tag: "file", path: "/var/run/secrets/kubernetes.io/serviceaccount/token" },
    })
  })

  it("takes the AWS identity that the platform gives, or the one that is named", () => {
    const identity = (settings: Readonly<Record<string, string>>, platform: Readonly<Record<string, string>> = {}) => {
      const { login: found, problems } = login({ METHOD: "aws", ...settings }, platform)
      return { identity: found.method === "aws" ? found.identity : undefined, problems }
    }
    const web = { AWS_WEB_IDENTITY_TOKEN_FILE: "/t", AWS_ROLE_ARN: "arn:aws:iam::1:role/r" }
    const ecs = { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: "/v2/x" }
    assert.strictEqual(identity({}).identity?._tag, "instance")
    assert.deepInclude(identity({}, ecs).identity, { _tag: "container", url: "http://169.254.170.2/v2/x" })
    assert.strictEqual(identity({}, { ...ecs, ...web }).identity?._tag, "web-identity")
    assert.strictEqual(identity({ AWS_IDENTITY: "instance" }, web).identity?._tag, "instance")
    assert.match(identity({ AWS_IDENTITY: "web-identity" }).problems.join(), /expected both/)
    assert.match(identity({ AWS_IDENTITY: "container" }).problems.join(), /CREDENTIALS_FULL_URI: expected/)
  })

  it("never takes an AWS key from the environment", () => {
    const { login: found } = login(
      { METHOD: "aws" },
      { AWS_ACCESS_KEY_ID: "AKIACANARY", AWS_SECRET_ACCESS_KEY: "canary", AWS_PROFILE: "canary" },
    )
    assert.notMatch(JSON.stringify(found), /canary/i)
  })

  it("signs for the region's own STS endpoint unless another is named", () => {
    assert.deepInclude(login({ METHOD: "aws", AWS_REGION: "eu-west-1" }).login, {
      stsEndpoint: "https://sts.eu-west-1.amazonaws.com",
    })
    assert.deepInclude(login({ METHOD: "aws", AWS_ENDPOINT: "http://127.0.0.1:9" }).login, {
      stsEndpoint: "http://127.0.0.1:9",
    })
  })
})
