import { assert, describe, it } from "@effect/vitest"
import { Effect, Result, Schema } from "effect"
import { apiUrl, mountParts, parseAddress } from "../../src/vault/VaultAddress.ts"

const at = (text: string) => Result.getOrThrow(parseAddress(text))

describe("an address", () => {
  it("may have a port, a path, a trailing slash, or be an IPv6 one", () => {
    for (const [text, url] of [
      ["https://vault.test", "https://vault.test/v1/sys/health"],
      ["https://vault.test/", "https://vault.test/v1/sys/health"],
      ["http://[::1]:8200", "http://[::1]:8200/v1/sys/health"],
      ["HTTPS://Vault.test/a/b//", "https://vault.test/a/b/v1/sys/health"],
    ] as const) {
      assert.strictEqual(Result.getOrThrow(apiUrl(at(text), ["sys", "health"])).href, url)
    }
  })

  it("may be a unix socket, which messages name and requests do not", () => {
    const address = at("unix:///run/vault/agent.sock")
    assert.deepInclude(address, { shown: "unix:///run/vault/agent.sock", socket: "/run/vault/agent.sock" })
    assert.strictEqual(Result.getOrThrow(apiUrl(address, ["sys", "health"])).href, "http://localhost/v1/sys/health")
  })

  it("that cannot be meant is refused", () => {
    for (const text of [
      "",
      "vault:8200",
      "unix:",
      "unix://run/vault.sock",
      "unix:///",
      "unix:///run/with blank",
      "https://",
      "http://u:p@h",
      "http://h?x",
      "http://h#x",
      "ssh://h",
    ]) {
      assert.isTrue(Result.isFailure(parseAddress(text)), text)
    }
  })
})

describe("an API path", () => {
  it.effect.prop(
    "never leads anywhere but where its parts say",
    { mount: Schema.String, role: Schema.String },
    ({ mount, role }) =>
      Effect.sync(() => {
        const url = apiUrl(at("https://vault.test"), [...mountParts(mount), "creds", role])
        if (Result.isFailure(url)) return
        const { hash, host, pathname, search } = url.success
        const parts = pathname.split("/").slice(2).map(decodeURIComponent)
        assert.deepStrictEqual(parts, [...mountParts(mount), "creds", role])
        assert.deepStrictEqual([host, search, hash], ["vault.test", "", ""])
      }),
    { arbitrary: { runs: 1000, size: 1000 } },
  )

  it("refuses the names that Vault or a URL would read as a way", () => {
    for (const name of ["..", ".", "", "a/b", "a\\b", "\n", "\u007f"]) {
      assert.isTrue(Result.isFailure(apiUrl(at("https://vault.test"), ["aws", "creds", name])), JSON.stringify(name))
    }
  })
})
