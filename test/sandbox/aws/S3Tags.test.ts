import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { makeS3 } from "../../../src/sandbox/aws/S3.ts"
import { checkTags, tagsOfHeader } from "../../../src/sandbox/aws/S3Tags.ts"
import { seeded } from "../../../src/sandbox/Seed.ts"
import { awsCall, type CallOptions, refused, see } from "../../kit/AwsCalls.ts"

const target = "/acme-backups/manifest.json?tagging"
const call = (options: CallOptions = {}) => awsCall("s3", { target, ...options })
const document = (tags: Readonly<Record<string, string>>) =>
  `<Tagging><TagSet>${Object.entries(tags)
    .map(([key, value]) => `<Tag><Key>${key}</Key><Value>${value}</Value></Tag>`)
    .join("")}</TagSet></Tagging>`

describe("S3Tags", () => {
  it.effect("puts, tells and deletes tags without a new version", () =>
    Effect.gen(function* () {
      const s3 = yield* makeS3(seeded.buckets)
      const put = yield* see(s3, call({ method: "PUT", body: document({ a: "1", b: "2 &amp; 3" }) }))
      const told = yield* see(s3, call())
      assert.deepStrictEqual(told.all("Key"), ["a", "b"])
      assert.deepStrictEqual(told.all("Value"), ["1", "2 &amp; 3"])
      yield* see(s3, call({ method: "DELETE" }))
      assert.deepStrictEqual((yield* see(s3, call())).all("Key"), [])
      const read = yield* see(s3, awsCall("s3", { target: "/acme-backups/manifest.json" }))
      assert.strictEqual(read.headers["x-amz-version-id"], put.headers["x-amz-version-id"])
    }),
  )

  it.effect("asks for the version's permission where a version is named", () =>
    Effect.gen(function* () {
      const s3 = yield* makeS3(seeded.buckets)
      const asked: Array<string> = []
      yield* see(s3, awsCall("s3", { target: "/acme-config/empty.flag?tagging&versionId=null", asked }))
      assert.deepStrictEqual(asked, ["s3:GetObjectVersionTagging arn:aws:s3:::acme-config/empty.flag"])
      const denied = call({ method: "PUT", body: document({}), denied: ["s3:PutObjectTagging"] })
      assert.strictEqual((yield* refused(s3, denied)).code, "AccessDenied")
    }),
  )

  it.effect("refuses too many tags, tags without a key, and a document without values", () =>
    Effect.gen(function* () {
      const s3 = yield* makeS3(seeded.buckets)
      const code = (body: string) => Effect.map(refused(s3, call({ method: "PUT", body })), (refusal) => refusal.code)
      const eleven = Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`k${index}`, "v"]))
      assert.strictEqual(yield* code(document(eleven)), "BadRequest")
      assert.strictEqual(yield* code(document({ "": "v" })), "InvalidTag")
      assert.strictEqual(yield* code("<Tagging><TagSet><Tag><Key>a</Key></Tag></TagSet></Tagging>"), "MalformedXML")
      assert.strictEqual((yield* Effect.flip(checkTags([{ key: "a", value: "v".repeat(257) }], 10))).code, "InvalidTag")
    }),
  )

  it.effect("reads the header form", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* tagsOfHeader("a=1&b=x+y%26"), [
        { key: "a", value: "1" },
        { key: "b", value: "x y&" },
      ])
      assert.deepStrictEqual(yield* tagsOfHeader(undefined), [])
    }),
  )
})
