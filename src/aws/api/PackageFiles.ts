/**
 * Text files of an installed client package: pagination tokens and documentation are only there. A file that is missing
 * (a pruned installation) is no error: whoever asks does without.
 */
import { readdir, readFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { Effect } from "effect"
import type { ServiceId } from "./ServiceModel.ts"

const inPackage = (service: ServiceId, path: string): string =>
  join(dirname(createRequire(import.meta.url).resolve(`@aws-sdk/client-${service}/package.json`)), path)

/** The text of a file of the service's package; `undefined` when it is not there. */
export const packageText = (service: ServiceId, path: string): Effect.Effect<string | undefined> =>
  Effect.tryPromise(() => readFile(inPackage(service, path), "utf8")).pipe(Effect.orElseSucceed(() => undefined))

/** The names in a folder of the service's package, sorted; none when it is not there. */
export const packageFolder = (service: ServiceId, path: string): Effect.Effect<ReadonlyArray<string>> =>
  Effect.tryPromise(() => readdir(inPackage(service, path))).pipe(
    Effect.map((names) => names.sort()),
    Effect.orElseSucceed(() => []),
  )
