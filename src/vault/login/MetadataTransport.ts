/**
 * The HttpClient for metadata services of instances and containers: straight to the address and never by a proxy, since
 * their answers are keys and a proxy's answer would be somebody else's. Loaded at the first request.
 */
import { Context, Effect, Layer, Scope } from "effect"
import { HttpClient } from "effect/http"

/** undici without the environment's proxies; its connections end with the scope. */
const makeClient = Effect.gen(function* () {
  // By its default export: undici is CommonJS, and a bundler cannot know its names.
  const { default: undici } = yield* Effect.promise(() => import("undici"))
  const { Dispatcher, makeUndici } = yield* Effect.promise(() => import("@effect/platform-node/NodeHttpClient"))
  const dispatcher = yield* Effect.acquireRelease(
    Effect.sync(() => new undici.Agent({ connect: { allowH2: false } })),
    (made) => Effect.promise(() => made.destroy()),
  )
  return yield* makeUndici.pipe(Effect.provideService(Dispatcher, dispatcher))
})

/** Speaks to metadata services, and to nobody else. */
export class MetadataClient extends Context.Service<MetadataClient, HttpClient.HttpClient>()(
  "vault-aws-mcp/vault/login/MetadataClient",
) {
  static readonly layer = Layer.effect(
    MetadataClient,
    Effect.gen(function* () {
      const scope = yield* Effect.scope
      const client = yield* Effect.cached(makeClient.pipe(Scope.provide(scope), Effect.uninterruptible))
      return HttpClient.make((request) => Effect.flatMap(client, (made) => made.execute(request)))
    }),
  )
}
