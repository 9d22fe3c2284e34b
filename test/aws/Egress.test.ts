import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { allowedHost } from "../../src/aws/Egress.ts"

const https = (hostname: string, port?: number) => ({
  protocol: "https:",
  hostname,
  ...(port === undefined ? {} : { port }),
})

describe("allowedHost", () => {
  it("lets AWS's own hosts pass, in every partition, over https alone", () => {
    for (const host of [
      "sqs.eu-west-1.amazonaws.com",
      "bucket.s3.us-east-1.amazonaws.com",
      "ec2.cn-north-1.amazonaws.com.cn",
      "s3.dualstack.eu-west-1.api.aws",
      "STS.amazonaws.com",
    ]) {
      assert.isTrue(allowedHost(https(host), undefined), host)
      assert.isFalse(allowedHost({ protocol: "http:", hostname: host }, undefined), host)
      assert.isFalse(allowedHost(https(host, 8443), undefined), host)
    }
  })

  it("refuses look-alikes, addresses and hosts that customers name", () => {
    for (const host of [
      "evil.example",
      "amazonaws.com",
      "evilamazonaws.com",
      "sqs.amazonaws.com.evil.example",
      "x.lambda-url.us-east-1.on.aws",
      "169.254.169.254",
      "localhost",
      "",
    ]) {
      assert.isFalse(allowedHost(https(host), undefined), host)
    }
  })

  it("with the operator's endpoint only that host, port and its subdomains are left", () => {
    const endpoint = "http://127.0.0.1:4566"
    const at = (hostname: string, port: number) => allowedHost({ protocol: "http:", hostname, port }, endpoint)
    assert.isTrue(at("127.0.0.1", 4566))
    assert.isTrue(at("bucket.127.0.0.1", 4566))
    assert.isFalse(at("127.0.0.1", 80))
    assert.isFalse(at("evil127.0.0.1", 4566))
    assert.isFalse(allowedHost(https("sqs.eu-west-1.amazonaws.com"), endpoint))
  })

  it.effect.prop(
    "no random host passes unless it ends in one of AWS's names",
    { host: Schema.String.check(Schema.isPattern(/^[a-z0-9.-]{1,60}$/)) },
    ({ host }) =>
      Effect.sync(() => {
        if (allowedHost(https(host), undefined))
          assert.match(host, /\.(?:amazonaws\.|api\.|.*ic\.gov|.*sgov\.gov|.*adc-e\.uk)/)
      }),
    { arbitrary: { runs: 1000, size: 60 } },
  )
})
