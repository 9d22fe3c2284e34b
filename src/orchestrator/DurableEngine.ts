/**
 * effect's durable workflow engine for one run: a cluster of this process alone, over one SQLite file. Loaded when a run
 * that is on record begins, as nothing else needs a cluster.
 */
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import { Layer } from "effect"
import { ClusterWorkflowEngine, RunnerHealth, Runners, RunnerStorage, Sharding, ShardingConfig } from "effect/cluster"
import type { WorkflowEngine } from "effect/workflow"
import { layerEngineStorage } from "./EngineStorage.ts"
import type { StoreError } from "./WorkflowError.ts"

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

/** The engine over the file, which is this process's alone while the layer lives. Fails when it cannot be used. */
export const layerDurable = (file: string): Layer.Layer<WorkflowEngine.WorkflowEngine, StoreError> =>
  ClusterWorkflowEngine.layer.pipe(
    Layer.provide(Sharding.layer),
    Layer.provide(Runners.layerNoop),
    Layer.provide([layerEngineStorage(file), RunnerStorage.layerMemory, RunnerHealth.layerNoop]),
    Layer.provide(config),
    Layer.provide(NodeCrypto.layerDigest),
    // Two runs of one process share nothing.
    Layer.fresh,
  )
