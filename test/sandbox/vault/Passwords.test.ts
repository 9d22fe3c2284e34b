import { assert, describe, it } from "@effect/vitest"
import { isPassword, newPassword } from "../../../src/sandbox/vault/Passwords.ts"

describe("kept passwords", () => {
  it("the password is known again, another is not, and it is not among what is kept", () => {
    const kept = newPassword("correct horse")
    assert.isTrue(isPassword(kept, "correct horse"))
    assert.isFalse(isPassword(kept, "correct hors"))
    assert.isFalse(isPassword(kept, ""))
    assert.isFalse(Buffer.concat([kept.salt, kept.hash]).includes("correct"))
  })

  it("the same password is kept differently each time", () => {
    assert.isFalse(newPassword("one").hash.equals(newPassword("one").hash))
  })
})
