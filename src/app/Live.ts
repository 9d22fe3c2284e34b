/**
 * The only place where layers meet layers: configuration → Vault → leases → AWS, and other MCP servers → agents →
 * workflows. One graph for the real world and for
 * the sandbox, for MCP and the command line. Building it asks nobody anything.
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { Effect, Layer } from "effect"
import { AwsSession } from "../aws/AwsSession.ts"
import { AppConfig } from "../config/AppConfig.ts"
import { TokenSource } from "../config/TokenSource.ts"
import { Fleet } from "../fleet/Fleet.ts"
import { Git } from "../git/Git.ts"
import { Gate } from "../guard/Gate.ts"
import { LeaseManager } from "../lease/LeaseManager.ts"
import { Journal } from "../journal/Journal.ts"
import { Kv } from "../vault/kv/Kv.ts"
import { Login } from "../vault/login/Login.ts"
import { MetadataClient } from "../vault/login/MetadataTransport.ts"
import { Vault } from "../vault/Vault.ts"
import { ServiceRecords } from "../vault/ServiceRecords.ts"
import { VaultAuth } from "../vault/VaultAuth.ts"
import { VaultHttp } from "../vault/VaultHttp.ts"
import { layerTransport } from "../vault/VaultTransport.ts"
import { layerTeam } from "./Team.ts"

const layerGit = Layer.unwrap(Effect.map(AppConfig, ({ gitRoot }) => Git.layer(gitRoot)))

/** Vault, leases and AWS. */
const layerLeasing = Layer.merge(AwsSession.layer, Gate.layer).pipe(
  Layer.provideMerge(LeaseManager.layer),
  Layer.provideMerge(VaultAuth.layer),
  Layer.provide(Login.layer),
  Layer.provide(MetadataClient.layer),
  Layer.provideMerge(Kv.layer),
  Layer.provideMerge(Vault.layer),
  Layer.provide(VaultHttp.layer),
  Layer.provide([layerTransport, ServiceRecords.layer]),
  Layer.provideMerge(Layer.merge(TokenSource.layer, Journal.layer)),
)

/** What tools, checks and agents work with, over the settings at hand. */
export const layerWorld = layerTeam.pipe(
  // Side by side: another server that is slow to end takes nothing of the last moment from what is given back to Vault.
  Layer.provideMerge(Layer.mergeAll(layerLeasing, Fleet.layer, layerGit)),
  Layer.provide(NodeFileSystem.layer),
)
