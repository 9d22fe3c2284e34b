import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { atRecord, type ServiceRecord, ServiceRecords } from "../../src/vault/ServiceRecords.ts"
import { askVault, recordsLayer } from "../kit/VaultOverHttp.ts"
import { LOOKUP } from "../kit/RealVault.ts"

const record = (target: string, port: number, priority = 0, weight = 0): ServiceRecord => ({
  target,
  port,
  priority,
  weight,
})
const url = new URL("https://vault.test/behind/v1/sys/health?a=b")
const OK = { status: 200, json: { data: {} } }

describe("a service record", () => {
  it("puts its host and port into the address, and leaves path and query alone", () => {
    const placed = atRecord(url, [record("node1.vault.test.", 8200)])
    assert.strictEqual(placed.href, "https://node1.vault.test:8200/behind/v1/sys/health?a=b")
    assert.strictEqual(url.host, "vault.test")
  })

  it("of the lowest priority is taken, and of the greatest weight among equals", () => {
    const several = [record("c.test", 1, 2, 9), record("b.test", 2, 1, 1), record("a.test", 3, 1, 5)]
    assert.strictEqual(atRecord(url, several).host, "a.test:3")
  })

  it("that cannot be meant is passed over", () => {
    for (const bad of [record(".", 8200), record("", 1), record("evil.test/x?", 1), record("a.test", 0)]) {
      assert.strictEqual(atRecord(url, [bad]).href, url.href, bad.target)
    }
    assert.strictEqual(atRecord(url, []).href, url.href)
  })

  it.effect.prop(
    "of whatever DNS says never changes more than host and port",
    { target: Schema.String, port: Schema.Int },
    ({ port, target }) =>
      Effect.sync(() => {
        const { hash, password, pathname, protocol, search, username } = atRecord(url, [record(target, port)])
        assert.deepStrictEqual(
          [protocol, username, password, pathname, search, hash],
          [url.protocol, "", "", url.pathname, url.search, ""],
        )
      }),
    { arbitrary: { runs: 1000, size: 1000 } },
  )

  it.effect("is looked up for an address without a port, where that is asked for", () =>
    Effect.gen(function* () {
      const records = recordsLayer({ "vault.test": [record("node1.vault.test.", 8210)] })
      const cases = [
        ["http://vault.test", true, "node1.vault.test:8210"],
        ["http://vault.test", false, "vault.test"],
        ["http://vault.test:8200", true, "vault.test:8200"],
        ["http://other.test", true, "other.test"],
      ] as const
      for (const [address, srvLookup, host] of cases) {
        const { seen } = yield* askVault(LOOKUP, () => OK, { address, srvLookup }, records)
        assert.deepStrictEqual(
          seen.map((call) => call.host),
          [host],
        )
      }
    }),
  )

  it.effect("names the node that did not answer", () =>
    Effect.gen(function* () {
      const records = recordsLayer({ "vault.test": [record("node1.vault.test", 8210)] })
      const vault = { address: "http://vault.test", srvLookup: true, maxRetries: 0 }
      const { message } = yield* askVault(LOOKUP, () => ({ code: "ECONNREFUSED" }), vault, records)
      assert.include(message, "http://node1.vault.test:8210")
    }),
  )
})

describe("the resolver", () => {
  it.live("gives no records for a name that DNS does not know, and does not fail", () =>
    Effect.gen(function* () {
      const found = yield* ServiceRecords.use((it) => it.lookup("no-such-host.invalid"))
      assert.deepStrictEqual(found, [])
    }).pipe(Effect.provide(ServiceRecords.layer)),
  )
})
