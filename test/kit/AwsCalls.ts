/** Calls on a service of the sandbox's AWS half without a server: a caller to whom everything is allowed but what is denied. */
import { Effect } from "effect"
import { type AwsCall, AwsRefusal, type AwsService } from "../../src/sandbox/aws/AwsCall.ts"

/** What a test says about a call. */
export interface CallOptions {
  readonly method?: string
  /** Path and query as sent. */
  readonly target?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  readonly region?: string
  readonly account?: string
  /** Milliseconds since the epoch. */
  readonly now?: number
  /** Actions that are refused. */
  readonly denied?: ReadonlyArray<string>
  /** Collects `action resource` of every permission that was asked for. */
  readonly asked?: Array<string>
}

/** 1 October 2026, noon. */
export const NOON = 1_790_856_000_000

/** An authenticated call. */
export const awsCall = (service: string, options: CallOptions): AwsCall => {
  const [path = "/", query = ""] = (options.target ?? "/").split("?", 2)
  const account = options.account ?? "123456789012"
  return {
    request: {
      method: options.method ?? "GET",
      path,
      query,
      headers: { host: "127.0.0.1:4566", ...options.headers },
      body: Buffer.from(options.body ?? ""),
    },
    service,
    region: options.region ?? "us-east-1",
    principal: { account, arn: `arn:aws:iam::${account}:user/test`, userId: "AIDATEST" },
    requestId: "REQUEST1",
    now: options.now ?? NOON,
    allow: (action, resource) => {
      options.asked?.push(`${action} ${resource}`)
      return options.denied?.includes(action) === true
        ? Effect.fail(new AwsRefusal({ status: 403, code: "AccessDenied", message: "Access Denied" }))
        : Effect.void
    },
  }
}

/** A call of EC2's query protocol. */
export const ec2Call = (fields: Readonly<Record<string, string>>, options: CallOptions = {}): AwsCall =>
  awsCall("ec2", { ...options, method: "POST", body: new URLSearchParams(fields).toString() })

/** An answer as tests look at it. */
export interface SeenAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
  /** The texts of all elements of that name. */
  readonly all: (element: string) => ReadonlyArray<string>
}

/** Runs a service on a call and takes the answer apart. */
export const see = (service: AwsService, call: AwsCall): Effect.Effect<SeenAnswer, AwsRefusal> =>
  Effect.map(service(call), (answer) => {
    if ("closed" in answer) return { status: 0, headers: {}, text: "", all: () => [] }
    const text = Buffer.from(answer.body).toString("utf8")
    return {
      status: answer.status,
      headers: answer.headers,
      text,
      all: (element) =>
        [...text.matchAll(new RegExp(`<${element}>([^<]*)</${element}>`, "g"))].map(([, value = ""]) => value),
    }
  })

/** The refusal of a call that must not succeed. */
export const refused = (service: AwsService, call: AwsCall): Effect.Effect<AwsRefusal, SeenAnswer> =>
  Effect.flip(see(service, call))
