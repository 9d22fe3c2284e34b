/** An AWS half without a socket, and callers that sign for it: what most tests of the AWS half start from. */
import { Clock, Effect } from "effect"
import { sha256Hex, signRequest } from "../../src/sandbox/SigV4.ts"
import type { WireRequest } from "../../src/sandbox/Wire.ts"
import { amzDateOf } from "../../src/sandbox/aws/Authenticate.ts"
import { type AwsHalf, type AwsHalfOptions, makeAwsHalf } from "../../src/sandbox/aws/Server.ts"

/** Something to sign with. */
export interface SigningKey {
  readonly accessKeyId: string
  readonly secretKey: string
  readonly sessionToken?: string
}

/** The key of the half's first user. */
export const rootKey: SigningKey = { accessKeyId: "AKIAROOTROOTROOTROOT", secretKey: "root-secret-of-the-tests" }

/** An answer, read. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
}

/** The text of the first element of that name. */
export const textOf = (answer: Answer, element: string): string =>
  new RegExp(`<${element}>([^<]*)</${element}>`).exec(answer.text)?.[1] ?? ""

/** The credentials in an STS answer, or the key in one of CreateAccessKey. */
export const keyIn = (answer: Answer): SigningKey => {
  const sessionToken = textOf(answer, "SessionToken")
  return {
    accessKeyId: textOf(answer, "AccessKeyId"),
    secretKey: textOf(answer, "SecretAccessKey"),
    ...(sessionToken === "" ? {} : { sessionToken }),
  }
}

/** A request without its signature. */
export const wireRequest = (parts: Partial<WireRequest>): WireRequest => ({
  method: "POST",
  path: "/",
  query: "",
  headers: {},
  body: new Uint8Array(),
  ...parts,
})

/** An attribute of an item as the tests read it. */
interface ShownValue {
  readonly S: string
  readonly N: string
}

/** Items of the tests' own tables. */
export interface ShownItem {
  readonly [name: string]: unknown
  readonly customer: ShownValue
  readonly status: ShownValue
  readonly total: ShownValue
  readonly p: ShownValue
  readonly n: ShownValue
}

interface ShownTable {
  readonly TableArn: string
  readonly TableId: string
  readonly TableStatus: string
  readonly CreationDateTime: number
  readonly KeySchema: unknown
  readonly AttributeDefinitions: unknown
  readonly BillingModeSummary: { readonly BillingMode: string }
  readonly ProvisionedThroughput: { readonly WriteCapacityUnits: number }
  readonly GlobalSecondaryIndexes: ReadonlyArray<{ readonly IndexName: string; readonly KeySchema: unknown }>
}

/** Whatever DynamoDB may answer. */
export interface DynamoReply {
  readonly __type: string
  readonly message: string
  readonly Table: ShownTable
  readonly TableDescription: ShownTable
  readonly TableNames: unknown
  readonly Item: ShownItem
  readonly Attributes: ShownItem
  readonly Items: ReadonlyArray<ShownItem>
  readonly Count: number
  readonly ScannedCount: number
  readonly LastEvaluatedKey: object | undefined
}

/** The half, and three ways to call it: as it is, by the query protocol, by DynamoDB's. */
export interface SignedAws {
  readonly half: AwsHalf
  readonly send: (request: WireRequest) => Effect.Effect<Answer>
  readonly sign: (
    request: WireRequest,
    service: string,
    key?: SigningKey,
    region?: string,
  ) => Effect.Effect<WireRequest>
  readonly form: (
    service: string,
    action: string,
    params?: Readonly<Record<string, string>>,
    key?: SigningKey,
  ) => Effect.Effect<Answer>
  readonly dynamo: (
    operation: string,
    body: unknown,
    key?: SigningKey,
    region?: string,
  ) => Effect.Effect<{ readonly status: number; readonly json: DynamoReply; readonly headers: Answer["headers"] }>
}

/** Starts one. */
export const makeSignedAws = Effect.fnUntraced(function* (
  options: Partial<AwsHalfOptions> = {},
): Effect.fn.Return<SignedAws> {
  const half = yield* makeAwsHalf({ rootKey, services: new Map(), ...options })
  const send: SignedAws["send"] = (request) =>
    Effect.map(half.handler(request), (response) => {
      if ("closed" in response) throw new Error("the half closed the connection")
      const { status, headers, body } = response
      return { status, headers, text: Buffer.from(body).toString("utf8") }
    })
  const sign: SignedAws["sign"] = (request, service, key = rootKey, region = "us-east-1") =>
    Effect.map(Clock.currentTimeMillis, (now) => {
      const amzDate = amzDateOf(now)
      const scope = { date: amzDate.slice(0, 8), region, service }
      const hash = service === "s3" ? { "x-amz-content-sha256": sha256Hex(request.body) } : {}
      const unsigned = { ...request, headers: { host: "127.0.0.1:4566", ...hash, ...request.headers } }
      return { ...unsigned, headers: signRequest(unsigned, key, scope, amzDate) }
    })
  const form: SignedAws["form"] = (service, action, params = {}, key = rootKey) => {
    const body = Buffer.from(String(new URLSearchParams({ Action: action, Version: "2011-06-15", ...params })))
    const headers = {
      "content-type": "application/x-www-form-urlencoded; charset=utf-8",
      "content-length": String(body.length),
    }
    return Effect.flatMap(sign(wireRequest({ headers, body }), service, key), send)
  }
  const dynamo: SignedAws["dynamo"] = (operation, json, key = rootKey, region = "us-east-1") => {
    const headers = {
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": `DynamoDB_20120810.${operation}`,
    }
    const request = wireRequest({ headers, body: Buffer.from(JSON.stringify(json)) })
    return sign(request, "dynamodb", key, region).pipe(
      Effect.flatMap(send),
      // A test reads only what its answer must have: where that is missing, its assertion fails.
      Effect.map(({ status, headers, text }) => ({ status, headers, json: JSON.parse(text) as DynamoReply })),
    )
  }
  return { half, send, sign, form, dynamo }
})
