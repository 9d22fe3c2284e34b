import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { keyIn, makeSignedAws, rootKey, type SignedAws, textOf } from "../../kit/SignedAws.ts"

const name = { UserName: "vault-token-iam-1" }
const refused = (answer: { readonly status: number; readonly text: string }) =>
  `${answer.status} ${/<Code>(.*?)<\/Code>/.exec(answer.text)?.[1]}`

/** What Vault does for an iam_user lease. */
const lease = Effect.fnUntraced(function* (aws: SignedAws) {
  yield* aws.form("iam", "CreateUser", name)
  const PolicyDocument = JSON.stringify({ Statement: [{ Effect: "Allow", Action: "dynamodb:*", Resource: "*" }] })
  yield* aws.form("iam", "PutUserPolicy", { ...name, PolicyName: "vault", PolicyDocument })
  return keyIn(yield* aws.form("iam", "CreateAccessKey", name))
})

describe("a user as Vault leases it", () => {
  it.effect("may do what its policy says, and is refused at once when its key or itself is deleted", () =>
    Effect.gen(function* () {
      const aws = yield* makeSignedAws()
      const key = yield* lease(aws)
      assert.match(key.accessKeyId, /^AKIA[A-Z2-7]{16}$/)
      assert.strictEqual((yield* aws.dynamo("ListTables", {}, key)).status, 200)
      assert.strictEqual(refused(yield* aws.form("iam", "ListUsers", {}, key)), "403 AccessDenied")

      assert.include((yield* aws.form("iam", "ListGroupsForUser", name)).text, "<Groups></Groups>")
      assert.include((yield* aws.form("iam", "ListUserPolicies", name)).text, "<member>vault</member>")
      assert.include(
        (yield* aws.form("iam", "ListAttachedUserPolicies", name)).text,
        "<AttachedPolicies></AttachedPolicies>",
      )
      assert.strictEqual(textOf(yield* aws.form("iam", "ListAccessKeys", name), "AccessKeyId"), key.accessKeyId)

      const inUse = yield* aws.form("iam", "DeleteUser", name)
      assert.strictEqual(refused(inUse), "409 DeleteConflict")
      yield* aws.form("iam", "DeleteAccessKey", { ...name, AccessKeyId: key.accessKeyId })
      const cut = yield* aws.dynamo("ListTables", {}, key)
      assert.include(cut.json.__type, "UnrecognizedClientException")
      assert.strictEqual(refused(yield* aws.form("sts", "GetCallerIdentity", {}, key)), "403 InvalidClientTokenId")
      assert.strictEqual(refused(yield* aws.form("iam", "DeleteUser", name)), "409 DeleteConflict")
      yield* aws.form("iam", "DeleteUserPolicy", { ...name, PolicyName: "vault" })
      assert.strictEqual((yield* aws.form("iam", "DeleteUser", name)).status, 200)

      const gone = yield* aws.form("iam", "ListGroupsForUser", name)
      assert.strictEqual(refused(gone), "404 NoSuchEntity")
      assert.include(gone.text, "The user with name vault-token-iam-1 cannot be found.")
    }),
  )

  it.effect("a name is taken once, whatever its case", () =>
    Effect.gen(function* () {
      const aws = yield* makeSignedAws()
      yield* aws.form("iam", "CreateUser", name)
      const again = yield* aws.form("iam", "CreateUser", { UserName: "VAULT-token-iam-1" })
      assert.strictEqual(refused(again), "409 EntityAlreadyExists")
      assert.strictEqual(refused(yield* aws.form("iam", "CreateUser", { UserName: "a/b" })), "400 ValidationError")
    }),
  )
})

describe("keys", () => {
  it.effect("are rotated by their own user: two at most, one may be switched off", () =>
    Effect.gen(function* () {
      const aws = yield* makeSignedAws()
      const me = yield* aws.form("iam", "GetUser")
      assert.strictEqual(textOf(me, "UserName"), "vault-root")
      const second = keyIn(yield* aws.form("iam", "CreateAccessKey", { UserName: "vault-root" }))
      const third = yield* aws.form("iam", "CreateAccessKey", {}, second)
      assert.strictEqual(refused(third), "409 LimitExceeded")

      const off = { AccessKeyId: rootKey.accessKeyId, Status: "Inactive" }
      yield* aws.form("iam", "UpdateAccessKey", off, second)
      assert.strictEqual(refused(yield* aws.form("iam", "GetUser")), "403 InvalidClientTokenId")
      yield* aws.form("iam", "UpdateAccessKey", { ...off, Status: "Active" }, second)
      assert.strictEqual((yield* aws.form("iam", "GetUser")).status, 200)

      yield* aws.form("iam", "DeleteAccessKey", { AccessKeyId: rootKey.accessKeyId }, second)
      assert.strictEqual(refused(yield* aws.form("iam", "GetUser")), "403 InvalidClientTokenId")
      assert.strictEqual((yield* aws.form("iam", "GetUser", {}, second)).status, 200)
    }),
  )

  it.effect("of another user are not found", () =>
    Effect.gen(function* () {
      const aws = yield* makeSignedAws()
      yield* aws.form("iam", "CreateUser", name)
      const answer = yield* aws.form("iam", "DeleteAccessKey", { ...name, AccessKeyId: rootKey.accessKeyId })
      assert.strictEqual(refused(answer), "404 NoSuchEntity")
    }),
  )
})

it.effect("tags, paths and boundaries are kept and shown", () =>
  Effect.gen(function* () {
    const aws = yield* makeSignedAws()
    const ReadOnly = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    const created = yield* aws.form("iam", "CreateUser", {
      ...name,
      Path: "/vault/",
      PermissionsBoundary: ReadOnly,
      "Tags.member.1.Key": "team",
      "Tags.member.1.Value": "a & b",
    })
    assert.strictEqual(textOf(created, "Arn"), "arn:aws:iam::123456789012:user/vault/vault-token-iam-1")
    assert.strictEqual(textOf(created, "PermissionsBoundaryArn"), ReadOnly)
    assert.include(created.text, "<Key>team</Key><Value>a &amp; b</Value>")
    yield* aws.form("iam", "TagUser", { ...name, "Tags.member.1.Key": "more", "Tags.member.1.Value": "1" })
    yield* aws.form("iam", "UntagUser", { ...name, "TagKeys.member.1": "team" })
    const tags = yield* aws.form("iam", "ListUserTags", name)
    assert.include(tags.text, "<Tags><member><Key>more</Key><Value>1</Value></member></Tags>")
    const listed = yield* aws.form("iam", "ListUsers", { PathPrefix: "/vault/" })
    assert.strictEqual(textOf(listed, "UserName"), "vault-token-iam-1")
    assert.notInclude(listed.text, "vault-root")
  }),
)

it.effect("a boundary narrows what a user's policies allow", () =>
  Effect.gen(function* () {
    const aws = yield* makeSignedAws()
    const PermissionsBoundary = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    yield* aws.form("iam", "CreateUser", { ...name, PermissionsBoundary })
    const PolicyArn = "arn:aws:iam::aws:policy/AdministratorAccess"
    yield* aws.form("iam", "AttachUserPolicy", { ...name, PolicyArn })
    const key = keyIn(yield* aws.form("iam", "CreateAccessKey", name))
    assert.strictEqual((yield* aws.form("iam", "ListUsers", {}, key)).status, 200)
    assert.strictEqual(refused(yield* aws.form("iam", "CreateUser", { UserName: "x" }, key)), "403 AccessDenied")
  }),
)
