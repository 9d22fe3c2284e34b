/**
 * The operator's Vault token, looked for anew each time it is needed: whoever runs `vault login` while this process
 * runs is heard without a restart.
 */
import { Context, Effect, FileSystem, Layer, Redacted } from "effect"
import { AppConfig } from "./AppConfig.ts"

export class TokenSource extends Context.Service<
  TokenSource,
  {
    /** The token of the environment, else of the token file; `undefined` when there is none. */
    readonly token: Effect.Effect<Redacted.Redacted<string> | undefined>
  }
>()("vault-aws-mcp/config/TokenSource") {
  static readonly layer = Layer.effect(
    TokenSource,
    Effect.gen(function* () {
      const config = yield* AppConfig
      const files = yield* FileSystem.FileSystem
      const given = usable(config.vault.token === undefined ? "" : Redacted.value(config.vault.token))
      const inFile = Effect.suspend(() => files.readFileString(config.tokenFile)).pipe(
        Effect.map(usable),
        // A file that is not there is the usual case; one that cannot be read is worth a line.
        Effect.catchReason("PlatformError", "NotFound", () => Effect.as(Effect.void, undefined)),
        Effect.catch((error) =>
          Effect.as(Effect.logWarning(`the Vault token file cannot be read: ${error.message}`), undefined),
        ),
      )
      return TokenSource.of({ token: given === undefined ? inFile : Effect.succeed(given) })
    }),
  )
}

/** A token without the line feed of its file; empty text and a literal `${VAR}` of an MCP client's config are none. */
const usable = (text: string): Redacted.Redacted<string> | undefined => {
  const token = text.trim()
  return token === "" || /^\$\{[^}]*\}$/.test(token) ? undefined : Redacted.make(token, { label: "vault-token" })
}
