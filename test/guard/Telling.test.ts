import { assert, describe, it } from "@effect/vitest"
import { isTelling } from "../../src/guard/Telling.ts"

describe("a name", () => {
  it.each(
    "content data parameters arguments env headers input Headers db_password passwd clientSecret session_token credential privateKey apikey X-Api-Key aws_access_key_id Authorization auth x-auth pin".split(
      " ",
    ),
  )("says that it may be a secret: %s", (name) => {
    assert.isTrue(isTelling(name))
  })

  it.each(["bucket", "key", "path", "inputs", "content_type", "author_name", "mapping", "query", "tags", "versions"])(
    "says nothing: %s",
    (name) => {
      assert.isFalse(isTelling(name))
    },
  )
})
