/** The toolsets of what a single call can do, in the order a reader looks for them; app/Tools has all that is offered. */
import type { AwsSession } from "../aws/AwsSession.ts"
import type { AppConfig } from "../config/AppConfig.ts"
import type { Fleet } from "../fleet/Fleet.ts"
import type { Git } from "../git/Git.ts"
import type { Redactor } from "../guard/Redactor.ts"
import type { LeaseManager } from "../lease/LeaseManager.ts"
import type { Kv } from "../vault/kv/Kv.ts"
import type { Vault } from "../vault/Vault.ts"
import type { VaultAuth } from "../vault/VaultAuth.ts"
import { awsTools } from "./aws/tools.ts"
import { ec2Tools } from "./ec2/tools.ts"
import { gitTools } from "./git/tools.ts"
import type { Tool } from "./Guarded.ts"
import { kvTools } from "./kv/tools.ts"
import { mcpTools } from "./mcp/tools.ts"
import { s3Tools } from "./s3/tools.ts"
import { vaultTools } from "./vault/tools.ts"

/** What tools work with. */
export type ToolNeeds = AppConfig | Vault | VaultAuth | Kv | LeaseManager | AwsSession | Fleet | Git | Redactor

/** Every tool of them. */
export const catalog: ReadonlyArray<Tool<ToolNeeds>> = [
  ...s3Tools,
  ...ec2Tools,
  ...awsTools,
  ...vaultTools,
  ...kvTools,
  ...mcpTools,
  ...gitTools,
]
