/** The page of promises names tests that exist, and every behaviour has a test of its number. */
import { readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"

const root = fileURLToPath(new URL("../../", import.meta.url))
const page = readFileSync(`${root}docs/security.md`, "utf8")

describe("the page of promises", () => {
  it("names a test for each promise, and each of them is there", () => {
    const rows = page.split("\n").filter((line) => /^\| [A-Z`]/.test(line))
    assert.isAbove(rows.length, 25)
    for (const row of rows) {
      const [, file = "", name = ""] = /\| (test\/[\w/.]+): "(.+)" \|$/.exec(row) ?? []
      assert.include(readFileSync(`${root}${file}`, "utf8"), `"${name}`, row)
    }
  })
})

describe("the behaviours", () => {
  it("each have a test that begins with their number", () => {
    const sources = readdirSync(`${root}test/behaviours`)
      .filter((file) => file.endsWith(".test.ts"))
      .map((file) => readFileSync(`${root}test/behaviours/${file}`, "utf8"))
      .join("\n")
    const titles = sources.matchAll(/\bit(?:\.\w+)*(?:\((?:[^()]|\([^()]*\))*\))?\(\s*["`](\d+) /g)
    const found = new Set([...titles].map(([, number]) => Number(number)))
    const missing = Array.from({ length: 48 }, (_, i) => i + 1).filter((number) => !found.has(number))
    assert.deepStrictEqual(missing, [])
  })
})
