/** The login under test, over a Vault and a metadata service that are functions, and files that are real. */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { Effect, FileSystem, Layer, Redacted } from "effect"
import { HttpClient } from "effect/http"
import type { AppConfigShape } from "../../src/config/AppConfig.ts"
import { TokenSource } from "../../src/config/TokenSource.ts"
import type { VaultLogin } from "../../src/config/VaultLogin.ts"
import { Redactor } from "../../src/guard/Redactor.ts"
import { Login } from "../../src/vault/login/Login.ts"
import { MetadataClient } from "../../src/vault/login/MetadataTransport.ts"
import { type Answer, configLayer, envelope, fakeNetwork, type Seen, vaultOver } from "./VaultOverHttp.ts"

/** The token that logins end in here. */
export const LOGGED_IN = "hvs.canary1TokenOfALoginThatNobodyMaySee"

/** The answer to a login that Vault takes. */
export const granted = (auth: object = {}): Answer =>
  envelope({
    auth: {
      client_token: LOGGED_IN,
      accessor: "acc",
      policies: ["agent", "default"],
      lease_duration: 900,
      renewable: true,
      mfa_requirement: null,
      ...auth,
    },
  })

export interface LoginWorld {
  /** What Vault answers; a granted login when absent. */
  readonly vault?: (seen: Seen, nth: number) => Answer
  readonly metadata?: (seen: Seen, nth: number) => Answer
  /** The operator's token now, for the method that unwraps it. */
  readonly token?: () => string | undefined
  readonly settings?: Partial<AppConfigShape["vault"]>
}

/** The layer under test with its redactor, and what Vault and the metadata service were asked. */
export const loginOver = (login: VaultLogin, world: LoginWorld = {}) => {
  const settings = { ...world.settings, login }
  const { seen, vault } = vaultOver(world.vault ?? (() => granted()), settings)
  const metadata = fakeNetwork(world.metadata ?? (() => ({ status: 404 })))
  const token = Effect.sync(() => {
    const now = world.token?.()
    return now === undefined ? undefined : Redacted.make(now)
  })
  const layer = Login.layer.pipe(
    Layer.provide([
      vault,
      configLayer(settings),
      Layer.succeed(TokenSource, { token }),
      Layer.effect(MetadataClient, HttpClient.HttpClient).pipe(Layer.provide(metadata.layer)),
    ]),
    Layer.provideMerge([NodeFileSystem.layer, Redactor.layer]),
  )
  return { asked: metadata.seen, layer, seen }
}

/** One login of the present world. */
export const logIn = Login.use(({ logIn }) => logIn ?? Effect.die(new Error("there is no login to make")))

/** A new directory with a writer of files in it; it goes with the scope. */
export const folder = Effect.gen(function* () {
  const files = yield* FileSystem.FileSystem
  const path = yield* files.makeTempDirectoryScoped()
  return {
    path,
    /** Writes a file that its owner alone may read, and gives its path. */
    write: (name: string, content: string | Uint8Array, mode = 0o600) =>
      Effect.gen(function* () {
        const file = `${path}/${name}`
        yield* files.writeFile(file, typeof content === "string" ? Buffer.from(content) : content)
        yield* files.chmod(file, mode)
        return file
      }),
  }
}).pipe(Effect.provide(NodeFileSystem.layer))
