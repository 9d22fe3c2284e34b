import { assert, describe, it } from "@effect/vitest"
import { Duration, Result } from "effect"
import { leaseTarget, targetKey } from "../../src/lease/Target.ts"
import { config, target } from "../kit/FakeVault.ts"

const accounts = {
  prod: { mount: "aws-prod", role: "reader", roleArn: "arn:aws:iam::123456789012:role/reader" },
  dev: {},
}

describe("leaseTarget", () => {
  it("an account brings its own mount, role and ARN; what it lacks is the top level's", () => {
    const prod = Result.getOrThrow(leaseTarget({ ...config, accounts }, "mcp", "prod"))
    assert.deepInclude(prod, { mount: "aws-prod", role: "reader", roleArn: "arn:aws:iam::123456789012:role/reader" })
    const dev = Result.getOrThrow(leaseTarget({ ...config, accounts }, "mcp", "dev"))
    assert.deepInclude(dev, { mount: "aws", role: "mcp-agent-role", roleArn: undefined })
  })

  it("an agent's role stands in for the top level's, for that agent alone; an account's own role beats it", () => {
    const agents = { aws: { role: "aws-role" }, mcp: { role: "other-role" } }
    const roleOf = (principal: string, account?: string) =>
      Result.getOrThrow(leaseTarget({ ...config, accounts, agents }, principal, account)).role
    assert.strictEqual(roleOf("aws-agent"), "aws-role")
    assert.strictEqual(roleOf("aws-agent", "dev"), "aws-role")
    assert.strictEqual(roleOf("aws-agent", "prod"), "reader")
    for (const principal of ["vault-agent", "mcp", "aws", "cli"])
      assert.strictEqual(roleOf(principal), "mcp-agent-role", principal)
  })

  it("an account that is not configured is refused with the nearest name", () => {
    const wrong = leaseTarget({ ...config, accounts }, "mcp", "prd")
    assert.match(Result.isFailure(wrong) ? wrong.failure.message : "", /"prd".*did you mean "prod".*Known: prod, dev/)
    const none = leaseTarget(config, "mcp", "prod")
    assert.match(Result.isFailure(none) ? none.failure.message : "", /No accounts are configured/)
  })

  it("targets share a lease when only their spelling or alias differs", () => {
    assert.strictEqual(targetKey(target), targetKey({ ...target, mount: "/aws/", account: "x", namespace: "" }))
    for (const other of [{ role: "b" }, { principal: "b" }, { namespace: "team" }, { ttl: Duration.minutes(30) }]) {
      assert.notStrictEqual(targetKey(target), targetKey({ ...target, ...other }))
    }
  })
})
