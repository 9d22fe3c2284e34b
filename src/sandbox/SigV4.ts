/**
 * AWS Signature Version 4, both directions, for the sandbox alone: its AWS half checks what clients signed, its Vault
 * half signs what Vault sends to STS and IAM. Pure; the product itself signs with the official clients.
 * Rules: AWS General Reference, "Create a signed AWS API request".
 */
import { createHash, createHmac, timingSafeEqual } from "node:crypto"
import { queryPairs, type WireRequest } from "./Wire.ts"

/** Where a signature holds: `date/region/service/aws4_request`. */
export interface SigningScope {
  readonly date: string
  readonly region: string
  readonly service: string
}

/** What an `Authorization: AWS4-HMAC-SHA256 …` header (or a presigned query) says. */
export interface Authorization {
  readonly accessKeyId: string
  readonly scope: SigningScope
  readonly signedHeaders: ReadonlyArray<string>
  readonly signature: string
  /** `YYYYMMDDTHHMMSSZ` */
  readonly amzDate: string
  /** Seconds a presigned address is good for; absent for a signed header. */
  readonly expiresIn?: number
  readonly presigned: boolean
}

/** SHA-256 in lower case hex, as payload hashes are written. */
export const sha256Hex = (data: Uint8Array | string): string => createHash("sha256").update(data).digest("hex")

const hmac = (key: Uint8Array | string, data: string): Buffer => createHmac("sha256", key).update(data).digest()

/**
 * Percent-encodes as RFC 3986 wants it, byte by byte: what is encoded already stays encoded (in upper case), so that a
 * sent text and its other spellings give one canonical text. Works on bytes since a key need not be UTF-8.
 */
const canonicalText = (sent: string, keep: RegExp): string =>
  sent.replace(/%[0-9a-f]{2}|[^]/giu, (part) => {
    const bytes = /^%[0-9a-f]{2}$/i.test(part) ? Buffer.from(part.slice(1), "hex") : Buffer.from(part, "utf8")
    return [...bytes]
      .map((byte) => {
        const char = String.fromCharCode(byte)
        return byte < 0x80 && keep.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`
      })
      .join("")
  })

const UNRESERVED = /[A-Za-z0-9._~-]/
const UNRESERVED_AND_SLASH = /[A-Za-z0-9._~/-]/

/**
 * S3 signs the path encoded once and leaves dots and double slashes alone; every other service resolves them and signs
 * each sent segment encoded once more (`%20` becomes `%2520`).
 */
const canonicalPath = (path: string, service: string): string => {
  if (service === "s3") return path === "" ? "/" : canonicalText(path, UNRESERVED_AND_SLASH)
  const segments: Array<string> = []
  for (const segment of path.split("/")) {
    if (segment === "" || segment === ".") continue
    if (segment === "..") segments.pop()
    else segments.push(canonicalText(segment.replaceAll("%", "%25"), UNRESERVED))
  }
  return `/${segments.join("/")}${segments.length > 0 && path.endsWith("/") ? "/" : ""}`
}

const byBytes = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const canonicalQuery = (query: string): string =>
  query
    .split("&")
    .filter((pair) => pair !== "" && !pair.startsWith("X-Amz-Signature="))
    .map((pair) => {
      const at = pair.indexOf("=")
      const [name, value] = at < 0 ? [pair, ""] : [pair.slice(0, at), pair.slice(at + 1)]
      return [canonicalText(name, UNRESERVED), canonicalText(value, UNRESERVED)] as const
    })
    .sort((a, b) => byBytes(a[0], b[0]) || byBytes(a[1], b[1]))
    .map(([name, value]) => `${name}=${value}`)
    .join("&")

/** The hex signature of a request under a secret key. */
export const signatureOf = (
  request: WireRequest,
  secretKey: string,
  authorization: Pick<Authorization, "amzDate" | "scope" | "signedHeaders">,
  payloadHash: string,
): string => {
  const { amzDate, scope, signedHeaders } = authorization
  const headers = signedHeaders
    .map((name) => `${name}:${(request.headers[name] ?? "").trim().replace(/\s+/g, " ")}\n`)
    .join("")
  const canonical = [
    request.method,
    canonicalPath(request.path, scope.service),
    canonicalQuery(request.query),
    headers,
    signedHeaders.join(";"),
    payloadHash,
  ].join("\n")
  const credentialScope = `${scope.date}/${scope.region}/${scope.service}/aws4_request`
  const stringToSign = `AWS4-HMAC-SHA256\n${amzDate}\n${credentialScope}\n${sha256Hex(canonical)}`
  const dateKey = hmac(`AWS4${secretKey}`, scope.date)
  const key = hmac(hmac(hmac(dateKey, scope.region), scope.service), "aws4_request")
  return hmac(key, stringToSign).toString("hex")
}

/** Equal signatures, compared in constant time. */
export const sameSignature = (a: string, b: string): boolean => {
  const left = Buffer.from(a)
  const right = Buffer.from(b)
  return left.length === right.length && timingSafeEqual(left, right)
}

const parseScope = (credential: string): { readonly accessKeyId: string; readonly scope: SigningScope } | undefined => {
  const [accessKeyId, date, region, service, end] = credential.split("/")
  return accessKeyId === undefined || date === undefined || region === undefined || service === undefined
    ? undefined
    : end === "aws4_request"
      ? { accessKeyId, scope: { date, region, service } }
      : undefined
}

/** Reads the signature a client sent, from the header or from a presigned query; `undefined`: unsigned or unreadable. */
export const authorizationOf = (request: WireRequest): Authorization | undefined => {
  const header = request.headers["authorization"]
  if (header !== undefined) {
    const match = /^AWS4-HMAC-SHA256 +Credential=([^,\s]+), *SignedHeaders=([^,\s]+), *Signature=([0-9a-f]{64})$/.exec(
      header.trim(),
    )
    const scoped = match?.[1] === undefined ? undefined : parseScope(match[1])
    if (match?.[2] === undefined || match[3] === undefined || scoped === undefined) return undefined
    return {
      ...scoped,
      signedHeaders: match[2].split(";"),
      signature: match[3],
      amzDate: request.headers["x-amz-date"] ?? "",
      presigned: false,
    }
  }
  const query = new Map(queryPairs(request.query))
  const scoped = parseScope(query.get("X-Amz-Credential") ?? "")
  const signature = query.get("X-Amz-Signature")
  if (scoped === undefined || signature === undefined) return undefined
  return {
    ...scoped,
    signedHeaders: (query.get("X-Amz-SignedHeaders") ?? "").split(";"),
    signature,
    amzDate: query.get("X-Amz-Date") ?? "",
    expiresIn: Number(query.get("X-Amz-Expires") ?? "0"),
    presigned: true,
  }
}

/** Signs a request the way Vault's Go SDK does: the four headers it names, the body hashed. Gives the headers to send. */
export const signRequest = (
  request: WireRequest,
  key: { readonly accessKeyId: string; readonly secretKey: string; readonly sessionToken?: string },
  scope: SigningScope,
  amzDate: string,
): Readonly<Record<string, string>> => {
  const headers: Record<string, string> = {
    ...request.headers,
    "x-amz-date": amzDate,
    ...(key.sessionToken === undefined ? {} : { "x-amz-security-token": key.sessionToken }),
  }
  const signedHeaders = Object.keys(headers).sort()
  const signature = signatureOf(
    { ...request, headers },
    key.secretKey,
    { amzDate, scope, signedHeaders },
    sha256Hex(request.body),
  )
  return {
    ...headers,
    authorization: `AWS4-HMAC-SHA256 Credential=${key.accessKeyId}/${scope.date}/${scope.region}/${scope.service}/aws4_request, SignedHeaders=${signedHeaders.join(";")}, Signature=${signature}`,
  }
}
