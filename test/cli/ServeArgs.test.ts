import { assert, describe, it } from "@effect/vitest"
import { serveArgs } from "../../src/cli/ServeArgs.ts"

const keys = ["aws_region", "toolsets"]

describe("serveArgs", () => {
  it("reads flags in both spellings, and the sandbox", () => {
    assert.deepEqual(serveArgs(["--aws-region", "eu-west-1", "--toolsets=s3,ec2", "--sandbox"], keys), {
      flags: { aws_region: "eu-west-1", toolsets: "s3,ec2" },
      sandbox: true,
    })
    assert.deepEqual(serveArgs([], keys), { flags: {}, sandbox: false })
  })

  it("leaves everything unusual to the full command line", () => {
    for (const args of [["--help"], ["--aws-region"], ["stray"], ["--vault-token", "x"], ["-h"]]) {
      assert.isUndefined(serveArgs(args, keys))
    }
  })
})
