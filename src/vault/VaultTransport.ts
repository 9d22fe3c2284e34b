/**
 * The HttpClient that VaultHttp runs on: undici with the operator's settings of TLS, proxy, socket and headers. Loaded and
 * configured at the first request, so that a start costs nothing and a wrong certificate file is told by the call that
 * needs it.
 */
import { X509Certificate } from "node:crypto"
import { createSecureContext } from "node:tls"
import { Data, Duration, Effect, Exit, FileSystem, Layer, Result, Scope } from "effect"
import { HttpClient, HttpClientError } from "effect/http"
import type Undici from "undici"
import { AppConfig, type AppConfigShape, type VaultTls } from "../config/AppConfig.ts"
import { connectOptions, watched } from "./Connector.ts"
import { proxyPass, withExtra } from "./ExtraHeaders.ts"
import { isProxyAddress, proxyFor } from "./Proxy.ts"
import { parseAddress } from "./VaultAddress.ts"

/** The settings cannot be used; Trouble knows it by its code. */
class TlsSettings extends Data.TaggedError("TlsSettings")<{ readonly cause: unknown }> {
  readonly code = "VAULT_TLS_SETTINGS"
  override get message(): string {
    return this.cause instanceof Error ? this.cause.message : "unusable"
  }
}

/** As with those of TLS; what it is set to may hold a password, and is not repeated. */
class ProxySettings extends Data.TaggedError("ProxySettings") {
  readonly code = "VAULT_PROXY_SETTINGS"
}

/** Options of `tls.connect` that the settings stand for. PEM text throughout. */
export interface TlsOptions {
  readonly minVersion: "TLSv1.2"
  readonly rejectUnauthorized: boolean
  readonly ca?: Array<string>
  readonly cert?: string
  readonly key?: string
  readonly servername?: string
}

/**
 * Reads the files that the TLS settings name. An authority that is given replaces those of the system, as in Vault's
 * own client; CACERT_BYTES wins over CACERT, and CACERT over CAPATH.
 */
export const tlsOptions = Effect.fn("VaultTransport.tlsOptions")(function* (tls: VaultTls) {
  const files = yield* FileSystem.FileSystem
  const ca =
    tls.caCertBytes !== undefined
      ? [tls.caCertBytes]
      : tls.caCert !== undefined
        ? [yield* files.readFileString(tls.caCert)]
        : tls.caPath !== undefined
          ? yield* pemFiles(files, tls.caPath)
          : undefined
  const options: TlsOptions = {
    minVersion: "TLSv1.2",
    rejectUnauthorized: !tls.skipVerify,
    ...(ca && { ca }),
    ...(tls.clientCert !== undefined && { cert: yield* files.readFileString(tls.clientCert) }),
    ...(tls.clientKey !== undefined && { key: yield* files.readFileString(tls.clientKey) }),
    ...(tls.serverName !== undefined && { servername: tls.serverName }),
  }
  return options
})

/** Every certificate in a directory; what else lies there is passed over. */
const pemFiles = (files: FileSystem.FileSystem, directory: string) =>
  Effect.gen(function* () {
    const names = yield* files.readDirectory(directory)
    const texts = yield* Effect.forEach(names, (name) =>
      files.readFileString(`${directory}/${name}`).pipe(Effect.orElseSucceed(() => "")),
    )
    return texts.filter((text) => text.includes("BEGIN CERTIFICATE"))
  })

/** Throws what is wrong with the options: undici would meet it while connecting, and Node passes over a broken CA. */
const check = (tls: TlsOptions): void => {
  createSecureContext({ ...tls })
  for (const text of tls.ca ?? []) {
    const blocks = text.match(/-----BEGIN [^-]*CERTIFICATE-----[^-]*-----END [^-]*CERTIFICATE-----/g) ?? [""]
    blocks.forEach((block) => new X509Certificate(block))
  }
}

/** undici with those options, straight and through the proxy; their connections end with the scope. */
const makeClients = Effect.fnUntraced(function* (vault: AppConfigShape["vault"]) {
  const tls = yield* tlsOptions(vault.tls)
  if (vault.tls.skipVerify) {
    yield* Effect.logWarning(
      "VAULT_SKIP_VERIFY is on: whoever can intercept the connection to Vault can read the token",
    )
  }
  yield* Effect.try({ try: () => check(tls), catch: (cause) => new TlsSettings({ cause }) })
  const proxy = vault.proxy
  if (proxy !== undefined && !isProxyAddress(proxy)) return yield* new ProxySettings()
  const socket = Result.map(parseAddress(vault.address), (address) => address.socket)
  const socketPath = Result.getOrElse(socket, () => undefined)
  const connect = connectOptions(tls, socketPath)
  // By its default export: undici is CommonJS, and a bundler cannot know its names.
  const { default: undici } = yield* Effect.promise(() => import("undici"))
  const { Dispatcher, makeUndici } = yield* Effect.promise(() => import("@effect/platform-node/NodeHttpClient"))

  const clientOver = Effect.fnUntraced(function* (make: () => Undici.Dispatcher) {
    const dispatcher = yield* Effect.acquireRelease(Effect.sync(make), (made) => Effect.promise(() => made.destroy()))
    const dressed = dispatcher.compose(
      (dispatch) => (options, handler) => dispatch({ ...options, headers: dress(options.headers) }, handler),
    )
    return yield* makeUndici.pipe(Effect.provideService(Dispatcher, dressed))
  })
  // What Effect hands over is its record of headers, and nothing else.
  const dress = (own: Undici.Dispatcher.DispatchOptions["headers"]) =>
    withExtra(own as Readonly<Record<string, string>>, vault.headers)

  const straight = yield* clientOver(() => new undici.Agent({ connect: watched(undici.buildConnector(connect)) }))
  if (proxy === undefined || socketPath !== undefined) return () => straight
  const pass = proxyPass(vault.headers)
  const proxied = yield* clientOver(
    () =>
      new undici.ProxyAgent({
        uri: proxy,
        requestTls: connect,
        connectTimeout: connect.timeout,
        ...(pass !== undefined && { token: pass }),
      }),
  )
  return (url: URL) => (proxyFor(vault, url) === undefined ? straight : proxied)
})

/** The client for VaultHttp. Needs the settings and the file system; a failure is tried anew at the next request. */
export const layerTransport = Layer.effect(
  HttpClient.HttpClient,
  Effect.gen(function* () {
    const { vault } = yield* AppConfig
    const scope = yield* Effect.scope
    const files = yield* FileSystem.FileSystem
    const clients = yield* Effect.cachedWithTTL(
      makeClients(vault).pipe(
        Effect.provideService(FileSystem.FileSystem, files),
        Effect.provideService(Scope.Scope, scope),
        Effect.uninterruptible,
      ),
      (exit) => (Exit.isSuccess(exit) ? Duration.infinity : Duration.zero),
    )
    return HttpClient.make((request, url) =>
      clients.pipe(
        Effect.mapError((cause) => {
          const known = cause._tag === "PlatformError" ? new TlsSettings({ cause }) : cause
          const reason = new HttpClientError.TransportError({ request, cause: known })
          return new HttpClientError.HttpClientError({ reason })
        }),
        Effect.flatMap((clientFor) => clientFor(url).execute(request)),
        // The outer client has made the span of this request already.
        Effect.provideService(HttpClient.TracerDisabledWhen, () => true),
      ),
    )
  }),
)
