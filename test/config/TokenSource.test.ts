import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Layer, PlatformError, Redacted } from "effect"
import { AppConfig } from "../../src/config/AppConfig.ts"
import { TokenSource } from "../../src/config/TokenSource.ts"
import { settings } from "../kit/VaultOverHttp.ts"

const fault = (_tag: "NotFound" | "PermissionDenied") =>
  PlatformError.systemError({ _tag, module: "FileSystem", method: "readFileString", pathOrDescriptor: "x" })

/** The source over an environment's token and a file whose content may change. */
const over = (given: string | undefined, file: { content: string | PlatformError.PlatformError }) => {
  const token = given === undefined ? undefined : Redacted.make(given)
  const files = FileSystem.layerNoop({
    readFileString: (path) =>
      path !== "/home/.vault-token"
        ? Effect.fail(fault("NotFound"))
        : typeof file.content === "string"
          ? Effect.succeed(file.content)
          : Effect.fail(file.content),
  })
  const config = Layer.succeed(AppConfig, {
    ...settings,
    vault: { ...settings.vault, token },
    tokenFile: "/home/.vault-token",
  })
  return TokenSource.layer.pipe(Layer.provide([files, config]))
}
const read = TokenSource.use((source) => source.token).pipe(Effect.map((token) => token && Redacted.value(token)))

describe("the operator's token", () => {
  it.effect("is the environment's before the file's", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* read.pipe(Effect.provide(over(" env ", { content: "file" }))), "env")
    }),
  )

  it.effect("is the file's, without its line feed, when the environment has none or only a placeholder", () =>
    Effect.gen(function* () {
      for (const given of [undefined, "", "  ", "${VAULT_TOKEN}", "${env:VAULT_TOKEN}"]) {
        assert.strictEqual(yield* read.pipe(Effect.provide(over(given, { content: "file\n" }))), "file")
      }
    }),
  )

  it.effect("is read anew each time, so that a login is heard", () =>
    Effect.gen(function* () {
      const file = { content: fault("NotFound") as string | PlatformError.PlatformError }
      yield* Effect.gen(function* () {
        assert.strictEqual(yield* read, undefined)
        file.content = "first"
        assert.strictEqual(yield* read, "first")
        file.content = "second"
        assert.strictEqual(yield* read, "second")
      }).pipe(Effect.provide(over(undefined, file)))
    }),
  )

  it.effect("is none when the file is absent, empty or may not be read", () =>
    Effect.gen(function* () {
      for (const content of [fault("NotFound"), fault("PermissionDenied"), "", " \n", "${X}"]) {
        assert.strictEqual(yield* read.pipe(Effect.provide(over(undefined, { content }))), undefined)
      }
    }),
  )
})
