/** IAM: what Vault does there (users, keys, policies), what an agent may read, and roles. */
import type { Identity } from "./Identity.ts"
import { policyActions } from "./IamPolicies.ts"
import { roleActions } from "./IamRoles.ts"
import { userActions } from "./IamUsers.ts"
import { type BuiltInService, queryService } from "./QueryService.ts"

/** The service. */
export const makeIam = (identity: Identity): BuiltInService =>
  queryService("iam", new Map([...userActions(identity), ...policyActions(identity), ...roleActions(identity)]))
