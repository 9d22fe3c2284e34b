/**
 * The two writes that the engine makes for each unit, that it was entered and how it ended, each in one go on the open
 * database. effect's own way, with the same rows, is some eight statements of a client made for databases that are far
 * away, and was a third of a unit's work. All else, and whatever does not go through at once, is done effect's way.
 */
import { Effect, Layer } from "effect"
import { MessageStorage, ShardId, Snowflake, SqlMessageStorage } from "effect/cluster"
import { OpenFile } from "./SqliteClient.ts"

/** Longest key that is stored as it is, in characters: effect keeps a digest of longer ones. */
const LONGEST_KEY = 255

const ENTER = `INSERT OR IGNORE INTO cluster_messages
  (id, message_id, shard_id, entity_type, entity_id, kind, tag, payload, headers, trace_id, span_id, sampled, request_id, deliver_at)
  VALUES (?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?)`
const END = "UPDATE cluster_messages SET processed = 1, last_reply_id = ? WHERE request_id = ?"
const WORD = "INSERT INTO cluster_replies (id, kind, request_id, payload) VALUES (?, 0, ?, ?)"

/** effect's storage of messages over the open database, which has its tables when this is made. */
export const layerMessages = Layer.effect(
  MessageStorage.MessageStorage,
  Effect.gen(function* () {
    const { db, prepared } = yield* OpenFile
    const own = yield* SqlMessageStorage.makeEncoded()
    /** Whether it went through, all of it; a transaction of somebody else's is not joined. */
    const done = (write: () => boolean): Effect.Effect<boolean> =>
      Effect.suspend(() =>
        db.isTransaction
          ? Effect.succeed(false)
          : Effect.try({
              try: write,
              // Here and now, before anybody else comes to the connection.
              catch: () => {
                if (db.isTransaction) db.exec("ROLLBACK")
              },
            }).pipe(Effect.orElseSucceed(() => false)),
      )
    const orElse = <A, E>(write: () => boolean, value: A, other: Effect.Effect<A, E>) =>
      Effect.flatMap(done(write), (through) => (through ? Effect.succeed(value) : other))
    return yield* MessageStorage.makeEncoded({
      ...own,
      saveEnvelope: (options) => {
        const { deliverAt, envelope, primaryKey } = options
        if (envelope._tag !== "Request" || primaryKey === null || primaryKey.length > LONGEST_KEY)
          return own.saveEnvelope(options)
        const { address, headers, payload, requestId, sampled, spanId, tag, traceId } = envelope
        return orElse(
          () =>
            // Nothing is inserted where there is such a request already: effect tells which.
            prepared(ENTER).run(
              requestId,
              primaryKey,
              ShardId.toString(address.shardId),
              address.entityType,
              address.entityId,
              tag,
              JSON.stringify(payload),
              JSON.stringify(headers),
              traceId ?? null,
              spanId ?? null,
              sampled === undefined ? null : sampled ? 1 : 0,
              requestId,
              deliverAt,
            ).changes === 1,
          MessageStorage.SaveResultEncoded.Success(),
          own.saveEnvelope(options),
        )
      },
      saveReply: (reply) =>
        reply._tag === "WithExit"
          ? orElse(
              () => {
                prepared("BEGIN").run()
                prepared(END).run(reply.id, reply.requestId)
                prepared(WORD).run(reply.id, reply.requestId, JSON.stringify(reply.exit))
                prepared("COMMIT").run()
                return true
              },
              undefined,
              own.saveReply(reply),
            )
          : own.saveReply(reply),
    })
  }),
).pipe(Layer.provide(Snowflake.layerGenerator))
