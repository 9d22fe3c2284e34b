import { assert, describe, it } from "@effect/vitest"
import {
  addRole,
  addSession,
  addUser,
  addUserKey,
  emptyIdentity,
  type Identity,
  keysOf,
} from "../../../src/sandbox/aws/Identity.ts"

const DAY = 24 * 60 * 60 * 1000

const session = (identity: Identity, now: number, seconds: number) =>
  addSession(identity, {
    principal: { account: "1", arn: "a", userId: "u" },
    origin: { _tag: "role", roleArn: "r", role: undefined },
    policy: undefined,
    now,
    seconds,
  })

describe("the state of identities", () => {
  it("users and roles get ARNs and ids of AWS's shape", () => {
    const identity = emptyIdentity()
    const user = addUser(identity, { account: "123456789012", name: "ana", path: "/team/", now: 5 })
    assert.strictEqual(user.arn, "arn:aws:iam::123456789012:user/team/ana")
    assert.match(user.uniqueId, /^AIDA[A-Z2-7]{17}$/)
    const given = { account: "123456789012", name: "R", path: "/", maxSessionSeconds: 3600, trustPolicy: "{}" }
    const role = addRole(identity, { ...given, now: 5 })
    assert.strictEqual(identity.roles.get("arn:aws:iam::123456789012:role/R"), role)
    assert.match(role.uniqueId, /^AROA[A-Z2-7]{17}$/)
  })

  it("keys belong to the very user they were made for, not to a later one of the same name", () => {
    const identity = emptyIdentity()
    const first = addUser(identity, { account: "1", name: "ana", now: 0 })
    addUserKey(identity, first, 0)
    const second = addUser(identity, { account: "1", name: "ana", now: 1 })
    assert.lengthOf(keysOf(identity, first), 1)
    assert.lengthOf(keysOf(identity, second), 0)
  })

  it("a secret has 40 characters and no two are alike", () => {
    const identity = emptyIdentity()
    const user = addUser(identity, { account: "1", name: "ana", now: 0 })
    const secrets = Array.from({ length: 50 }, () => addUserKey(identity, user, 0).secretKey)
    assert.strictEqual(new Set(secrets).size, 50)
    assert.isTrue(secrets.every((secret) => secret.length === 40))
  })

  it("a session ends on a whole second, as it is told to", () => {
    const made = session(emptyIdentity(), 1999, 900)
    assert.strictEqual(made.expiresAt, 901_000)
  })

  it("ended sessions are forgotten a day later, so that the state cannot grow for ever", () => {
    const identity = emptyIdentity()
    const old = session(identity, 0, 900)
    session(identity, 900_000 + DAY, 900)
    assert.isTrue(identity.sessions.has(old.accessKeyId))
    session(identity, 901_000 + DAY, 900)
    assert.isFalse(identity.sessions.has(old.accessKeyId))
    assert.strictEqual(identity.sessions.size, 2)
  })
})
