/**
 * Where effect's durable engine keeps the messages of one run. They are read from memory, in which effect's own driver has
 * them; each change of them is in a SQLite file before anybody hears of it, and whoever goes on with the run makes the same
 * changes again. effect's storage on SQLite does as well, but takes a fifth of a unit's whole work for it: two transactions
 * and some eight statements, where here two rows go to disk together with those of other units (`npm run bench:workflows`).
 */
import { Effect, Layer, Schema } from "effect"
import { ClusterError, Envelope, MessageStorage, type Reply, Snowflake } from "effect/cluster"
import { openSqlite, type Sqlite } from "./Sqlite.ts"
import { together } from "./Together.ts"
import { StoreError } from "./WorkflowError.ts"

const TABLE = "CREATE TABLE IF NOT EXISTS changes (nth INTEGER PRIMARY KEY, what TEXT NOT NULL) STRICT;"

/** What can happen to the messages. */
const Change = Schema.Union([
  Schema.TaggedStruct("Sent", {
    envelope: Envelope.PartialJson,
    primaryKey: Schema.NullOr(Schema.String),
    deliverAt: Schema.NullOr(Schema.Number),
  }),
  Schema.TaggedStruct("Answered", {
    // What is answered is looked into by whoever knows what was asked.
    reply: Schema.StructWithRest(
      Schema.Struct({ _tag: Schema.Literals(["WithExit", "Chunk"]), id: Schema.String, requestId: Schema.String }),
      [Schema.Record(Schema.String, Schema.Unknown)],
    ),
  }),
  /** The request is to be answered anew; `last`: if that is still its answer. */
  Schema.TaggedStruct("Asked again", { requestId: Schema.String, last: Schema.NullOr(Schema.String) }),
])

const decode = Schema.decodeUnknownEffect(Schema.fromJsonString(Change))
const encode = Schema.encodeEffect(Envelope.PartialJson)

const corrupt = (words: string) => new StoreError({ reason: "corrupt", words })

/** A file that is damaged somewhere inside opens well. */
const checkWhole = Effect.fnUntraced(function* (db: Sqlite) {
  const [row] = yield* db.all("PRAGMA quick_check(1)")
  if (row?.["quick_check"] !== "ok") return yield* corrupt("its check fails")
})

/** Makes a change in memory. */
const apply = Effect.fnUntraced(function* (driver: MessageStorage.Encoded, change: typeof Change.Type) {
  switch (change._tag) {
    case "Sent":
      return yield* driver.saveEnvelope({ ...change, envelope: yield* encode(change.envelope) })
    case "Answered":
      return yield* driver.saveReply(change.reply as unknown as Reply.Encoded) // effect refuses what is none when it reads it by its own schema
    case "Asked again":
      return yield* driver.clearReplies(
        Snowflake.Snowflake(change.requestId),
        change.last === null ? {} : { expectedReplyId: Snowflake.Snowflake(change.last) },
      )
  }
})

const replay = Effect.fnUntraced(
  function* (driver: MessageStorage.Encoded, db: Sqlite) {
    for (const { what } of yield* db.all("SELECT what FROM changes ORDER BY nth"))
      yield* apply(driver, yield* decode(what))
  },
  // What another version wrote may be beyond reading.
  Effect.catchTag(["SchemaError", "PersistenceError"], () => corrupt("it cannot be read")),
)

/** Over the file, which is this process's alone while the layer lives. */
export const layerEngineStorage = (file: string): Layer.Layer<MessageStorage.MessageStorage, StoreError> =>
  Layer.effect(
    MessageStorage.MessageStorage,
    Effect.gen(function* () {
      const { encoded: driver, requests, requestsByPrimaryKey } = yield* MessageStorage.MemoryDriver
      const db = yield* openSqlite(file, TABLE, true)
      yield* checkWhole(db)
      yield* replay(driver, db)
      const write = together((changes: ReadonlyArray<string>) =>
        db.runAll(
          "INSERT INTO changes (what) VALUES (?)",
          changes.map((what) => [what]),
        ),
      )
      /** Written first; whoever asked for it may go away in between. */
      const after = <A>(change: typeof Change.Encoded, effect: Effect.Effect<A, ClusterError.PersistenceError>) =>
        write(JSON.stringify(change)).pipe(
          Effect.mapError((cause) => new ClusterError.PersistenceError({ cause })),
          Effect.andThen(effect),
          Effect.uninterruptible,
        )
      return yield* MessageStorage.makeEncoded({
        // What is not below changes who works on a message, which is nobody's when the next process begins.
        ...driver,
        saveEnvelope: (sent) =>
          Effect.suspend(() => {
            const { envelope, primaryKey } = sent
            // Nothing is under way in a later process, so there is nothing to interrupt in it.
            const passing = envelope._tag !== "Request"
            const known = primaryKey === null ? requests.has(envelope.requestId) : requestsByPrimaryKey.has(primaryKey)
            const save = driver.saveEnvelope(sent)
            return passing || known ? save : after({ _tag: "Sent", ...sent }, save)
          }),
        saveReply: (reply) => after({ _tag: "Answered", reply: { ...reply } }, driver.saveReply(reply)),
        clearReplies: (requestId, options) => {
          const last = options?.expectedReplyId
          return after(
            { _tag: "Asked again", requestId: String(requestId), last: last === undefined ? null : String(last) },
            driver.clearReplies(requestId, options),
          )
        },
      })
    }),
  ).pipe(Layer.provide([MessageStorage.MemoryDriver.layer, Snowflake.layerGenerator]))
