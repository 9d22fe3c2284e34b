import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { keyIn, makeSignedAws, textOf } from "../../kit/SignedAws.ts"

const refused = (answer: { readonly status: number; readonly text: string }) =>
  `${answer.status} ${/<Code>(.*?)<\/Code>/.exec(answer.text)?.[1]}`

describe("finding a user", () => {
  it.effect("who may not look learns nothing about who exists", () =>
    Effect.gen(function* () {
      const aws = yield* makeSignedAws()
      yield* aws.form("iam", "CreateUser", { UserName: "weak" })
      const weak = keyIn(yield* aws.form("iam", "CreateAccessKey", { UserName: "weak" }))
      for (const UserName of ["vault-root", "nobody"]) {
        const answer = yield* aws.form("iam", "GetUser", { UserName }, weak)
        assert.strictEqual(refused(answer), "403 AccessDenied")
        assert.include(answer.text, `on resource: arn:aws:iam::123456789012:user/${UserName} because`)
      }
    }),
  )

  it.effect("an operation without a default asks for the name", () =>
    Effect.gen(function* () {
      const aws = yield* makeSignedAws()
      const answer = yield* aws.form("iam", "DeleteUser")
      assert.strictEqual(refused(answer), "400 ValidationError")
      assert.include(answer.text, "userName")
    }),
  )

  it.effect("users of another account are not found", () =>
    Effect.gen(function* () {
      const aws = yield* makeSignedAws()
      const role = { RoleArn: "arn:aws:iam::111122223333:role/Any", RoleSessionName: "s1" }
      const key = keyIn(yield* aws.form("sts", "AssumeRole", role))
      assert.strictEqual(
        refused(yield* aws.form("iam", "GetUser", { UserName: "vault-root" }, key)),
        "404 NoSuchEntity",
      )
    }),
  )
})

describe("pages", () => {
  it.effect("follow each other by marker until all were given", () =>
    Effect.gen(function* () {
      const aws = yield* makeSignedAws()
      for (const UserName of ["a1", "a2", "a3", "a4"]) yield* aws.form("iam", "CreateUser", { UserName })
      const seen: Array<string> = []
      let Marker: string | undefined
      do {
        const page = yield* aws.form("iam", "ListUsers", { MaxItems: "2", ...(Marker === undefined ? {} : { Marker }) })
        seen.push(...[...page.text.matchAll(/<UserName>(.*?)</g)].map((match) => match[1] ?? ""))
        Marker = textOf(page, "Marker") || undefined
      } while (Marker !== undefined && seen.length < 20)
      assert.deepStrictEqual(seen, ["vault-root", "a1", "a2", "a3", "a4"])
    }),
  )

  it.effect("with a marker nobody gave out, or of no size, are refused", () =>
    Effect.gen(function* () {
      const aws = yield* makeSignedAws()
      for (const params of [{ Marker: "bm9uZQ" }, { MaxItems: "0" }, { MaxItems: "1001" }]) {
        assert.strictEqual(refused(yield* aws.form("iam", "ListUsers", params)), "400 ValidationError")
      }
    }),
  )
})

it.effect("a path begins and ends with a slash", () =>
  Effect.gen(function* () {
    const aws = yield* makeSignedAws()
    for (const Path of ["x", "/x", "//"]) {
      const answer = yield* aws.form("iam", "CreateUser", { UserName: "u1", Path })
      assert.strictEqual(refused(answer), "400 ValidationError", Path)
    }
  }),
)
