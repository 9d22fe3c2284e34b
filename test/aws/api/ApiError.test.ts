import { assert, describe, it } from "@effect/vitest"
import { ApiError, BadCursor, InvalidParameters, LoadFailed, UnknownService } from "../../../src/aws/api/ApiError.ts"

describe("ApiError", () => {
  it("tells every problem of the parameters on a line of its own, and that nothing was sent", () => {
    const error = new ApiError({
      reason: new InvalidParameters({
        service: "dynamodb",
        operation: "PutItem",
        issues: [
          { path: "parameters.TableName", problem: "is required" },
          { path: "parameters.Item.id", problem: "expected an object, got a string" },
        ],
      }),
    })
    assert.deepStrictEqual(error.message.split("\n"), [
      "invalid parameters for dynamodb PutItem, nothing was sent:",
      "- parameters.TableName: is required",
      "- parameters.Item.id: expected an object, got a string",
    ])
  })

  it("names what may have been meant", () => {
    const reason = new UnknownService({ service: "dinamodb", suggestion: "dynamodb", known: ["dynamodb", "s3"] })
    assert.include(new ApiError({ reason }).message, "Did you mean dynamodb?")
  })

  it("says what to do about a cursor", () => {
    assert.include(new BadCursor({ problem: "it belongs to another operation" }).message, "without a cursor")
  })

  it("keeps the cause of a broken installation out of its words", () => {
    const reason = new LoadFailed({ service: "s3", cause: new Error("/home/someone/node_modules is gone") })
    assert.notInclude(new ApiError({ reason }).message, "/home")
  })
})
