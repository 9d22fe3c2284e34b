/** The messages of a run's engine: what the next process finds of them, and what nobody hears of that is not written. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Exit, Layer, Option, Schema } from "effect"
import {
  EntityAddress,
  EntityId,
  EntityType,
  Envelope,
  Message,
  MessageStorage,
  Reply,
  ShardId,
  Snowflake,
} from "effect/cluster"
import { Headers } from "effect/http"
import { Rpc } from "effect/rpc"
import { layerEngineStorage } from "../../src/orchestrator/EngineStorage.ts"

const Ask = Rpc.make("ask", {
  payload: { name: Schema.String },
  success: Schema.String,
  primaryKey: ({ name }) => name,
})

const shard = ShardId.make("default", 1)
const address = EntityAddress.make({
  shardId: shard,
  entityType: EntityType.make("Run"),
  entityId: EntityId.make("run-1"),
})

const asked = (id: number, name: string) =>
  new Message.OutgoingRequest({
    envelope: Envelope.makeRequest<typeof Ask>({
      requestId: Snowflake.Snowflake(String(id)),
      address,
      tag: "ask",
      payload: Ask.payloadSchema.make({ name }),
      headers: Headers.empty,
    }),
    context: Context.empty(),
    rpc: Ask,
    lastReceivedReply: Option.none(),
    respond: () => Effect.void,
    annotations: Context.empty(),
  })

const answered = (request: number, id: number, word: string) =>
  new Reply.ReplyWithContext({
    reply: new Reply.WithExit<typeof Ask>({
      id: Snowflake.Snowflake(String(id)),
      requestId: Snowflake.Snowflake(String(request)),
      exit: Exit.succeed(word),
    }),
    context: Context.empty(),
    rpc: Ask,
  })

const engineFile = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "engine-"))),
    (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true })),
  ),
  (folder) => join(folder, "run-1.db"),
)

/** One process's use of the file. */
const within = <A, E>(file: string, body: (storage: MessageStorage.MessageStorage["Service"]) => Effect.Effect<A, E>) =>
  Effect.provide(MessageStorage.MessageStorage.use(body), Layer.fresh(layerEngineStorage(file)))

/** Requests that wait for an answer. */
const waiting = (storage: MessageStorage.MessageStorage["Service"]) =>
  Effect.map(storage.unprocessedMessages([shard]), (all) => all.map(({ envelope }) => String(envelope.requestId)))

const repliesTo = (storage: MessageStorage.MessageStorage["Service"], request: number) =>
  Effect.map(storage.repliesForUnfiltered([Snowflake.Snowflake(String(request))]), (all) => all.map(({ id }) => id))

const sql = (file: string, statement: string) => {
  const db = new DatabaseSync(file)
  db.exec(statement)
  db.close()
}

describe("the messages of an engine", () => {
  it.effect("are there for the next process: what waits, what was answered, and what is asked again", () =>
    Effect.gen(function* () {
      const file = yield* engineFile
      yield* within(
        file,
        Effect.fnUntraced(function* (storage) {
          for (const [id, name] of [
            [1, "a"],
            [2, "b"],
            [3, "c"],
          ] as const)
            assert.strictEqual((yield* storage.saveRequest(asked(id, name)))._tag, "Success")
          yield* storage.saveReply(answered(1, 11, "one"))
          yield* storage.saveReply(answered(2, 12, "two"))
        }),
      )
      yield* within(
        file,
        Effect.fnUntraced(function* (storage) {
          assert.deepStrictEqual(yield* waiting(storage), ["3"])
          assert.deepStrictEqual(yield* repliesTo(storage, 1), ["11"])
          const again = yield* storage.saveRequest(asked(9, "a"))
          assert.strictEqual(again._tag, "Duplicate")
          if (again._tag === "Duplicate") {
            assert.strictEqual(String(again.originalId), "1")
            const last = Option.getOrThrow(again.lastReceivedReply)
            assert.deepStrictEqual(last._tag === "WithExit" ? last.exit : undefined, Exit.succeed("one"))
          }
          // Only what is still the answer is taken back.
          yield* storage.clearReplies(Snowflake.Snowflake("1"), { expectedReplyId: Snowflake.Snowflake("99") })
          yield* storage.clearReplies(Snowflake.Snowflake("2"), { expectedReplyId: Snowflake.Snowflake("12") })
        }),
      )
      yield* within(
        file,
        Effect.fnUntraced(function* (storage) {
          assert.sameMembers(yield* waiting(storage), ["2", "3"])
          assert.deepStrictEqual([yield* repliesTo(storage, 1), yield* repliesTo(storage, 2)], [["11"], []])
          yield* storage.clearReplies(Snowflake.Snowflake("1"))
          yield* storage.saveReply(answered(2, 22, "two again"))
        }),
      )
      yield* within(
        file,
        Effect.fnUntraced(function* (storage) {
          assert.sameMembers(yield* waiting(storage), ["1", "3"])
          assert.deepStrictEqual(yield* repliesTo(storage, 2), ["22"])
        }),
      )
    }),
  )

  it.effect("are written once, and an interruption of what is under way is not", () =>
    Effect.gen(function* () {
      const file = yield* engineFile
      yield* within(
        file,
        Effect.fnUntraced(function* (storage) {
          yield* storage.saveRequest(asked(1, "a"))
          yield* storage.saveRequest(asked(2, "a"))
          yield* storage.saveRequest(asked(1, "a"))
          yield* storage.saveEnvelope(
            new Message.OutgoingEnvelope({
              rpc: Ask,
              envelope: new Envelope.Interrupt({
                id: Snowflake.Snowflake("5"),
                address,
                requestId: Snowflake.Snowflake("1"),
              }),
            }),
          )
          assert.strictEqual((yield* storage.unprocessedMessages([shard])).length, 2)
        }),
      )
      const db = new DatabaseSync(file)
      assert.strictEqual(db.prepare("SELECT count(*) AS n FROM changes").get()?.["n"], 1)
      db.close()
      assert.deepStrictEqual(yield* within(file, waiting), ["1"])
    }),
  )

  it.effect("that cannot be written are not heard of", () =>
    Effect.gen(function* () {
      const file = yield* engineFile
      yield* within(file, (storage) => storage.saveRequest(asked(1, "a")))
      sql(file, "CREATE TRIGGER full BEFORE INSERT ON changes BEGIN SELECT RAISE(ABORT, 'no more room'); END")
      yield* within(
        file,
        Effect.fnUntraced(function* (storage) {
          const error = yield* Effect.flip(storage.saveRequest(asked(2, "b")))
          assert.strictEqual(error._tag, "PersistenceError")
          assert.match(String(error.cause), /no more room/)
          assert.isTrue(Option.isNone(yield* storage.requestIdForPrimaryKey({ address, tag: "ask", id: "b" })))
          assert.strictEqual((yield* Effect.flip(storage.saveReply(answered(1, 11, "one"))))._tag, "PersistenceError")
          yield* Effect.flip(storage.clearReplies(Snowflake.Snowflake("1")))
          assert.deepStrictEqual(yield* waiting(storage), ["1"])
          assert.deepStrictEqual(yield* repliesTo(storage, 1), [])
        }),
      )
    }),
  )

  it.effect("that were damaged or are another version's are refused as such", () =>
    Effect.gen(function* () {
      for (const what of ["no JSON", "{}", `{"_tag":"Sent"}`, `{"_tag":"Answered","reply":{"id":1}}`, "null"]) {
        const file = yield* engineFile
        yield* within(file, (storage) => storage.saveRequest(asked(1, "a")))
        sql(file, `INSERT INTO changes (what) VALUES ('${what}')`)
        const error = yield* Effect.flip(within(file, waiting))
        assert.deepInclude(error, { _tag: "StoreError", reason: "corrupt" }, what)
      }
    }),
  )
})
