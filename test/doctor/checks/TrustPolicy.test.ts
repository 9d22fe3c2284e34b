import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { letAssume } from "../../../src/doctor/checks/TrustPolicy.ts"

const ROLE = "arn:aws:iam::123456789012:role/team/McpAgent"
const words = (user: string, more = "") =>
  `AccessDenied: User: ${user} is not authorized to perform: sts:AssumeRole on resource: ${ROLE}${more}`

const policyIn = (fix: string): unknown => JSON.parse(fix.slice(fix.indexOf("{")))

const trusting = (principal: string) => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { AWS: principal } }],
})

describe("the trust policy to write", () => {
  it.effect("lets the user that AWS names, and says for which role", () =>
    Effect.sync(() => {
      const fix = letAssume(words("arn:aws:iam::123456789012:user/vault"), undefined)
      assert.deepStrictEqual(policyIn(fix), trusting("arn:aws:iam::123456789012:user/vault"))
      assert.include(fix, ROLE)
      assert.include(fix, "--role-name McpAgent)")
      assert.include(fix, `allow sts:AssumeRole on ${ROLE} in a policy of arn:aws:iam::123456789012:user/vault`)
    }),
  )

  it.effect("trusts the role behind a session, in any partition, since the session's name changes", () =>
    Effect.sync(() => {
      const fix = letAssume(words("arn:aws-us-gov:sts::123456789012:assumed-role/vault-node/i-0abc"), undefined)
      assert.deepStrictEqual(policyIn(fix), trusting("arn:aws-us-gov:iam::123456789012:role/vault-node"))
    }),
  )

  it.effect("begins with the user's own policy when AWS says that this is what is missing", () =>
    Effect.sync(() => {
      const why = " because no identity-based policy allows the sts:AssumeRole action"
      const fix = letAssume(words("arn:aws:iam::123456789012:user/vault", why), undefined)
      assert.match(fix, /^allow sts:AssumeRole on/)
      assert.deepStrictEqual(policyIn(fix), trusting("arn:aws:iam::123456789012:user/vault"))
    }),
  )

  it.effect("stands with an example's user when AWS names none", () =>
    Effect.sync(() => {
      const fix = letAssume("AccessDenied: no", "arn:aws:iam::123456789012:role/known")
      assert.include(fix, "arn:aws:iam::123456789012:role/known")
      assert.deepStrictEqual(policyIn(fix), trusting("arn:aws:iam::123456789012:user/vault"))
    }),
  )
})
