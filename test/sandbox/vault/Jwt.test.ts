import { assert, describe, it } from "@effect/vitest"
import { generateKeyPairSync, sign } from "node:crypto"
import { Result } from "effect"
import { audiencesOf, claimAt, readKey, readKeys, signedClaims, timeProblem } from "../../../src/sandbox/vault/Jwt.ts"
import { hs256, PUBLIC_KEY, rs256, tampered } from "../../kit/Tokens.ts"

const keys = (...texts: ReadonlyArray<string>) => Result.getOrThrow(readKeys(texts))

describe("signed tokens", () => {
  it("a token that one of the keys signed gives its claims", () => {
    const both = keys("some secret", PUBLIC_KEY)
    assert.deepStrictEqual(signedClaims(rs256({ a: 1 }), both), Result.succeed({ a: 1 }))
    assert.deepStrictEqual(signedClaims(hs256({ b: 2 }, "some secret"), both), Result.succeed({ b: 2 }))
  })

  it("changed claims, another key, no signature and no token are refused", () => {
    const known = keys(PUBLIC_KEY)
    const token = rs256({ a: 1 })
    const unsigned = `${Buffer.from('{"alg":"none"}').toString("base64url")}.e30.`
    for (const wrong of [tampered(token, { a: 2 }), hs256({ a: 1 }, "x"), unsigned, `${token}x`, "a.b.c"])
      assert.isTrue(Result.isFailure(signedClaims(wrong, known)), wrong)
    assert.deepStrictEqual(
      signedClaims("one.two", known),
      Result.fail("go-jose/go-jose: compact JWS format must have three parts"),
    )
  })

  it("a public key is no secret for HMAC, and a secret no public key", () => {
    assert.isTrue(Result.isFailure(signedClaims(hs256({}, PUBLIC_KEY), keys(PUBLIC_KEY))))
    assert.isTrue(Result.isFailure(signedClaims(rs256({}), keys("secret"))))
  })

  it("elliptic keys count for their own algorithms", () => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url")
    const ec = generateKeyPairSync("ec", { namedCurve: "P-256" })
    const ed = generateKeyPairSync("ed25519")
    const pem = (key: typeof ec.publicKey) => key.export({ type: "spki", format: "pem" }).toString()
    const es = `${part({ alg: "ES256" })}.${part({ e: 1 })}`
    const esSigned = sign("sha256", Buffer.from(es), { key: ec.privateKey, dsaEncoding: "ieee-p1363" })
    const eddsa = `${part({ alg: "EdDSA" })}.${part({ d: 1 })}`
    const known = keys(pem(ec.publicKey), pem(ed.publicKey))
    assert.deepStrictEqual(signedClaims(`${es}.${esSigned.toString("base64url")}`, known), Result.succeed({ e: 1 }))
    const edSigned = sign(null, Buffer.from(eddsa), ed.privateKey).toString("base64url")
    assert.deepStrictEqual(signedClaims(`${eddsa}.${edSigned}`, known), Result.succeed({ d: 1 }))
  })

  it("a private key and a broken PEM are no keys", () => {
    const { privateKey } = generateKeyPairSync("ed25519")
    const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString()
    for (const text of [pem, "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"])
      assert.deepStrictEqual(readKey(text), Result.fail("data does not contain any valid public keys"))
  })

  it("times: ended, not begun, issued later, none at all; a minute of skew is fine", () => {
    const at = 1_000_000
    const problem = (claims: object, endless = false) => timeProblem({ ...claims }, at * 1000, endless) ?? "fine"
    assert.strictEqual(problem({ exp: at - 59 }), "fine")
    assert.include(problem({ exp: at - 61 }), "token is expired")
    assert.include(problem({ exp: at + 900, nbf: at + 61 }), "not yet valid")
    assert.include(problem({ exp: at + 900, nbf: at, iat: at + 61 }), "issued in the future")
    assert.include(problem({}), "no issued at")
    assert.include(problem({ iat: at - 300 }), "token is expired")
    assert.strictEqual(problem({}, true), "fine")
    assert.strictEqual(problem({ iat: at - 300 }, true), "fine")
    assert.include(problem({ exp: at - 61 }, true), "token is expired")
  })

  it("audiences are a text or a list, claims are found by name or by pointer", () => {
    assert.deepStrictEqual(
      [audiencesOf({ aud: "a" }), audiencesOf({ aud: ["a", "b"] }), audiencesOf({})],
      [["a"], ["a", "b"], []],
    )
    const claims = { "a/b": 1, deep: { "x/y": [{ z: "here" }] } }
    assert.strictEqual(claimAt(claims, "a/b"), 1)
    assert.strictEqual(claimAt(claims, "/deep/x~1y/0/z"), "here")
    assert.isUndefined(claimAt(claims, "/deep/none/z"))
  })
})
