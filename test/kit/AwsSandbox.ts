/** The sandbox's AWS half with S3 and EC2 on a loopback port, for the official clients. Use with `it.live`: signatures are dated. */
import { Effect, Predicate, Schema, Stream } from "effect"
import { makeEc2 } from "../../src/sandbox/aws/Ec2.ts"
import { makeS3 } from "../../src/sandbox/aws/S3.ts"
import { makeAwsHalf } from "../../src/sandbox/aws/Server.ts"
import { serveLoopback } from "../../src/sandbox/Loopback.ts"
import { seeded } from "../../src/sandbox/Seed.ts"

/** What a client needs to be made with. */
export const awsSandbox = Effect.gen(function* () {
  const rootKey = { accessKeyId: "AKIASANDBOXTESTROOT1", secretKey: "only-a-test-knows-this" }
  const services = new Map([
    ["s3", yield* makeS3(seeded.buckets)],
    ["ec2", yield* makeEc2(seeded.regions)],
  ])
  const half = yield* makeAwsHalf({ rootKey, services })
  return {
    endpoint: yield* serveLoopback(half.handler),
    region: "us-east-1",
    credentials: { accessKeyId: rootKey.accessKeyId, secretAccessKey: rootKey.secretKey },
  }
})

/** What an official client says about a refusal. */
export class ClientFailure extends Schema.TaggedError<ClientFailure>()("ClientFailure", {
  name: Schema.String,
  status: Schema.Finite,
}) {}

const failureOf = (error: unknown): ClientFailure => {
  const metadata = Predicate.hasProperty(error, "$metadata") ? error.$metadata : undefined
  const status = Predicate.hasProperty(metadata, "httpStatusCode") ? metadata.httpStatusCode : undefined
  return new ClientFailure({
    name: error instanceof Error ? error.name : "",
    status: typeof status === "number" ? status : 0,
  })
}

/** Runs a client's promise. */
export const send = <A>(run: () => Promise<A>): Effect.Effect<A, ClientFailure> =>
  Effect.tryPromise({ try: run, catch: failureOf })

/** Every page of a client's paginator. */
export const pagesOf = <A>(pages: AsyncIterable<A>): Effect.Effect<ReadonlyArray<A>, ClientFailure> =>
  Stream.runCollect(Stream.fromAsyncIterable(pages, failureOf))
