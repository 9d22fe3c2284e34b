import { assert, describe, it } from "@effect/vitest"
import { bucketFromSeed, currentVersion } from "../../src/sandbox/aws/S3State.ts"
import { parseXml } from "../../src/sandbox/aws/S3Xml.ts"
import { isPublicPolicy } from "../../src/sandbox/aws/S3Policy.ts"
import { seededBuckets } from "../../src/sandbox/SeedBuckets.ts"

describe("SeedBuckets", () => {
  it("gives five buckets to one account and two to the other, all of different names", () => {
    const owners = seededBuckets.map(({ account }) => account)
    assert.strictEqual(owners.filter((account) => account === "123456789012").length, 5)
    assert.strictEqual(owners.filter((account) => account === "210987654321").length, 2)
    assert.strictEqual(new Set(seededBuckets.map(({ name }) => name)).size, 7)
  })

  it("configures buckets with documents that S3 itself could have stored", () => {
    for (const bucket of seededBuckets)
      for (const [name, document] of Object.entries(bucket.configurations ?? {}))
        if (name !== "policy") assert.isDefined(parseXml(document), `${bucket.name} ${name}`)
  })

  it("has one public bucket, and more logs than a page of 100 holds", () => {
    const open = seededBuckets.filter(({ configurations }) => isPublicPolicy(configurations?.["policy"] ?? ""))
    assert.deepStrictEqual(
      open.map(({ name }) => name),
      ["acme-public-site"],
    )
    const logs = seededBuckets.find(({ name }) => name === "acme-app-logs")?.objects ?? []
    assert.isAbove(logs.filter(({ key }) => key.startsWith("logs/")).length, 100)
  })

  it("holds bytes that are no text, and text in several scripts", () => {
    const buckets = new Map(seededBuckets.map((seed) => [seed.name, bucketFromSeed(seed)]))
    const site = buckets.get("acme-public-site")
    const picture = Buffer.from((site && currentVersion(site, "img/logo.png")?.body) ?? [])
    assert.deepStrictEqual([...picture.subarray(0, 4)], [0x89, 0x50, 0x4e, 0x47])
    assert.include([...(buckets.get("acme-config")?.objects.keys() ?? [])].join(), "Überblick – März")
  })
})
