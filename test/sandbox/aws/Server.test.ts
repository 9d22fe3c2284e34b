import { DynamoDBClient, ListTablesCommand, PutItemCommand, paginateScan } from "@aws-sdk/client-dynamodb"
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  GetUserCommand,
  IAMClient,
  ListRolesCommand,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam"
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda"
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3"
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs"
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { Readable } from "node:stream"
import { serveLoopback } from "../../../src/sandbox/Loopback.ts"
import type { AwsService } from "../../../src/sandbox/aws/AwsCall.ts"
import { makeS3 } from "../../../src/sandbox/aws/S3.ts"
import { makeAwsHalf } from "../../../src/sandbox/aws/Server.ts"
import { keyIn, makeSignedAws, rootKey, wireRequest } from "../../kit/SignedAws.ts"

/** What an official client is told: nothing is left to the machine it runs on. */
const configFor = (endpoint: string, key: { accessKeyId: string; secretAccessKey: string; sessionToken?: string }) => ({
  endpoint,
  region: "us-east-1",
  credentials: key,
  maxAttempts: 1,
  defaultsMode: "standard" as const,
  retryMode: "standard" as const,
})

const root = { accessKeyId: rootKey.accessKeyId, secretAccessKey: rootKey.secretKey }

/** A half on loopback; the address is given. */
const serve = Effect.gen(function* () {
  const half = yield* makeAwsHalf({ rootKey, services: new Map([["s3", yield* makeS3([])]]), seeded: true })
  return yield* serveLoopback(half.handler)
})

/** Awaits an official client's call; its refusal as a value. */
const call = <A>(run: () => Promise<A>) =>
  Effect.promise(() =>
    run().then(
      (value) => ({ value, error: undefined }),
      (error: { name: string; message: string; $metadata?: { httpStatusCode?: number; requestId?: string } }) => ({
        value: undefined,
        error,
      }),
    ),
  )

describe("the official clients", () => {
  it.live("assume a role by STS and work with DynamoDB as what they then are", () =>
    Effect.gen(function* () {
      const endpoint = yield* serve
      const sts = new STSClient(configFor(endpoint, root))
      const me = yield* call(() => sts.send(new GetCallerIdentityCommand({})))
      assert.strictEqual(me.value?.Arn, "arn:aws:iam::123456789012:user/vault-root")
      assert.isString(me.value?.$metadata.requestId)

      const role = "arn:aws:iam::123456789012:role/mcp-agent-role"
      const assumed = yield* call(() =>
        sts.send(new AssumeRoleCommand({ RoleArn: role, RoleSessionName: "mcp-e2e", DurationSeconds: 900 })),
      )
      const issued = assumed.value?.Credentials
      assert.isDefined(issued)
      assert.approximately((issued.Expiration?.getTime() ?? 0) - Date.now(), 900_000, 5000)
      const session = configFor(endpoint, {
        accessKeyId: issued.AccessKeyId ?? "",
        secretAccessKey: issued.SecretAccessKey ?? "",
        sessionToken: issued.SessionToken ?? "",
      })
      const dynamo = new DynamoDBClient(session)
      const tables = yield* call(() => dynamo.send(new ListTablesCommand({})))
      assert.deepStrictEqual(tables.value?.TableNames, ["orders"])
      const orders = yield* call(async () => {
        const items: Array<unknown> = []
        for await (const page of paginateScan({ client: dynamo, pageSize: 3 }, { TableName: "orders" })) {
          items.push(...(page.Items ?? []))
        }
        return items
      })
      assert.strictEqual(orders.value?.length, 8)
      const again = yield* call(() =>
        dynamo.send(
          new PutItemCommand({
            TableName: "orders",
            Item: { customer: { S: "ada" }, order: { S: "2026-001" } },
            ConditionExpression: "attribute_not_exists(customer)",
          }),
        ),
      )
      assert.strictEqual(again.error?.name, "ConditionalCheckFailedException")
      const users = yield* call(() => new IAMClient(session).send(new CreateUserCommand({ UserName: "x1" })))
      assert.strictEqual(users.error?.name, "AccessDenied")
      assert.include(
        users.error?.message,
        "assumed-role/mcp-agent-role/mcp-e2e is not authorized to perform: iam:CreateUser",
      )
    }),
  )

  it.live("make an IAM user by IAM, use its key, and lose it", () =>
    Effect.gen(function* () {
      const endpoint = yield* serve
      const iam = new IAMClient(configFor(endpoint, root))
      const UserName = "vault-e2e"
      yield* call(() => iam.send(new CreateUserCommand({ UserName, Tags: [{ Key: "by", Value: "vault" }] })))
      const PolicyDocument = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`
      yield* call(() => iam.send(new PutUserPolicyCommand({ UserName, PolicyName: "p", PolicyDocument })))
      const made = yield* call(() => iam.send(new CreateAccessKeyCommand({ UserName })))
      const key = made.value?.AccessKey
      assert.isDefined(key)
      const user = configFor(endpoint, {
        accessKeyId: key.AccessKeyId ?? "",
        secretAccessKey: key.SecretAccessKey ?? "",
      })
      const s3 = new S3Client({ ...user, forcePathStyle: true })
      assert.isUndefined((yield* call(() => s3.send(new ListBucketsCommand({})))).error)
      yield* call(() => iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId: key.AccessKeyId })))
      const cut = yield* call(() => s3.send(new ListBucketsCommand({})))
      assert.strictEqual(cut.error?.name, "InvalidAccessKeyId")
      const lost = yield* call(() => new STSClient(user).send(new GetCallerIdentityCommand({})))
      assert.strictEqual(lost.error?.name, "InvalidClientTokenId")
      const nobody = yield* call(() => iam.send(new GetUserCommand({ UserName: "nobody" })))
      assert.strictEqual(nobody.error?.name, "NoSuchEntityException")
      const roles = yield* call(() => iam.send(new ListRolesCommand({})))
      assert.deepStrictEqual(
        roles.value?.Roles?.map((role) => role.RoleName),
        ["mcp-agent-role", "mcp-auditor-role"],
      )
    }),
  )

  it.live("put and get S3 objects, also from a stream and under any key", () =>
    Effect.gen(function* () {
      const endpoint = yield* serve
      const s3 = new S3Client({ ...configFor(endpoint, root), forcePathStyle: true })
      const Bucket = "e2e-bucket"
      assert.isUndefined((yield* call(() => s3.send(new CreateBucketCommand({ Bucket })))).error)
      const Key = "a b/ü+ &=%2F'()*!.txt"
      const Body = Readable.from([Buffer.from("hello "), Buffer.from("stream")])
      const put = yield* call(() => s3.send(new PutObjectCommand({ Bucket, Key, Body, ContentLength: 12 })))
      assert.isUndefined(put.error)
      const text = yield* call(() =>
        s3.send(new GetObjectCommand({ Bucket, Key })).then((got) => got.Body?.transformToString()),
      )
      assert.strictEqual(text.value, "hello stream")
      const head = yield* call(() => s3.send(new HeadObjectCommand({ Bucket, Key })))
      assert.isUndefined(head.value?.ContentEncoding)
      const wrong = new S3Client({
        ...configFor(endpoint, { ...root, secretAccessKey: "wrong" }),
        forcePathStyle: true,
      })
      const refused = yield* call(() => wrong.send(new ListBucketsCommand({})))
      assert.strictEqual(refused.error?.name, "SignatureDoesNotMatch")
      assert.strictEqual(refused.error?.$metadata?.httpStatusCode, 403)
      assert.match(refused.error?.$metadata?.requestId ?? "", /^[0-9A-F]{16}$/)
    }),
  )

  it.live("read the refusal of a service that is not there", () =>
    Effect.gen(function* () {
      const endpoint = yield* serve
      const sqs = yield* call(() =>
        new SQSClient(configFor(endpoint, root)).send(new SendMessageCommand({ QueueUrl: endpoint, MessageBody: "x" })),
      )
      assert.include(sqs.error?.message, "The sandbox has no service sqs.")
      const lambda = yield* call(() =>
        new LambdaClient(configFor(endpoint, root)).send(new InvokeCommand({ FunctionName: "f" })),
      )
      assert.strictEqual(lambda.error?.name, "UnknownOperationException")
      assert.strictEqual(lambda.error?.$metadata?.httpStatusCode, 404)
    }),
  )
})

describe("the half itself", () => {
  it.effect("stamps answers with the sandbox's own time and ids in the service's form", () =>
    Effect.gen(function* () {
      const aws = yield* makeSignedAws()
      yield* TestClock.setTime(1_767_225_600_000)
      const dynamo = yield* aws.dynamo("ListTables", {})
      assert.strictEqual(dynamo.headers["date"], "Thu, 01 Jan 2026 00:00:00 GMT")
      assert.match(dynamo.headers["x-amzn-requestid"] ?? "", /^[A-Z2-7]{52}$/)
      const s3 = yield* aws.send(wireRequest({ method: "GET", path: "/bucket" }))
      assert.match(s3.headers["x-amz-request-id"] ?? "", /^[0-9A-F]{16}$/)
      assert.isString(s3.headers["x-amz-id-2"])
      assert.include(s3.text, `<RequestId>${s3.headers["x-amz-request-id"]}</RequestId>`)
    }),
  )

  it.effect("takes what is signed with four headers and no payload hash, as Vault's Go client signs", () =>
    Effect.gen(function* () {
      const aws = yield* makeSignedAws()
      const body = Buffer.from("Action=GetCallerIdentity&Version=2011-06-15")
      const headers = {
        "content-length": String(body.length),
        "content-type": "application/x-www-form-urlencoded; charset=utf-8",
      }
      const signed = yield* aws.sign(wireRequest({ headers, body }), "sts")
      assert.include(
        signed.headers["authorization"] ?? "",
        "SignedHeaders=content-length;content-type;host;x-amz-date,",
      )
      const answer = yield* aws.send({ ...signed, headers: { ...signed.headers, "user-agent": "aws-sdk-go/1.44" } })
      assert.strictEqual(answer.status, 200)
      const forged = { ...signed, body: Buffer.from("Action=GetSessionToken&Version=2011-06-15&") }
      assert.strictEqual((yield* aws.send(forged)).status, 403)
    }),
  )

  it.effect("gives a service its caller and asks that caller's policies for it", () =>
    Effect.gen(function* () {
      const seen: Array<unknown> = []
      const ec2: AwsService = Effect.fnUntraced(function* (call) {
        seen.push([call.principal.arn, call.region, call.service, call.now])
        yield* call.allow("ec2:DescribeVpcs", "*")
        yield* call.allow("ec2:DeleteVpc", "*")
        return { status: 200, headers: {}, body: "" }
      })
      const role = {
        account: "123456789012",
        name: "looker",
        policy: `{"Statement":{"Effect":"Allow","Action":"ec2:Describe*","Resource":"*"}}`,
      }
      const aws = yield* makeSignedAws({ services: new Map([["ec2", ec2]]), roles: [role] })
      const assume = { RoleArn: "arn:aws:iam::123456789012:role/looker", RoleSessionName: "s1" }
      const key = keyIn(yield* aws.form("sts", "AssumeRole", assume))
      const answer = yield* aws.form("ec2", "DeleteVpc", {}, key)
      assert.strictEqual(answer.status, 403)
      assert.include(answer.text, "<Code>UnauthorizedOperation</Code>")
      assert.include(answer.text, "not authorized to perform: ec2:DeleteVpc on resource: *")
      assert.deepStrictEqual(seen, [["arn:aws:sts::123456789012:assumed-role/looker/s1", "us-east-1", "ec2", 0]])
    }),
  )
})
