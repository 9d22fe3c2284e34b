import { assert, describe, it } from "@effect/vitest"
import type { Cause } from "../../../src/doctor/Cause.ts"
import { told } from "../../../src/doctor/checks/Told.ts"

describe("an error that no link knows more about", () => {
  const codes: ReadonlyArray<readonly [code: string, cause: Cause, fix: RegExp]> = [
    ["vault_unreachable", "no_answer", /reachable/],
    ["vault_standby", "standby_no_active_node", /VAULT_ADDR/],
    ["vault_token_unsuitable", "num_uses_token", /num_uses/],
    ["vault_rate_limited", "throttled", /wait/],
    ["vault_held_back", "throttled", /VAULT_RATE_LIMIT/],
    ["vault_login_refused", "login_refused", /VAULT_AWS_MCP_VAULT_AUTH_/],
    ["vault_login_secret_unavailable", "login_secret_missing", /secret/],
    ["vault_login_identity_unavailable", "login_identity_missing", /VAULT_AWS_MCP_VAULT_AUTH_/],
    ["vault_mfa_unsupported", "login_mfa", /without login MFA/],
    ["vault_wrapping_failed", "wrapping_failed", /new wrapping token/],
    ["vault_of_tomorrow", "unexpected", /vault_of_tomorrow/],
  ]

  it.each(codes)("with the code %s has a cause, its own words and a fix", (code, cause, fix) => {
    const check = told("token", { code, message: "its own words" })
    assert.deepInclude(check, { name: "token", verdict: "fail", cause, detail: "its own words" })
    assert.match(check.fix ?? "", fix)
  })
})
