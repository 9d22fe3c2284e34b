import { assert, describe, it } from "@effect/vitest"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { CAUSES } from "../../src/doctor/Cause.ts"

describe("the causes", () => {
  it("are each named once, and all of them in the README", () => {
    assert.strictEqual(new Set(CAUSES).size, CAUSES.length)
    const readme = readFileSync(fileURLToPath(new URL("../../README.md", import.meta.url)), "utf8")
    const missing = CAUSES.filter((cause) => !readme.includes(`\`${cause}\``))
    assert.deepStrictEqual(missing, [])
  })
})
