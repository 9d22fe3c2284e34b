/**
 * effect's durable workflow engine for one run: a cluster of this process alone, over one SQLite file. Loaded when a run
 * that is on record begins, as nothing else needs a cluster.
 */
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import { Cause, Effect, Layer } from "effect"
import {
  ClusterWorkflowEngine,
  RunnerHealth,
  Runners,
  RunnerStorage,
  Sharding,
  ShardingConfig,
  SqlMessageStorage,
} from "effect/cluster"
import { SqlClient } from "effect/sql"
import type { WorkflowEngine } from "effect/workflow"
import { layerSqlite } from "./SqliteClient.ts"
import { storeError } from "./Sqlite.ts"
import { StoreError } from "./WorkflowError.ts"

/**
 * There is one runner and one execution, so there is one shard, nobody to lose it to, and nothing to wait for at the end:
 * what is still going then is ended by whoever ends the run. effect's own `SingleRunner` reads these from the environment.
 */
const config = ShardingConfig.layer({
  shardsPerGroup: 1,
  shardLockRefreshInterval: "1 second",
  entityTerminationTimeout: "200 millis",
  entityMailboxCapacity: "unbounded",
  simulateRemoteSerialization: false,
})

const corrupt = (words: string) => new StoreError({ reason: "corrupt", words })

/** A file that is damaged somewhere inside opens well. */
const sound = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const [row] = yield* Effect.mapError(sql<{ quick_check: unknown }>`PRAGMA quick_check(1)`, (error) =>
    storeError(error),
  )
  if (row?.quick_check !== "ok") return yield* corrupt("its check fails")
})

/** The engine over the file, which is this process's alone while the layer lives. Fails when it cannot be used. */
export const layerDurable = (file: string): Layer.Layer<WorkflowEngine.WorkflowEngine, StoreError> =>
  ClusterWorkflowEngine.layer.pipe(
    Layer.provide(Sharding.layer),
    Layer.provide(Runners.layerNoop),
    Layer.provide([SqlMessageStorage.layer, RunnerStorage.layerMemory, RunnerHealth.layerNoop]),
    Layer.provide(config),
    // Setting up its tables never fails, says effect's type; a disk can be full.
    Layer.catchCause((cause) =>
      Layer.effectContext(
        Cause.hasInterruptsOnly(cause) ? Effect.failCause(cause) : Effect.fail(storeError(Cause.squash(cause))),
      ),
    ),
    Layer.provide(Layer.effectDiscard(sound)),
    Layer.provide(layerSqlite(file)),
    Layer.provide(NodeCrypto.layerDigest),
    // Two runs of one process share nothing.
    Layer.fresh,
  )
