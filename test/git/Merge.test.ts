/** Bringing texts together: its laws, and git's own merge of the same. */
import { spawnSync } from "node:child_process"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { mergeTexts } from "../../src/git/Merge.ts"
import { gitMissing, temporaryFolder } from "../kit/RealGit.ts"

const missing = gitMissing()

const Lines = Schema.Array(Schema.Literals(["a\n", "b\n", "c\n", "d\n", "e"]))
const joined = (lines: ReadonlyArray<string>) => lines.join("")

describe("merging texts", () => {
  it("takes what both sides did in different places, and nobody's word where it is the same place", () => {
    const base = "1\n2\n3\n4\n5\n6\n7\n"
    assert.strictEqual(
      mergeTexts(base, base.replace("1", "one"), base.replace("7", "seven")),
      "one\n2\n3\n4\n5\n6\nseven\n",
    )
    assert.strictEqual(mergeTexts(base, base.replace("4\n", ""), `${base}8\n`), "1\n2\n3\n5\n6\n7\n8\n")
    assert.isUndefined(mergeTexts(base, base.replace("4", "four"), base.replace("4", "vier")))
    assert.isUndefined(mergeTexts(base, base.replace("4\n", ""), base.replace("4", "vier")))
    assert.strictEqual(mergeTexts("a", "a\n", "a"), "a\n", "a line feed at the end is a change of its own")
  })

  it.effect.prop(
    "one side's change alone is the result, and the same change on both is one",
    { base: Lines, side: Lines },
    ({ base, side }) =>
      Effect.sync(() => {
        const [a, b] = [joined(base), joined(side)]
        assert.strictEqual(mergeTexts(a, b, a), b)
        assert.strictEqual(mergeTexts(a, a, b), b)
        assert.strictEqual(mergeTexts(a, b, b), b)
      }),
    { arbitrary: { runs: 500, seed: 3 } },
  )

  it.effect.prop(
    "does not depend on whose side is whose",
    { base: Lines, ours: Lines, theirs: Lines },
    ({ base, ours, theirs }) =>
      Effect.sync(() => {
        const merged = mergeTexts(joined(base), joined(ours), joined(theirs))
        const turned = mergeTexts(joined(base), joined(theirs), joined(ours))
        if (merged !== undefined && turned !== undefined) assert.strictEqual(merged, turned)
      }),
    { arbitrary: { runs: 300, seed: 5 } },
  )
})

describe.skipIf(missing !== undefined)(
  `merging texts beside git${missing === undefined ? "" : ` (${missing})`}`,
  () => {
    it.live("where both find no conflict they find the same", () =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        let state = 11
        const next = (below: number) => (state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff) % below
        let clean = 0
        for (let i = 0; i < 150; i++) {
          const base = Array.from({ length: 30 }, (_, n) => `line ${n}\n`)
          const edited = () => {
            const lines = [...base]
            for (let n = 0; n < 1 + next(3); n++) {
              const at = next(lines.length)
              if (next(3) === 0) lines.splice(at, 1)
              else if (next(2) === 0) lines.splice(at, 0, `new ${next(1000)}\n`)
              else lines[at] = `changed ${next(1000)}\n`
            }
            return lines
          }
          const texts = [edited(), base, edited()].map(joined)
          for (const [n, text] of texts.entries()) writeFileSync(join(folder, `${n}`), text)
          const { status, stdout } = spawnSync("git", ["merge-file", "-p", "0", "1", "2"], {
            cwd: folder,
            encoding: "utf8",
          })
          const ours = mergeTexts(texts[1] ?? "", texts[0] ?? "", texts[2] ?? "")
          if (status !== 0 || ours === undefined) continue
          clean++
          assert.strictEqual(ours, stdout)
        }
        assert.isAbove(clean, 60)
      }),
    )
  },
)
