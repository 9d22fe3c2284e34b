import { assert, describe, it } from "@effect/vitest"
import { parsePolicy, policyOf } from "../../../src/sandbox/aws/PolicyDocument.ts"

const parse = (document: unknown) => parsePolicy(JSON.stringify(document))

describe("parsePolicy", () => {
  it("takes one statement or many, one action or many", () => {
    const one = parse({ Statement: { Effect: "Allow", Action: "s3:*", Resource: "*" } })
    const many = parse({ Statement: [{ Effect: "Allow", Action: ["s3:*"], Resource: ["*"] }] })
    assert.deepStrictEqual(one, many)
    assert.deepStrictEqual(one, policyOf("Allow", ["s3:*"]))
  })

  it("flattens conditions, with keys in lower case and values as text", () => {
    const [statement] =
      parse({
        Statement: {
          Effect: "Deny",
          NotAction: "s3:*",
          NotResource: "*",
          Condition: { Bool: { "aws:SecureTransport": false }, StringLike: { "aws:UserId": ["a", "b"] } },
        },
      }) ?? []
    assert.deepStrictEqual(statement?.conditions, [
      { operator: "Bool", key: "aws:securetransport", values: ["false"] },
      { operator: "StringLike", key: "aws:userid", values: ["a", "b"] },
    ])
    assert.isTrue(statement?.actions.not)
    assert.isTrue(statement?.resources.not)
  })

  it("refuses what IAM calls malformed", () => {
    const bad: ReadonlyArray<unknown> = [
      {},
      { Statement: [{ Action: "s3:*", Resource: "*" }] },
      { Statement: [{ Effect: "allow", Action: "s3:*", Resource: "*" }] },
      { Statement: [{ Effect: "Allow", Resource: "*" }] },
      { Statement: [{ Effect: "Allow", Action: "s3:*" }] },
      { Statement: [{ Effect: "Allow", Action: "s3:*", NotAction: "s3:*", Resource: "*" }] },
      { Version: "2020-01-01", Statement: [] },
      [],
    ]
    for (const document of bad) assert.isUndefined(parse(document), JSON.stringify(document))
    assert.isUndefined(parsePolicy("not json"))
    assert.isUndefined(parsePolicy(""))
  })
})
