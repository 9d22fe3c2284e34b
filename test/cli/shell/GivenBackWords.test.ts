/** What giving back is said to have come to. */
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration } from "effect"
import type { GivenBack } from "../../../src/agents/GivingBack.ts"
import { allStoppedLines, stoppedLines } from "../../../src/cli/shell/GivenBackWords.ts"
import type { Revocation } from "../../../src/lease/LeaseModel.ts"

const revocation = (closedInVault: Revocation["closedInVault"]): Revocation => ({
  lease: {
    id: undefined,
    target: {
      principal: "agent:aws",
      account: undefined,
      mount: "aws",
      endpoint: "creds",
      role: "reader",
      roleArn: undefined,
      namespace: undefined,
      ttl: Duration.hours(1),
    },
    kind: "sts",
    arn: undefined,
    renewable: false,
    issuedAt: DateTime.makeUnsafe(0),
    endsAt: DateTime.makeUnsafe(3_600_000),
    awsEndsAt: undefined,
    granted: Duration.hours(1),
    warnings: [],
  },
  ends: { _tag: "unknown" },
  closedInVault,
  message: closedInVault,
})

const given = (over: Partial<GivenBack>): GivenBack => ({
  agent: "aws",
  leases: [],
  token: "failed",
  left: [],
  ...over,
})

describe("what was given back", () => {
  it("counts the leases that Vault closed, closes or never had, and no others", () => {
    const leases = (["yes", "queued", "no-lease", "refused", "failed"] as const).map(revocation)
    const some = given({ leases, left: ["lease a", "lease b", "its token: Vault did not revoke it"] })
    assert.match(
      stoppedLines(some)[0] ?? "",
      /^aws is stopped: 3 leases given back, its token is not known to be revoked/,
    )
    assert.match(allStoppedLines([some], Duration.millis(7))[0] ?? "", /7 ms: 3 leases given back, 3 not known to be/)
    const none = given({ leases: [revocation("failed")], left: ["lease a"] })
    assert.match(allStoppedLines([none], Duration.millis(7))[0] ?? "", /: 0 leases given back, 1 not known to be/)
  })

  it("tells apart a lease that Vault refused to close and ends with its token", () => {
    const refused = given({ leases: [revocation("yes"), revocation("refused")], token: "revoked" })
    assert.match(
      stoppedLines(refused)[0] ?? "",
      /: 1 lease given back, 1 lease ends with its token, its token is revoked\./,
    )
    assert.match(
      allStoppedLines([refused], Duration.millis(7))[0] ?? "",
      /: 1 lease given back, 1 lease ends with its token, nothing is left in Vault/,
    )
  })
})
