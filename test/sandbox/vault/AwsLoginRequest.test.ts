import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { callerOf, serverIdProblem, signedRequestOf } from "../../../src/sandbox/vault/AwsLoginRequest.ts"
import { Params } from "../../../src/sandbox/vault/Fields.ts"

const b64 = (text: string) => Buffer.from(text).toString("base64")

const FORM = "Action=GetCallerIdentity&Version=2011-06-15"
const GOOD = {
  iam_http_request_method: "POST",
  iam_request_url: b64("https://sts.eu-west-1.amazonaws.com/?x=1"),
  iam_request_body: b64(FORM),
  iam_request_headers: b64('{"Authorization":["AWS4 x"],"X-Amz-Date":"20260101T000000Z"}'),
}

const read = (change: Readonly<Record<string, string>> = {}) => signedRequestOf(new Params({ ...GOOD, ...change }))

describe("the signed request of an AWS login", () => {
  it("is taken apart: where it goes, what it carries", () => {
    assert.deepStrictEqual(
      read(),
      Result.succeed({
        host: "sts.eu-west-1.amazonaws.com",
        target: "/?x=1",
        headers: { authorization: "AWS4 x", "x-amz-date": "20260101T000000Z" },
        body: FORM,
      }),
    )
    const explicit = read({ iam_request_headers: '{"Host":"sts.test"}' })
    assert.strictEqual(Result.getOrThrow(explicit).host, "sts.test")
  })

  it("anything but one GetCallerIdentity by POST is refused", () => {
    const text = (change: Readonly<Record<string, string>>) =>
      Result.match(read(change), { onFailure: String, onSuccess: () => "taken" })
    assert.include(text({ iam_http_request_method: "GET" }), "currently only 'POST' is supported")
    assert.strictEqual(text({ iam_request_url: "" }), "missing iam_request_url")
    assert.strictEqual(text({ iam_request_url: b64("no address") }), "error parsing iam_request_url")
    assert.strictEqual(text({ iam_request_url: b64("https://x/?Action=Y") }), "error parsing iam_request_url")
    for (const form of ["Action=AssumeRole", `${FORM}&Action=GetCallerIdentity`, `${FORM}&RoleArn=x`, "Version=1"])
      assert.strictEqual(text({ iam_request_body: b64(form) }), "iam request body is invalid", form)
    assert.strictEqual(text({ iam_request_headers: "!" }), "missing iam_request_headers")
  })

  it("headers that could change the call, or begin another header, are refused", () => {
    for (const headers of ['{"X-Amz-Target":"y"}', '{"a":"b\\r\\nc: d"}', '{"a b":"c"}'])
      assert.isTrue(Result.isFailure(read({ iam_request_headers: headers })), headers)
  })

  it("a server's id must be signed; of several wrongs the first is told", () => {
    const name = "x-vault-aws-iam-server-id"
    assert.include(serverIdProblem({}, "v"), "missing header")
    assert.include(serverIdProblem({ [name]: "w" }, "v"), 'expected "v" but got "w"')
    assert.strictEqual(serverIdProblem({ [name]: "v" }, "v"), "missing Authorization header")
    const signed = (list: string) => ({
      [name]: "v",
      authorization: `AWS4 Credential=x, SignedHeaders=${list}, Signature=y`,
    })
    assert.strictEqual(serverIdProblem(signed("host;x-amz-date"), "v"), "vault header wasn't signed")
    assert.isUndefined(serverIdProblem(signed(`host;${name}`), "v"))
  })

  it("the caller is a user or, behind a session, a role without its path", () => {
    const xml = (arn: string, id: string) => `<R><Arn>${arn}</Arn><UserId>${id}</UserId><Account>1</Account></R>`
    const user = Result.getOrThrow(callerOf(xml("arn:aws:iam::12:user/team/ana", "AIDA1")))
    assert.deepInclude(user, { kind: "user", name: "ana", uniqueId: "AIDA1", canonicalArn: "arn:aws:iam::12:user/ana" })
    const role = Result.getOrThrow(callerOf(xml("arn:aws:sts::12:assumed-role/agent/s", "AROA1:s")))
    assert.deepInclude(role, {
      kind: "role",
      name: "agent",
      uniqueId: "AROA1",
      canonicalArn: "arn:aws:iam::12:role/agent",
    })
    assert.isTrue(Result.isFailure(callerOf(xml("arn:aws:sts::12:federated-user/x", "12:x"))))
    assert.isTrue(Result.isFailure(callerOf("<html/>")))
  })
})
