/**
 * The HttpClient that VaultHttp runs on: undici with the operator's TLS and proxy settings. Loaded and configured at
 * the first request, so that a start costs nothing and a wrong certificate file is told by the call that needs it.
 */
import { X509Certificate } from "node:crypto"
import { createSecureContext } from "node:tls"
import { Data, Duration, Effect, Exit, FileSystem, Layer, Scope } from "effect"
import { HttpClient, HttpClientError } from "effect/http"
import { AppConfig, type AppConfigShape, type VaultTls } from "../config/AppConfig.ts"

/** A host that swallows packets is given up after this long; the error has to come soon. */
const CONNECT_LIMIT = Duration.seconds(3)

/** The settings cannot be used; Trouble knows it by its code. */
class TlsSettings extends Data.TaggedError("TlsSettings")<{ readonly cause: unknown }> {
  readonly code = "VAULT_TLS_SETTINGS"
  override get message(): string {
    return this.cause instanceof Error ? this.cause.message : "unusable"
  }
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

/** undici with those options; its connections end with the scope. */
const makeClient = Effect.fnUntraced(function* (vault: AppConfigShape["vault"]) {
  const tls = yield* tlsOptions(vault.tls)
  if (vault.tls.skipVerify) {
    yield* Effect.logWarning(
      "VAULT_SKIP_VERIFY is on: whoever can intercept the connection to Vault can read the token",
    )
  }
  yield* Effect.try({ try: () => check(tls), catch: (cause) => new TlsSettings({ cause }) })
  const connect = { ...tls, timeout: Duration.toMillis(CONNECT_LIMIT), allowH2: false }
  // By its default export: undici is CommonJS, and a bundler cannot know its names.
  const { default: undici } = yield* Effect.promise(() => import("undici"))
  const { Dispatcher, makeUndici } = yield* Effect.promise(() => import("@effect/platform-node/NodeHttpClient"))
  const proxy = vault.proxy
  const dispatcher = yield* Effect.acquireRelease(
    Effect.sync(() =>
      // EnvHttpProxyAgent leaves out the hosts of NO_PROXY, which it reads itself.
      proxy === undefined
        ? new undici.Agent({ connect })
        : new undici.EnvHttpProxyAgent({
            connect,
            requestTls: connect,
            connectTimeout: connect.timeout,
            httpProxy: proxy,
            httpsProxy: proxy,
          }),
    ),
    (made) => Effect.promise(() => made.destroy()),
  )
  return yield* makeUndici.pipe(Effect.provideService(Dispatcher, dispatcher))
})

/** The client for VaultHttp. Needs the settings and the file system; a failure is tried anew at the next request. */
export const layerTransport = Layer.effect(
  HttpClient.HttpClient,
  Effect.gen(function* () {
    const { vault } = yield* AppConfig
    const scope = yield* Effect.scope
    const files = yield* FileSystem.FileSystem
    const client = yield* Effect.cachedWithTTL(
      makeClient(vault).pipe(
        Effect.provideService(FileSystem.FileSystem, files),
        Effect.provideService(Scope.Scope, scope),
        Effect.uninterruptible,
      ),
      (exit) => (Exit.isSuccess(exit) ? Duration.infinity : Duration.zero),
    )
    return HttpClient.make((request) =>
      client.pipe(
        Effect.mapError((cause) => {
          const reason = new HttpClientError.TransportError({ request, cause: new TlsSettings({ cause }) })
          return new HttpClientError.HttpClientError({ reason })
        }),
        Effect.flatMap((made) => made.execute(request)),
        // The outer client has made the span of this request already.
        Effect.provideService(HttpClient.TracerDisabledWhen, () => true),
      ),
    )
  }),
)
