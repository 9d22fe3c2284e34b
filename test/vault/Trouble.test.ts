import { assert, describe, it } from "@effect/vitest"
import { HttpClientError, HttpClientRequest } from "effect/http"
import { troubleOf } from "../../src/vault/Trouble.ts"

const https = { url: new URL("https://vault.test"), shown: "https://vault.test" }
const http = { url: new URL("http://vault.test"), shown: "http://vault.test" }
const request = HttpClientRequest.get("https://vault.test/v1/x")
const fault = (members: object, message = "x") => Object.assign(new Error(message), members)
const troubled = (cause: unknown, address = https) =>
  troubleOf(
    new HttpClientError.HttpClientError({ reason: new HttpClientError.TransportError({ request, cause }) }),
    address,
  )

describe("a connection's fault", () => {
  it("before the request was sent proves that Vault did nothing", () => {
    for (const members of [
      { code: "ECONNREFUSED" },
      { code: "ENOTFOUND" },
      { code: "ETIMEDOUT", syscall: "connect" },
      { code: "UND_ERR_CONNECT_TIMEOUT" },
      { code: "CERT_HAS_EXPIRED" },
    ]) {
      assert.strictEqual(troubled(fault(members)).processed, "no", members.code)
    }
  })

  it("after that, or of an unknown kind, proves nothing", () => {
    for (const cause of [
      fault({ code: "ECONNRESET" }),
      fault({ code: "EPIPE" }),
      fault({ code: "ETIMEDOUT", syscall: "read" }),
      fault({}),
      undefined,
      "text",
    ]) {
      const { processed, transient } = troubled(cause)
      assert.strictEqual(processed, "unknown")
      assert.isTrue(transient)
    }
  })

  it("is found below its wrappers and among the attempts on several addresses", () => {
    const refused = fault({ code: "ECONNREFUSED" })
    assert.strictEqual(troubled(new Error("fetch failed", { cause: refused })).processed, "no")
    assert.strictEqual(troubled(new AggregateError([refused, refused])).processed, "no")
    const looped = new Error("a")
    looped.cause = looped
    assert.strictEqual(troubled(looped).processed, "unknown")
  })

  it("of trust is never worth another attempt", () => {
    for (const code of [
      "DEPTH_ZERO_SELF_SIGNED_CERT",
      "ERR_TLS_CERT_ALTNAME_INVALID",
      "ERR_SSL_ANYTHING_NEW",
      "EPROTO",
    ]) {
      const { reason, transient } = troubled(fault({ code }))
      assert.strictEqual(reason._tag, "TlsFailed", code)
      assert.isFalse(transient)
    }
    assert.strictEqual(
      troubled(
        fault(
          { code: "ECONNRESET" },
          "Client network socket disconnected before secure TLS connection was established",
        ),
      ).reason._tag,
      "TlsFailed",
    )
  })

  it("of an authority and of a certificate that vouches for itself are told apart", () => {
    const problem = (code: string) => {
      const { reason } = troubled(fault({ code }))
      return reason._tag === "TlsFailed" ? reason.problem : reason._tag
    }
    assert.strictEqual(problem("DEPTH_ZERO_SELF_SIGNED_CERT"), "self-signed")
    assert.strictEqual(problem("SELF_SIGNED_CERT_IN_CHAIN"), "unknown-ca")
  })

  it("of TLS after the handshake may come after the request, unless it is about our certificate", () => {
    const late = troubled(fault({ code: "ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC", afterHandshake: true }))
    assert.deepStrictEqual([late.reason._tag, late.processed], ["Unreachable", "unknown"])
    for (const code of ["ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", "ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_EXPIRED"]) {
      const refused = troubled(fault({ code, reason: "tlsv13 alert certificate required" }))
      assert.strictEqual(refused.reason._tag === "TlsFailed" && refused.reason.problem, "client-certificate")
      assert.include(refused.reason.message, "(tlsv13 alert certificate required)")
      assert.strictEqual(refused.processed, "no")
    }
  })

  it("of a socket, or of a proxy that cannot be used, says so and proves that nothing was sent", () => {
    const socket = { url: new URL("http://localhost"), shown: "unix:///run/x", socket: "/run/x" }
    const gone = troubled(fault({ code: "ENOENT", syscall: "connect" }), socket)
    assert.include(gone.reason.message, "unix:///run/x")
    assert.include(gone.reason.message, "no such socket")
    const unproxied = troubled(fault({ code: "VAULT_PROXY_SETTINGS" }))
    const unknown = troubled(fault({}, "Proxy Authentication Required (407)"))
    assert.include(unproxied.reason.message, "VAULT_PROXY_ADDR")
    for (const { processed } of [gone, unproxied, unknown]) assert.strictEqual(processed, "no")
  })

  it("of the protocol is a wrong scheme only where plain HTTP was spoken", () => {
    assert.strictEqual(troubled(fault({ code: "HPE_INVALID_CONSTANT" }), http).reason._tag, "TlsFailed")
    assert.strictEqual(troubled(fault({ code: "HPE_INVALID_CONSTANT" }), https).reason._tag, "Unreachable")
  })
})
