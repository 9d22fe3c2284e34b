/** Packs that git made are sound; those that lie about their sizes, or are too large, are not unpacked. */
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { deflateSync } from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { checkPack } from "../../src/git/PackCheck.ts"
import { gitMissing, madeRepo, put, realGit } from "../kit/RealGit.ts"

const missing = gitMissing()

/** What is said of a pack; nothing when it is fine. */
const saidOf = (pack: Buffer, most?: number) =>
  Effect.tryPromise({
    try: () => checkPack(pack, most),
    catch: (error) => ({ message: (error as Error).message }),
  }).pipe(
    Effect.as(""),
    Effect.catch(({ message }) => Effect.succeed(message)),
  )

/** A pack of objects as they are given: kind, the size that is said, and the content. */
const packOf = (...objects: ReadonlyArray<readonly [kind: number, size: number, content: Buffer]>): Buffer => {
  const head = Buffer.from("PACK\0\0\0\u0002\0\0\0\0", "latin1")
  head.writeUInt32BE(objects.length, 8)
  const bodies = objects.map(([kind, size, content]) => {
    const header = [(kind << 4) | (size & 15)]
    for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
      header[header.length - 1] = (header.at(-1) ?? 0) | 0x80
      header.push(rest % 128)
    }
    return Buffer.concat([Buffer.from(header), deflateSync(content)])
  })
  return Buffer.concat([head, ...bodies, Buffer.alloc(20)])
}

const BLOB = 3
const REF_DELTA = 7

describe("a pack", () => {
  it.effect("of sound objects is taken, and one that lies or is cut is not", () =>
    Effect.gen(function* () {
      const zeros = Buffer.alloc(5000)
      assert.strictEqual(yield* saidOf(packOf([BLOB, 5000, zeros], [BLOB, 1, Buffer.from("a")])), "")
      assert.strictEqual(yield* saidOf(packOf()), "")
      assert.include(yield* saidOf(packOf([BLOB, 10, zeros])), "no sound pack", "it holds more than it says")
      assert.include(yield* saidOf(packOf([BLOB, 6000, zeros])), "no sound pack", "it holds less")
      assert.include(yield* saidOf(packOf([BLOB, 5000, zeros]).subarray(0, 40)), "no sound pack")
      assert.include(yield* saidOf(Buffer.from("nothing of the kind, and long enough")), "no sound pack")
    }),
  )

  it.effect("with an object above the limit is refused before it is unpacked, a delta by what it makes", () =>
    Effect.gen(function* () {
      assert.include(yield* saidOf(packOf([BLOB, 5000, Buffer.alloc(5000)]), 4999), "object of more than")
      assert.include(yield* saidOf(packOf([BLOB, 2 ** 40, Buffer.alloc(10)])), "object of more than")
      // From a base of 10 bytes it makes 2^35.
      const delta = Buffer.from([10, 0x80, 0x80, 0x80, 0x80, 0x80, 1])
      const plain = packOf([REF_DELTA, delta.length, delta])
      const withBase = Buffer.concat([plain.subarray(0, 13), Buffer.alloc(20), plain.subarray(13)])
      assert.include(yield* saidOf(withBase), "object of more than")
    }),
  )

  it.live.skipIf(missing !== undefined)("that git made, with deltas of both kinds, is taken", () =>
    Effect.gen(function* () {
      const { work } = yield* madeRepo
      for (let n = 0; n < 20; n++) {
        put(work, "a.txt", `${"line\n".repeat(400)}${n}\n`)
        put(work, `b/${n}.txt`, `${n}\n`)
        realGit(work, "add", "-A")
        realGit(work, "commit", "-qm", `${n}`)
      }
      for (const args of [
        ["gc", "-q"],
        ["-c", "repack.usedeltabaseoffset=false", "repack", "-qadf"],
      ]) {
        realGit(work, ...args)
        const folder = join(work, ".git/objects/pack")
        const packs = readdirSync(folder).filter((name) => name.endsWith(".pack"))
        assert.strictEqual(packs.length, 1)
        assert.strictEqual(yield* saidOf(readFileSync(join(folder, packs[0] ?? ""))), "")
      }
    }),
  )
})
