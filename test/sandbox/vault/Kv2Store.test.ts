import { assert, describe, it } from "@effect/vitest"
import {
  addVersion,
  changeVersions,
  entryInfo,
  mergePatch,
  newEntry,
  readable,
  subkeys,
  versionInfo,
} from "../../../src/sandbox/vault/Kv2Store.ts"

describe("versions of a secret", () => {
  it("the eleventh version pushes the first one out", () => {
    const entry = newEntry(0)
    for (let count = 1; count <= 11; count++) addVersion(entry, { count }, count * 1000, 0)
    assert.deepStrictEqual([entry.current, entry.versions.has(1), entry.versions.has(2)], [11, false, true])
    assert.strictEqual(entryInfo(entry, "0s")["oldest_version"], 2)
  })

  it("a lower maximum of the secret or the engine keeps fewer", () => {
    const own = { ...newEntry(0), maxVersions: 1 }
    const engine = newEntry(0)
    for (const entry of [own, engine]) for (let count = 0; count < 3; count++) addVersion(entry, {}, 0, 2)
    assert.deepStrictEqual([[...own.versions.keys()], [...engine.versions.keys()]], [[3], [2, 3]])
  })

  it("a version that is to be deleted later is readable until then", () => {
    const entry = { ...newEntry(0), deleteAfter: 60 }
    addVersion(entry, { a: 1 }, 0, 0)
    const version = entry.versions.get(1)
    assert.isTrue(version !== undefined && readable(version, 59_999) && !readable(version, 60_000))
    assert.strictEqual(versionInfo(entry, 1)["deletion_time"], "1970-01-01T00:01:00.000Z")
  })

  it("only versions that are there are changed", () => {
    const entry = newEntry(0)
    addVersion(entry, { a: 1 }, 0, 0)
    changeVersions(entry, [1, 7], (version) => ({ ...version, destroyed: true }))
    assert.deepStrictEqual([...entry.versions.keys()], [1])
    assert.isTrue(versionInfo(entry, 1)["destroyed"])
  })

  it("a patch adds, replaces, removes by null and goes into objects", () => {
    const patched = mergePatch({ a: 1, b: { c: 1, d: 2 }, e: [1] }, { a: null, b: { c: 9 }, e: [2], f: "x" })
    assert.deepStrictEqual(patched, { b: { c: 9, d: 2 }, e: [2], f: "x" })
  })

  it("sub-keys hide values and stop at the depth", () => {
    assert.deepStrictEqual(subkeys({ a: { b: { c: 1 } }, d: 2 }, 0), { a: { b: { c: null } }, d: null })
    assert.deepStrictEqual(subkeys({ a: { b: { c: 1 } } }, 2), { a: { b: null } })
  })
})
