import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Schema } from "effect"
import { type Asked, refusalOf } from "../../src/vault/Refusal.ts"

const ADDRESS = "https://vault.test"
const asked: Asked = { method: "GET", path: "aws/creds/dev", parameters: [] }
const of = (status: number, errors: ReadonlyArray<string>, about: Partial<Asked> = {}) =>
  refusalOf({ status, errors, retryAfter: undefined }, { ...asked, ...about }, ADDRESS)

describe("Vault's refusals", () => {
  it("name the state of the server whatever the status code around them is", () => {
    for (const [status, text, tag, transient] of [
      [503, "Vault is sealed", "Sealed", false],
      [503, "error performing token check: Vault is sealed", "Sealed", false],
      [400, "Vault is not initialized", "Uninitialised", false],
      [503, "no active Vault instance found", "Standby", true],
      [503, "node is not active", "Standby", true],
      [500, "local node not active but active cluster node not found", "Standby", true],
    ] as const) {
      const refused = of(status, [text])
      assert.strictEqual(refused.reason._tag, tag)
      assert.strictEqual(refused.transient, transient)
      assert.strictEqual(refused.processed, "no")
    }
  })

  it("of a token are those of a dead one only in exactly these words", () => {
    const newer = "2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n"
    for (const text of ["permission denied", "invalid token", "bad token", newer]) {
      assert.strictEqual(of(403, [text]).reason._tag, "TokenDead")
    }
    const alive = of(403, ["1 error occurred:\n\t* permission denied\n\n"])
    assert.strictEqual(alive.reason._tag, "PermissionMissing")
    assert.strictEqual(alive.unsure, undefined)
    for (const errors of [[], ["permission denied", "permission denied"], ["permission denied by sentinel"]]) {
      assert.isTrue(of(403, errors).unsure, JSON.stringify(errors))
    }
    assert.strictEqual(of(400, ["missing client token"]).reason._tag, "TokenMissing")
  })

  it("name the capability that the method needs", () => {
    for (const [method, capability] of [
      ["GET", "read"],
      ["POST", "update"],
      ["PUT", "update"],
      ["DELETE", "delete"],
    ] as const) {
      const { reason } = of(403, ["1 error occurred:\n\t* permission denied\n\n"], { method })
      assert.strictEqual(reason._tag === "PermissionMissing" && reason.capability, capability)
    }
    const asList = { method: "GET", parameters: ["list"] }
    const { reason } = of(403, ["1 error occurred:\n\t* permission denied\n\n"], asList)
    assert.strictEqual(reason._tag === "PermissionMissing" && reason.capability, "list")
    assert.notInclude(reason.message, "forbids list")
  })

  it("of a namespace that is not there name its setting", () => {
    const { message } = of(404, ["namespace not found"], { subject: { mount: "aws", role: "dev" } }).reason
    assert.include(message, "VAULT_AWS_MCP_VAULT_NAMESPACE")
  })

  it("speak of a role only when a role was asked for", () => {
    const subject = { mount: "team/aws", role: "dev" }
    assert.strictEqual(of(404, [], { subject }).reason._tag, "RoleUnknown")
    assert.strictEqual(of(404, ["1 error occurred:\n\t* unsupported path\n\n"], { subject }).reason._tag, "RoleUnknown")
    assert.strictEqual(of(404, []).reason._tag, "NotFound")
    const { message } = of(404, ['no handler for route "team/aws/creds/dev". route entry not found.'], {
      subject,
    }).reason
    assert.include(message, '"team/aws"')
  })

  it("are shown without the frame of Go's error lists", () => {
    const { reason } = of(405, ["1 error occurred:\n\t* unsupported operation\n\n"])
    assert.strictEqual(reason._tag === "InvalidRequest" && reason.text, "unsupported operation")
  })

  it("pass on how long to stay away", () => {
    const { reason } = refusalOf({ status: 429, errors: ["quota"], retryAfter: Duration.seconds(9) }, asked, ADDRESS)
    assert.strictEqual(reason._tag === "RateLimited" && reason.retryAfter && Duration.toSeconds(reason.retryAfter), 9)
  })

  it.effect.prop(
    "never promise that another attempt helps when Vault may have acted, and are bounded in length",
    { status: Schema.Int.check(Schema.isBetween({ minimum: 400, maximum: 599 })), text: Schema.String },
    ({ status, text }) =>
      Effect.sync(() => {
        const { processed, reason, transient } = of(status, [text], { subject: { mount: "aws", role: "dev" } })
        assert.isTrue(!transient || processed === "no")
        assert.isBelow(reason.message.length, 1000)
        assert.match(reason.code, /^vault_[a-z_]+$/)
      }),
    { arbitrary: { runs: 1000, size: 1000 } },
  )
})
