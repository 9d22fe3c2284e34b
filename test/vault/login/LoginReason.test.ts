import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { LOGIN_SETTINGS } from "../../../src/config/LoginSettings.ts"
import { variableOf } from "../../../src/config/Setting.ts"
import { SETTINGS } from "../../../src/config/Settings.ts"
import { LOGIN_METHODS } from "../../../src/config/VaultLogin.ts"
import { Redactor } from "../../../src/guard/Redactor.ts"
import {
  IdentityUnavailable,
  LoginRefused,
  MfaUnsupported,
  SecretUnavailable,
  WrappingFailed,
} from "../../../src/vault/login/LoginReason.ts"

const methods = LOGIN_METHODS.filter((method) => method !== "token")
const setting = "VAULT_AWS_MCP_VAULT_AUTH_JWT_FILE"

/** Every reason of logins in every kind. */
const reasons = [
  ...methods.flatMap((method) => ["", "no"].map((text) => new LoginRefused({ method, mount: `team/${method}`, text }))),
  ...(["refused", "unanswered", "spent", "unfit", "ended"] as const).flatMap((problem) =>
    (["token", "secret id"] as const).map((holds) => new WrappingFailed({ problem, holds, source: "/run/w" })),
  ),
  new SecretUnavailable({ what: "JSON web token", path: "/run/jwt", why: "does not exist", setting }),
  new MfaUnsupported({ path: "auth/userpass/login/ana" }),
  ...(["instance", "container", "web-identity"] as const).map(
    (identity) => new IdentityUnavailable({ identity, why: "it is not there" }),
  ),
]

describe("the words of a login that failed", () => {
  it("name settings that exist", () => {
    const known = Object.values({ ...SETTINGS, ...LOGIN_SETTINGS }).map((one) => variableOf(one))
    const named = reasons.flatMap(({ message }) => message.match(/VAULT_AWS_MCP_\w+/g) ?? [])
    assert.isAbove(named.length, 40)
    for (const name of named) assert.include(known, name)
  })

  it.effect("are sentences that the redactor has no reason to touch", () =>
    Redactor.use((redactor) =>
      Effect.sync(() => {
        for (const { message } of reasons) {
          assert.strictEqual(redactor.text(message), message)
          assert.match(message, /^[A-Z].*[^.]\.$/)
        }
      }),
    ).pipe(Effect.provide(Redactor.layer)),
  )
})
