import { assert, it } from "@effect/vitest"
import { isoSeconds, isoTime } from "../../../src/sandbox/aws/XmlElement.ts"

it("times are told with milliseconds, or in whole seconds", () => {
  assert.strictEqual(isoTime(1_767_225_600_999), "2026-01-01T00:00:00.999Z")
  assert.strictEqual(isoSeconds(1_767_225_600_999), "2026-01-01T00:00:00Z")
})
