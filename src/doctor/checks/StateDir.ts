/** The check of the journal: writes an empty one and takes it away again, by the journal's own means. */
import { hostname } from "node:os"
import { pid } from "node:process"
import { Effect } from "effect"
import type { AppConfigShape } from "../../config/AppConfig.ts"
import { makeFolder } from "../../journal/JournalFolder.ts"
import { ok, warn } from "../Check.ts"

/** Whether what is leased can be written down. A warning: leases hang on a token that ends by itself. */
export const stateDirCheck = Effect.fnUntraced(function* ({ stateDir, vault }: AppConfigShape) {
  if (stateDir === undefined) return ok("journal", "none is kept")
  const folder = yield* makeFolder(stateDir)
  const path = folder.pathOf(`doctor-${pid}`)
  const empty = {
    version: 1,
    owner: { host: hostname(), pid },
    vault: { address: vault.address },
    tokens: [],
    leases: [],
  } as const
  return yield* folder.write(path, empty).pipe(
    Effect.andThen(folder.remove(path)),
    Effect.as(ok("journal", `kept in ${stateDir}`)),
    Effect.catch(({ message }) =>
      Effect.succeed(
        warn(
          "journal",
          "state_dir_not_writable",
          `the journal of leases cannot be written in ${stateDir} (${message}): nobody could give back what a killed process left`,
          `make that folder writable for this user, or set VAULT_AWS_MCP_STATE_DIR to one that is`,
        ),
      ),
    ),
  )
})
