import { assert, describe, it } from "@effect/vitest"
import { Standby, TlsFailed } from "../../src/vault/ReachReason.ts"

describe("a standby", () => {
  it("names the host to use, except where that would give up TLS", () => {
    const to = (redirect: Standby["redirect"], target?: string) =>
      new Standby({ address: "https://a", redirect, ...(target === undefined ? {} : { target }) }).message
    assert.include(to("host", "https://b"), "set VAULT_ADDR to it")
    assert.notInclude(to("downgrade", "http://a"), "set VAULT_ADDR")
    assert.include(to("none"), "Try again")
    assert.notInclude(to("none"), "undefined")
    assert.include(to("off", "https://b"), "VAULT_DISABLE_REDIRECTS")
    assert.include(to("off", "https://b"), "set VAULT_ADDR to it")
    assert.include(to("gone", "https://b"), "https://b")
    assert.notInclude(to("gone", "https://b"), "set VAULT_ADDR")
  })
})

describe("a failed handshake", () => {
  it("says which setting mends it", () => {
    const of = (problem: TlsFailed["problem"]) => new TlsFailed({ address: "https://a", problem, detail: "d" }).message
    assert.include(of("unknown-ca"), "VAULT_CACERT")
    assert.include(of("wrong-host"), "VAULT_TLS_SERVER_NAME")
    assert.include(of("client-certificate"), "VAULT_CLIENT_KEY")
    assert.include(of("plain-to-tls"), "https://")
    assert.include(of("tls-to-plain"), "http://")
  })
})
