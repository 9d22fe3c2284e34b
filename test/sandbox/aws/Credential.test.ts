import { assert, describe, it } from "@effect/vitest"
import { findCredential, permits, secretOf } from "../../../src/sandbox/aws/Credential.ts"
import {
  addRole,
  addSession,
  addUser,
  addUserKey,
  emptyIdentity,
  type Identity,
  type Session,
} from "../../../src/sandbox/aws/Identity.ts"

const allow = (Action: string, Condition?: object) =>
  JSON.stringify({ Statement: { Effect: "Allow", Action, Resource: "*", ...(Condition && { Condition }) } })

const decision = (identity: Identity, accessKeyId: string, action: string, now = 0) => {
  const credential = findCredential(identity, accessKeyId)
  assert.isDefined(credential)
  return permits(identity, credential, { action, resource: "*", region: "us-east-1", now })
}

const ana = { account: "123456789012", name: "ana", now: 0 }

const sessionOf = (identity: Identity, origin: Session["origin"], policy?: Session["policy"]) =>
  addSession(identity, {
    principal: { account: "123456789012", arn: "arn:session", userId: "id:s" },
    origin,
    policy,
    now: 0,
    seconds: 900,
  }).accessKeyId

describe("credentials", () => {
  it("a key is known while it is active and until its user is gone", () => {
    const identity = emptyIdentity()
    const user = addUser(identity, ana)
    const key = addUserKey(identity, user, 0)
    const found = findCredential(identity, key.accessKeyId)
    assert.isDefined(found)
    assert.strictEqual(secretOf(found), key.secretKey)
    assert.strictEqual(found.principal.userId, user.uniqueId)
    identity.keys.set(key.accessKeyId, { ...key, active: false })
    assert.isUndefined(findCredential(identity, key.accessKeyId))
    identity.keys.set(key.accessKeyId, key)
    addUser(identity, ana)
    assert.isUndefined(findCredential(identity, key.accessKeyId))
  })

  it("a user may do what its policies say now", () => {
    const identity = emptyIdentity()
    const user = addUser(identity, ana)
    const { accessKeyId } = addUserKey(identity, user, 0)
    assert.strictEqual(decision(identity, accessKeyId, "s3:GetObject"), "implicit-deny")
    user.inline.set("p", allow("s3:*", { StringEquals: { "aws:username": "ana", "aws:RequestedRegion": "us-east-1" } }))
    assert.strictEqual(decision(identity, accessKeyId, "s3:GetObject"), "allow")
    user.inline.clear()
    user.attached.set("arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess", "AmazonEC2ReadOnlyAccess")
    assert.strictEqual(decision(identity, accessKeyId, "ec2:DescribeVpcs"), "allow")
    assert.strictEqual(decision(identity, accessKeyId, "ec2:RunInstances"), "implicit-deny")
  })

  it("sessions of a role end in nothing when the role is made anew under its name", () => {
    const identity = emptyIdentity()
    const given = { ...ana, name: "R", path: "/", maxSessionSeconds: 3600, trustPolicy: "{}" }
    const role = addRole(identity, given)
    role.inline.set("p", allow("s3:*"))
    const id = sessionOf(identity, { _tag: "role", roleArn: role.arn, role })
    assert.strictEqual(decision(identity, id, "s3:GetObject"), "allow")
    addRole(identity, given).inline.set("p", allow("*"))
    assert.strictEqual(decision(identity, id, "s3:GetObject"), "implicit-deny")
  })

  it("each kind of session has the limits AWS sets it", () => {
    const identity = emptyIdentity()
    const user = addUser(identity, ana)
    user.inline.set("p", allow("*"))
    const full = [
      [
        {
          effect: "Allow",
          actions: { not: false, patterns: ["*"] },
          resources: { not: false, patterns: ["*"] },
          conditions: [],
        } as const,
      ],
    ]
    const role = sessionOf(identity, { _tag: "role", roleArn: "arn:any", role: undefined })
    const token = sessionOf(identity, { _tag: "session", user })
    const federated = sessionOf(identity, { _tag: "federation", user }, full)
    const table = ["iam:ListUsers", "sts:AssumeRole", "sts:GetSessionToken", "s3:GetObject"].map((action) =>
      [role, token, federated].map((id) => decision(identity, id, action) === "allow"),
    )
    assert.deepStrictEqual(table, [
      [true, false, false],
      [true, true, false],
      [false, false, false],
      [true, true, true],
    ])
    identity.users.clear()
    assert.isUndefined(findCredential(identity, token))
    assert.isUndefined(findCredential(identity, federated))
  })
})
