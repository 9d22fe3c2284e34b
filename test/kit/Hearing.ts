/** What a client hears from a sandbox on the wire, byte by byte: for answers that no client library would show. */
import { type IncomingHttpHeaders, request } from "node:http"
import { Clock, Effect, Redacted } from "effect"
import { amzDateOf } from "../../src/sandbox/aws/Authenticate.ts"
import type { Sandbox } from "../../src/sandbox/Sandbox.ts"
import { signRequest } from "../../src/sandbox/SigV4.ts"
import { type SigningKey, wireRequest } from "./SignedAws.ts"

/** Of a body, so much is kept. */
const KEPT = 100_000

/** One exchange to its end. Times are milliseconds since the request. */
export interface Heard {
  /** 0: there was no answer. */
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** The beginning of the body. */
  readonly bytes: Buffer
  readonly text: string
  /** All bytes of the body. */
  readonly size: number
  /** What broke the connection, if something did. */
  readonly broken: string | undefined
  readonly headAt: number
  readonly endAt: number
  /** When each piece of the body came. */
  readonly pieces: ReadonlyArray<number>
}

interface Sent {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** Sends a request on a connection of its own; interrupting it hangs up. */
export const hear = (url: string, sent: Sent = {}): Effect.Effect<Heard> =>
  Effect.callback((resume) => {
    const started = performance.now()
    const at = () => performance.now() - started
    const chunks: Array<Buffer> = []
    const pieces: Array<number> = []
    let size = 0
    let head = { status: 0, headers: {} as IncomingHttpHeaders, headAt: 0 }
    const end = (broken: string | undefined): void => {
      const bytes = Buffer.concat(chunks)
      resume(Effect.succeed({ ...head, bytes, text: bytes.toString("utf8"), size, broken, endAt: at(), pieces }))
    }
    const broke = (error: Error & { readonly code?: string }): void => end(error.code ?? error.message)
    const asked = request(url, { method: sent.method ?? "GET", headers: sent.headers, agent: false }, (response) => {
      head = { status: response.statusCode ?? 0, headers: response.headers, headAt: at() }
      response.on("data", (chunk: Buffer) => {
        if (size < KEPT) chunks.push(chunk.subarray(0, KEPT - size))
        size += chunk.length
        pieces.push(at())
      })
      response.on("end", () => end(undefined))
      response.on("error", broke)
    })
    asked.on("error", broke)
    asked.end(sent.body)
    return Effect.sync(() => void asked.destroy())
  })

/** Asks the Vault half; a body makes it a POST. Without `token` as root, with an empty one as nobody. */
export const hearVault = (
  sandbox: Sandbox,
  path: string,
  { body, token = Redacted.value(sandbox.vaultToken) }: { readonly body?: object; readonly token?: string } = {},
): Effect.Effect<Heard> =>
  hear(`${sandbox.vaultAddr}/v1/${path}`, {
    ...(token === "" ? {} : { headers: { "x-vault-token": token } }),
    ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
  })

/** The JSON of an answer. */
// A test looks into answers freely; a wrong guess fails the assertion.
// oxlint-disable-next-line typescript/no-explicit-any
export const jsonOf = (heard: Heard): any => JSON.parse(heard.text)

/** The key that Vault itself uses. */
export const rootKeyOf = ({ rootKey }: Sandbox): SigningKey => ({
  accessKeyId: rootKey.accessKeyId,
  secretKey: Redacted.value(rootKey.secretKey),
})

/** Keys leased from the Vault half. */
export const leasedKey = (sandbox: Sandbox, role = "mcp-agent-role"): Effect.Effect<SigningKey> =>
  Effect.map(hearVault(sandbox, `aws/creds/${role}`), (heard) => {
    const { access_key, secret_key, security_token } = jsonOf(heard).data
    return {
      accessKeyId: access_key,
      secretKey: secret_key,
      ...(security_token === null ? {} : { sessionToken: security_token }),
    }
  })

/** Asks the AWS half, signed. `offset`: how far the signer's clock is off, in milliseconds. */
export const hearAws = Effect.fnUntraced(function* (
  sandbox: Sandbox,
  key: SigningKey,
  ask: {
    readonly service: string
    readonly action?: string
    readonly target?: string
    readonly path?: string
    readonly params?: Readonly<Record<string, string>>
    readonly offset?: number
  },
) {
  const amzDate = amzDateOf((yield* Clock.currentTimeMillis) + (ask.offset ?? 0))
  const form = ask.action === undefined ? "" : String(new URLSearchParams({ Action: ask.action, ...ask.params }))
  const body = ask.target === undefined ? form : "{}"
  const path = ask.path ?? "/"
  const method = body === "" ? "GET" : "POST"
  const headers = {
    host: new URL(sandbox.awsUrl).host,
    ...(form === "" ? {} : { "content-type": "application/x-www-form-urlencoded; charset=utf-8" }),
    ...(ask.target === undefined ? {} : { "content-type": "application/x-amz-json-1.0", "x-amz-target": ask.target }),
    ...(ask.service === "s3" ? { "x-amz-content-sha256": "UNSIGNED-PAYLOAD" } : {}),
  }
  const scope = { date: amzDate.slice(0, 8), region: "us-east-1", service: ask.service }
  const request = wireRequest({ method, path, headers, body: Buffer.from(body) })
  const signed = signRequest(request, key, scope, amzDate)
  return yield* hear(`${sandbox.awsUrl}${path}`, { method, headers: signed, body })
})

/** Who am I, as a person would ask STS. */
export const WHO = { service: "sts", action: "GetCallerIdentity", params: { Version: "2011-06-15" } } as const
