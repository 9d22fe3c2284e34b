import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { isProxyAddress, proxyFor, throughProxy } from "../../src/vault/Proxy.ts"

const PROXY = "http://proxy.test:3128"
const straight = (noProxy: string, url: string) => proxyFor({ proxy: PROXY, noProxy }, new URL(url)) === undefined

describe("NO_PROXY", () => {
  it("names hosts with their subdomains, subdomains alone, addresses, networks, ports, or everything", () => {
    const table = [
      ["vault.test", "https://vault.test", true],
      ["vault.test", "https://a.vault.test", true],
      ["vault.test", "https://evilvault.test", false],
      ["VAULT.test", "https://vault.TEST", true],
      [".vault.test", "https://a.vault.test", true],
      [".vault.test", "https://vault.test", false],
      ["*.vault.test", "https://a.vault.test", true],
      ["*.vault.test", "https://vault.test", false],
      ["vault.test:8200", "https://vault.test:8200", true],
      ["vault.test:8200", "https://vault.test", false],
      ["vault.test:443", "https://vault.test", true],
      ["vault.test:80", "http://vault.test", true],
      ["10.1.2.3", "http://10.1.2.3:8200", true],
      ["10.1.2.3:8200", "http://10.1.2.3:8200", true],
      ["10.1.2.3:8201", "http://10.1.2.3:8200", false],
      ["10.0.0.0/8", "http://10.1.2.3:8200", true],
      ["10.0.0.0/8", "http://11.1.2.3:8200", false],
      ["10.0.0.0/8", "http://ten.test", false],
      ["10.0.0.0/33", "http://10.1.2.3", false],
      ["fd00::/8", "http://[fd12::1]:8200", true],
      ["fd12::1", "http://[fd12:0::1]:8200", true],
      ["[fd12::1]:8200", "http://[fd12::1]:8200", true],
      ["[fd12::1]:8201", "http://[fd12::1]:8200", false],
      ["*", "https://vault.test", true],
      ["other.test, vault.test", "https://vault.test", true],
      ["other.test vault.test", "https://vault.test", true],
      ["", "https://vault.test", false],
      [" , ,", "https://vault.test", false],
      // A proxy that is named for Vault alone serves a Vault on this machine too.
      ["other.test", "http://127.0.0.1:8200", false],
      ["other.test", "http://localhost:8200", false],
    ] as const
    for (const [noProxy, url, expected] of table) {
      assert.strictEqual(straight(noProxy, url), expected, `${noProxy} for ${url}`)
    }
  })

  it.effect.prop(
    "is taken as it comes: nothing that stands in it is an error",
    { noProxy: Schema.String },
    ({ noProxy }) => Effect.sync(() => assert.isBoolean(straight(noProxy, "https://vault.test"))),
    { arbitrary: { runs: 1000, size: 1000 } },
  )

  it("without a proxy changes nothing", () => {
    assert.strictEqual(proxyFor({ proxy: undefined, noProxy: "*" }, new URL("https://vault.test")), undefined)
    assert.strictEqual(proxyFor({ proxy: PROXY, noProxy: undefined }, new URL("https://vault.test")), PROXY)
  })
})

describe("a proxy's address", () => {
  it("is a URL of a protocol that proxies speak", () => {
    for (const text of [PROXY, "https://p", "socks5://p:1080"]) assert.isTrue(isProxyAddress(text), text)
    for (const text of ["proxy:3128", "3128", "", "file:///x", "ftp://p"]) assert.isFalse(isProxyAddress(text), text)
  })

  it("is named without its password, and only where the request goes through it", () => {
    const settings = { proxy: "http://me:hunter2@proxy.test:3128", noProxy: "inner.test" }
    const named = throughProxy(settings, new URL("https://vault.test"))
    assert.strictEqual(named, " through the proxy http://proxy.test:3128")
    assert.strictEqual(throughProxy(settings, new URL("https://inner.test")), "")
    assert.notInclude(throughProxy({ ...settings, proxy: "hunter2@proxy" }, new URL("https://vault.test")), "hunter2")
  })
})
