import { assert, beforeEach, describe, it } from "@effect/vitest"
import { readFileSync } from "node:fs"
import {
  alternativeNames,
  fitsNames,
  invalidity,
  isIssuedBy,
  type NameRules,
  readCertificates,
  readDer,
  subjectValues,
} from "../../../src/sandbox/vault/Certificates.ts"
import { file, hasOpenssl } from "../../kit/Certificates.ts"

const one = (name: string) => readCertificates(readFileSync(file(name), "utf8"))[0] ?? assert.fail(name)

const ANY: NameRules = { names: [], commonNames: [], dnsNames: [], emails: [], uris: [], units: [] }

describe("certificates", () => {
  beforeEach((ctx) => {
    if (!hasOpenssl) ctx.skip("openssl is not here")
  })

  it("all certificates of a text are read, and what is none is passed over", () => {
    const several = readFileSync(file("several.pem"), "utf8")
    assert.lengthOf(readCertificates(`notes\n${several}`), 2)
    assert.lengthOf(readCertificates("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"), 0)
    assert.isUndefined(readDer(new Uint8Array([1, 2, 3])))
    assert.strictEqual(readDer(one("client.pem").raw)?.subject, "CN=client")
  })

  it("names are found by kind, and each rule needs one that fits", () => {
    const client = one("client.pem")
    const named = one("named.pem")
    assert.deepStrictEqual([subjectValues(client, "CN"), subjectValues(client, "OU")], [["client"], []])
    assert.deepStrictEqual(alternativeNames(named, "DNS"), ["vault.internal"])
    assert.isTrue(fitsNames(client, ANY))
    assert.isTrue(fitsNames(client, { ...ANY, commonNames: ["x", "cl*"] }))
    assert.isFalse(fitsNames(client, { ...ANY, commonNames: ["x"] }))
    assert.isFalse(fitsNames(client, { ...ANY, units: ["*"] }))
    assert.isTrue(fitsNames(named, { ...ANY, names: ["*.internal"], dnsNames: ["vault.*"] }))
    assert.isFalse(fitsNames(named, { ...ANY, emails: ["*"] }))
  })

  it("an authority vouches for what it signed, and a leaf for nothing", () => {
    assert.isTrue(isIssuedBy(one("client.pem"), one("ca.pem")))
    assert.isFalse(isIssuedBy(one("client.pem"), one("good.pem")))
    assert.isFalse(isIssuedBy(one("client.pem"), one("client.pem")))
  })

  it("time and use decide whether a certificate counts", () => {
    const client = one("client.pem")
    const from = client.validFromDate.getTime()
    assert.isUndefined(invalidity(client, from + 1000))
    assert.include(invalidity(client, from - 1000), "expired or is not yet valid")
    assert.include(invalidity(client, client.validToDate.getTime() + 1000), "expired or is not yet valid")
    assert.isUndefined(invalidity(one("good.pem"), from + 1000))
  })
})
