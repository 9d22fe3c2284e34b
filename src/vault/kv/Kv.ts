/**
 * Vault's key-value engine, both versions of it, typed. Whoever calls brings the token. Values are `Redacted` on both
 * ways; a write that got no answer is told as such, and is tried again only where check-and-set keeps it from counting twice.
 */
import { Context, Effect, Layer } from "effect"
import type { VaultCall } from "../VaultCall.ts"
import { VaultError } from "../VaultError.ts"
import { VaultHttp } from "../VaultHttp.ts"
import type { VaultToken } from "../VaultModel.ts"
import { askWith } from "../VaultAsk.ts"
import { decodeReply } from "../VaultWire.ts"
import { type KvUse, makeEngines } from "./KvEngines.ts"
import type { KvEngine, KvMetadata, KvNames, KvPlace, KvSecret, KvValues, KvWritten } from "./KvModel.ts"
import { KvOutcomeUnknown, KvUnsupported } from "./KvReason.ts"
import { type KvAsked, kvError } from "./KvRefusal.ts"
import {
  deleteCall,
  listCall,
  metadataCall,
  readCall,
  shownPlace,
  subkeysCall,
  undeleteCall,
  writeCall,
} from "./KvRequests.ts"
import {
  ListWire,
  MetadataWire,
  metadataOf,
  PlainWire,
  plainOf,
  SubkeysWire,
  subkeysOf,
  VersionedWire,
  versionedOf,
  WrittenWire,
} from "./KvWire.ts"

/** The current version is another after a write that got no answer. */
const movedOn = (place: KvPlace, cas: number): KvOutcomeUnknown =>
  new KvOutcomeUnknown({
    path: shownPlace(place),
    detail: `no answer came; asked again, Vault said that the current version is not ${cas}, which may be the work of this write or of somebody else`,
  })

type Answer<A> = Effect.Effect<A, VaultError>

export class Kv extends Context.Service<
  Kv,
  {
    /** The names below a path, folders with a slash at their end, in order; none where there is nothing. */
    readonly list: (token: VaultToken, place: KvPlace) => Answer<ReadonlyArray<string>>
    /** What version 2 knows about a secret. */
    readonly metadata: (token: VaultToken, place: KvPlace) => Answer<KvMetadata>
    /** The names of a secret's members. Where Vault can tell them alone, its values are not even asked for. */
    readonly names: (token: VaultToken, place: KvPlace, version?: number) => Answer<KvNames>
    /** The secret with its values. */
    readonly read: (token: VaultToken, place: KvPlace, version?: number) => Answer<KvSecret>
    /** A new version of the secret, or its new state; with `cas` only when that is the current version. */
    readonly write: (token: VaultToken, place: KvPlace, values: KvValues, cas?: number) => Answer<KvWritten>
    /** Deletes the latest version or those given, which version 2 can undo. Vault says the same where there was nothing. */
    readonly remove: (
      token: VaultToken,
      place: KvPlace,
      versions?: ReadonlyArray<number>,
    ) => Answer<{ readonly engine: KvEngine }>
    /** Brings deleted versions back. Vault passes over those it does not have, or that were destroyed. */
    readonly undelete: (token: VaultToken, place: KvPlace, versions: ReadonlyArray<number>) => Answer<void>
  }
>()("vault-aws-mcp/vault/kv/Kv") {
  static readonly layer = Layer.effect(
    Kv,
    Effect.gen(function* () {
      const http = yield* VaultHttp
      const engineOf = yield* makeEngines

      const asked = (place: KvPlace, writes: boolean, cas?: number): KvAsked => ({
        mount: place.mount,
        shown: shownPlace(place),
        writes,
        cas,
      })

      const inTerms = (about: KvAsked) => Effect.mapError((error: VaultError) => kvError(error, about))

      const ask = askWith(http)

      /** The engine's version; what only version 2 has is refused in an engine of version 1. */
      const engineFor = Effect.fnUntraced(function* (token: VaultToken, place: KvPlace, use: KvUse, only2?: string) {
        const engine = yield* engineOf(token, place, use).pipe(inTerms(asked(place, false)))
        if (engine === 1 && only2 !== undefined)
          return yield* new VaultError({ reason: new KvUnsupported({ mount: place.mount, what: only2 }) })
        return engine
      })

      const list = Effect.fn("Kv.list")(
        function* (token: VaultToken, place: KvPlace) {
          const engine = yield* engineFor(token, place, "list")
          return yield* ask(token, listCall(engine, place), ListWire).pipe(
            Effect.map(({ data }) => [...data.keys].sort()),
            Effect.catchReason("VaultError", "NotFound", () => Effect.succeed([])),
          )
        },
        (effect, _token, place) => inTerms(asked(place, false))(effect),
      )

      const metadata = Effect.fn("Kv.metadata")(
        function* (token: VaultToken, place: KvPlace) {
          yield* engineFor(token, place, "read", "metadata")
          return metadataOf(yield* ask(token, metadataCall(place), MetadataWire))
        },
        (effect, _token, place) => inTerms(asked(place, false))(effect),
      )

      const readAs = (engine: KvEngine, token: VaultToken, place: KvPlace, version?: number): Answer<KvSecret> => {
        const call = readCall(engine, place, version)
        return engine === 1
          ? Effect.map(ask(token, call, PlainWire), plainOf)
          : Effect.map(ask(token, call, VersionedWire), versionedOf)
      }

      const read = Effect.fn("Kv.read")(
        function* (token: VaultToken, place: KvPlace, version?: number) {
          const engine = yield* engineFor(token, place, "read", version === undefined ? undefined : "versions")
          return yield* readAs(engine, token, place, version)
        },
        (effect, _token, place) => inTerms(asked(place, false))(effect),
      )

      /** By the request for names alone. A version that is gone is a 404 with what is known about it. */
      const subkeys = Effect.fnUntraced(function* (token: VaultToken, place: KvPlace, version?: number) {
        const call = subkeysCall(place, version)
        const reply = yield* http.request(token, call)
        return subkeysOf(yield* decodeReply(SubkeysWire, reply, call.path.join("/")), reply.status === 404)
      })

      const names = Effect.fn("Kv.names")(
        function* (token: VaultToken, place: KvPlace, version?: number) {
          const engine = yield* engineFor(token, place, "read", version === undefined ? undefined : "versions")
          // Older Vaults do not have it, and many policies give the right to read the values but not this one.
          const whole = (): Answer<KvNames> =>
            Effect.map(readAs(engine, token, place, version), ({ custom, engine, info, names }) => ({
              custom,
              engine,
              info,
              names,
            }))
          return yield* engine === 1
            ? whole()
            : Effect.catchReasons(subkeys(token, place, version), "VaultError", {
                NotFound: whole,
                PermissionMissing: whole,
              })
        },
        (effect, _token, place) => inTerms(asked(place, false))(effect),
      )

      const writeOnce = (engine: KvEngine, token: VaultToken, place: KvPlace, values: KvValues, cas?: number) => {
        const call = writeCall(engine, place, values, cas)
        const sent: Answer<KvWritten> =
          engine === 1
            ? Effect.as(http.request(token, call), { engine, version: undefined })
            : Effect.map(ask(token, call, WrittenWire), ({ data }) => ({ engine, version: data.version }))
        return sent.pipe(inTerms(asked(place, true, cas)))
      }

      const write = Effect.fn("Kv.write")(function* (
        token: VaultToken,
        place: KvPlace,
        values: KvValues,
        cas?: number,
      ) {
        const engine = yield* engineFor(token, place, "write", cas === undefined ? undefined : "check-and-set")
        const send = writeOnce(engine, token, place, values, cas)
        if (cas === undefined) return yield* send
        // With check-and-set a second request cannot count twice. Why it is refused says nothing about the first.
        return yield* Effect.catchReason(send, "VaultError", "KvOutcomeUnknown", (_, unknown) =>
          Effect.mapError(send, (again) =>
            again.reason._tag === "KvCasMismatch" ? new VaultError({ reason: movedOn(place, cas) }) : unknown,
          ),
        )
      })

      const change = (token: VaultToken, place: KvPlace, call: VaultCall): Answer<void> =>
        http.request(token, call).pipe(Effect.asVoid, inTerms(asked(place, true)))

      const remove = Effect.fn("Kv.remove")(function* (
        token: VaultToken,
        place: KvPlace,
        versions?: ReadonlyArray<number>,
      ) {
        const engine = yield* engineFor(token, place, "write", versions === undefined ? undefined : "versions")
        yield* change(token, place, deleteCall(engine, place, versions))
        return { engine }
      })

      const undelete = Effect.fn("Kv.undelete")(function* (
        token: VaultToken,
        place: KvPlace,
        versions: ReadonlyArray<number>,
      ) {
        yield* engineFor(token, place, "write", "undelete")
        yield* change(token, place, undeleteCall(place, versions))
      })

      return Kv.of({ list, metadata, names, read, write, remove, undelete })
    }),
  )
}
