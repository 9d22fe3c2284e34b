/** The S3 tools as a model uses them, against two independent implementations of S3. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import type { ToolWorld } from "../kit/ToolWorld.ts"
import { inBothWorlds, unique } from "../kit/Worlds.ts"

type Text = Readonly<Record<string, string>>

interface Got extends Readonly<Record<string, unknown>> {
  readonly content: string
  readonly content_type?: string
  readonly size: number
}

interface Page {
  readonly objects: ReadonlyArray<{ readonly key: string }>
  readonly is_truncated: boolean
  readonly next_cursor?: string
}

const bucketIn = Effect.fnUntraced(function* (world: ToolWorld) {
  const bucket = unique("test-bucket")
  yield* world.good("aws_call", { service: "s3", operation: "CreateBucket", parameters: { Bucket: bucket } })
  return bucket
})

inBothWorlds((test, of) => {
  test("buckets are listed by prefix", (world) =>
    Effect.gen(function* () {
      const bucket = yield* bucketIn(world)
      const { buckets } = yield* world.good<{ readonly buckets: ReadonlyArray<Text> }>("s3_list_buckets", {
        prefix: bucket,
      })
      assert.strictEqual(buckets.length, 1)
      assert.strictEqual(buckets[0]?.["name"], bucket)
      assert.match(buckets[0]?.["creation_date"] ?? "", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/)
    }))

  test("text goes up and comes down as it was, with its type", (world) =>
    Effect.gen(function* () {
      const bucket = yield* bucketIn(world)
      const key = "a folder/ü+ &=%2F.txt"
      const put = yield* world.good<Text>("s3_put_object", {
        bucket,
        key,
        content: "héllo\nworld",
        metadata: { who: "test" },
      })
      assert.hasAllKeys(put, ["bucket", "etag", "key", "message"])
      assert.match(put["etag"] ?? "", /^"[0-9a-f]{32}"$/)
      const got = yield* world.good<Got>("s3_get_object", { bucket, key })
      assert.deepInclude(got, { bucket, key, content: "héllo\nworld", size: 12, encoding: "text", range: "0-11" })
      assert.match(got.content_type ?? "", /^text\/plain/)
      assert.notProperty(got, "next_range")
    }))

  test("binary content goes as base64 both ways", (world) =>
    Effect.gen(function* () {
      const bucket = yield* bucketIn(world)
      const content = Buffer.from([0x89, 0x50, 0, 1, 2, 0xff]).toString("base64")
      yield* world.good("s3_put_object", { bucket, key: "b", content, encoding: "base64", content_type: "image/png" })
      const got = yield* world.good<Got>("s3_get_object", { bucket, key: "b" })
      assert.deepInclude(got, { content, encoding: "base64", content_type: "image/png", size: 6 })
      assert.match(yield* world.bad("s3_get_object", { bucket, key: "b", encoding: "text" }), /code=not_text$/)
      assert.match(
        yield* world.bad("s3_put_object", { bucket, key: "b", content: "%%", encoding: "base64" }),
        /nothing was sent/,
      )
    }))

  test("a large object comes in pieces that join without a seam, even inside a character", (world) =>
    Effect.gen(function* () {
      const bucket = yield* bucketIn(world)
      const whole = `x${"é€𝄞".repeat(9000)}`
      yield* world.good("s3_put_object", { bucket, key: "big", content: whole })
      let read = ""
      let range: string | undefined
      let pieces = 0
      do {
        const piece: Text = yield* world.good<Text>("s3_get_object", {
          bucket,
          key: "big",
          ...(range === undefined ? {} : { range }),
        })
        read += piece["content"]
        range = piece["next_range"]
        pieces++
      } while (range !== undefined)
      assert.strictEqual(read, whole)
      assert.isAbove(pieces, 2)
      const part = yield* world.good("s3_get_object", { bucket, key: "big", range: "1-2" })
      assert.strictEqual(part["content"], "é")
      assert.match(yield* world.bad("s3_get_object", { bucket, key: "big", range: "9999999-" }), /ends before byte/)
      assert.match(yield* world.bad("s3_get_object", { bucket, key: "big", range: "5-1" }), /nothing was sent/)
    }))

  test("an empty object is an empty text", (world) =>
    Effect.gen(function* () {
      const bucket = yield* bucketIn(world)
      yield* world.good("s3_put_object", { bucket, key: "none", content: "" })
      assert.deepInclude(yield* world.good("s3_get_object", { bucket, key: "none" }), { content: "", size: 0 })
    }))

  test("objects come page by page, and by folder", (world) =>
    Effect.gen(function* () {
      const bucket = yield* bucketIn(world)
      const keys = Array.from({ length: 7 }, (_, i) => `logs/2026/${i}.txt`)
      yield* Effect.forEach(keys, (key) => world.good("s3_put_object", { bucket, key, content: key }), {
        concurrency: 4,
      })
      yield* world.good("s3_put_object", { bucket, key: "readme", content: "r" })
      const seen: Array<string> = []
      let cursor: string | undefined
      do {
        const page: Page = yield* world.good<Page>("s3_list_objects", {
          bucket,
          max_keys: 3,
          ...(cursor === undefined ? {} : { cursor }),
        })
        seen.push(...page.objects.map(({ key }) => key))
        assert.strictEqual(page.is_truncated, page.next_cursor !== undefined)
        cursor = page.next_cursor
      } while (cursor !== undefined)
      assert.deepStrictEqual(seen, [...keys, "readme"])
      const top = yield* world.good("s3_list_objects", { bucket, delimiter: "/" })
      assert.deepStrictEqual(top["prefixes"], ["logs/"])
    }))

  test("conditional writes do not overwrite", (world) =>
    Effect.gen(function* () {
      const bucket = yield* bucketIn(world)
      yield* world.good("s3_put_object", { bucket, key: "once", content: "1", if_none_match: "*" })
      const again = yield* world.bad("s3_put_object", { bucket, key: "once", content: "2", if_none_match: "*" })
      assert.match(again, /code=PreconditionFailed/)
      assert.strictEqual((yield* world.good("s3_get_object", { bucket, key: "once" }))["content"], "1")
    }))

  test("deleting a version deletes it; deleting a key of a versioned bucket only hides it", (world) =>
    Effect.gen(function* () {
      const bucket = yield* bucketIn(world)
      yield* world.good("aws_call", {
        service: "s3",
        operation: "put-bucket-versioning",
        parameters: { Bucket: bucket, VersioningConfiguration: { Status: "Enabled" } },
      })
      const first = yield* world.good<Text>("s3_put_object", { bucket, key: "v", content: "1" })
      yield* world.good("s3_put_object", { bucket, key: "v", content: "2" })
      const version_id = first["version_id"] ?? ""
      assert.strictEqual((yield* world.good("s3_get_object", { bucket, key: "v", version_id }))["content"], "1")
      const hidden = yield* world.good<Text>("s3_delete_object", { bucket, key: "v" })
      assert.match(hidden["message"] ?? "", /delete marker/)
      assert.match(yield* world.bad("s3_get_object", { bucket, key: "v" }), /code=NoSuchKey request_id=/)
      yield* world.good("s3_delete_object", { bucket, key: "v", version_id })
      assert.match(yield* world.bad("s3_get_object", { bucket, key: "v", version_id }), /code=NoSuchVersion/)
    }))

  test("a bucket's settings are told, and a missing bucket is said to be missing", (world) =>
    Effect.gen(function* () {
      const bucket = yield* bucketIn(world)
      yield* world.good("aws_call", {
        service: "s3",
        operation: "PutBucketTagging",
        parameters: { Bucket: bucket, Tagging: { TagSet: [{ Key: "env", Value: "test" }] } },
      })
      const info = yield* world.good("s3_get_bucket_info", { bucket })
      assert.deepInclude(info, {
        bucket,
        region: "us-east-1",
        versioning: "Disabled",
        policy_status: "no policy",
        logging: "off",
      })
      assert.deepEqual(info["tags"], { env: "test" })
      assert.notProperty(info, "errors")
      assert.match(yield* world.bad("s3_get_bucket_info", { bucket: unique("none") }), /code=NoSuchBucket/)
    }))

  test("names that would change the address are refused before anything is sent", (world) =>
    Effect.gen(function* () {
      for (const bucket of [".", ".."]) {
        assert.match(yield* world.bad("s3_list_objects", { bucket }), /nothing was sent[\s\S]*code=invalid_arguments/)
      }
      assert.match(yield* world.bad("s3_list_objects", { bucket: "a/../b" }), /code=/)
      assert.match(yield* world.bad("s3_list_buckets", { region: "evil.example/#" }), /code=region_refused/)
    }))

  if (of === "sandbox") {
    test("seeded pages go on to the last of more than a hundred objects", (world) =>
      Effect.gen(function* () {
        let cursor: string | undefined
        let count = 0
        do {
          const page = yield* world.good<{ readonly objects: ReadonlyArray<unknown>; readonly next_cursor?: string }>(
            "s3_list_objects",
            {
              bucket: "acme-app-logs",
              ...(cursor === undefined ? {} : { cursor }),
            },
          )
          count += page.objects.length
          cursor = page.next_cursor
        } while (cursor !== undefined)
        assert.isAbove(count, 100)
      }))
  }
})
