import { assert, describe, it } from "@effect/vitest"
import {
  bucketFromSeed,
  type BucketSeed,
  currentVersion,
  makeVersion,
  pushVersion,
  removeVersion,
  versioningOf,
} from "../../../src/sandbox/aws/S3State.ts"

const seed: BucketSeed = {
  name: "b",
  account: "123456789012",
  region: "us-east-1",
  created: "2026-01-01T00:00:00.000Z",
  objects: [
    { key: "k", body: "one", modified: "2026-01-01T00:00:00.000Z" },
    { key: "k", body: "two", modified: "2026-01-02T00:00:00.000Z" },
    { key: "gone", body: "x", modified: "2026-01-01T00:00:00.000Z" },
    { key: "gone", modified: "2026-01-02T00:00:00.000Z" },
  ],
}

const versioned = (status: string): BucketSeed => ({
  ...seed,
  configurations: { versioning: `<VersioningConfiguration><Status>${status}</Status></VersioningConfiguration>` },
})

const text = (body: Uint8Array | undefined) => Buffer.from(body ?? []).toString()

describe("S3State", () => {
  it("keeps only the newest content where versioning was never on", () => {
    const bucket = bucketFromSeed(seed)
    assert.isUndefined(versioningOf(bucket))
    assert.deepStrictEqual(
      bucket.objects.get("k")?.map((version) => [version.id, text(version.body)]),
      [["null", "two"]],
    )
  })

  it("stacks versions where it is on, and a delete marker hides what is below", () => {
    const bucket = bucketFromSeed(versioned("Enabled"))
    assert.deepStrictEqual(
      bucket.objects.get("k")?.map((version) => text(version.body)),
      ["two", "one"],
    )
    assert.isUndefined(currentVersion(bucket, "gone"))
    const marker = bucket.objects.get("gone")?.[0]
    removeVersion(bucket, "gone", marker?.id ?? "")
    assert.strictEqual(text(currentVersion(bucket, "gone")?.body), "x")
  })

  it("replaces only the version called null while versioning is suspended", () => {
    const bucket = bucketFromSeed(versioned("Enabled"))
    bucket.configurations.set("versioning", "<Status>Suspended</Status>")
    pushVersion(bucket, "k", makeVersion(Buffer.from("three"), { modified: 1 }))
    pushVersion(bucket, "k", makeVersion(Buffer.from("four"), { modified: 2 }))
    assert.deepStrictEqual(
      bucket.objects.get("k")?.map((version) => text(version.body)),
      ["four", "two", "one"],
    )
  })

  it("gives seeded versions the same ids at every start, and new ones fresh ids", () => {
    const ids = () => [...bucketFromSeed(versioned("Enabled")).objects.values()].flat().map((version) => version.id)
    assert.deepStrictEqual(ids(), ids())
    assert.strictEqual(new Set(ids()).size, 4)
    const bucket = bucketFromSeed(versioned("Enabled"))
    const one = pushVersion(bucket, "n", makeVersion(Buffer.from("1"), { modified: 1 }))
    const two = pushVersion(bucket, "n", makeVersion(Buffer.from("1"), { modified: 1 }))
    assert.match(one.id, /^[\w-]{32}$/)
    assert.notStrictEqual(one.id, two.id)
  })

  it("forgets a key with its last version", () => {
    const bucket = bucketFromSeed(seed)
    removeVersion(bucket, "k", "null")
    assert.isFalse(bucket.objects.has("k"))
  })
})
