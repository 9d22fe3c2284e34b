/** The key-value engine's service over a network that is a function. */
import { Effect, Layer } from "effect"
import { Kv } from "../../src/vault/kv/Kv.ts"
import { type Answer, envelope, inTime, refusal, type Seen, vaultOver } from "./VaultOverHttp.ts"

const VIEW = "/v1/sys/internal/ui/mounts/"

/** Vault's view of a KV mount. */
export const kvMount = (version: 1 | 2, path = "secret/"): Answer =>
  envelope({ data: { type: "kv", path, options: version === 1 ? null : { version: "2" } } })

/** Nothing at a path. */
export const NOTHING = refusal(404)

/** Answers the view of mounts with `mount` and everything else with `answer`; `seen` leaves the view out. */
export const kvOver = (mount: Answer, answer: (seen: Seen, nth: number) => Answer) => {
  const seen: Array<Seen> = []
  const looks: Array<Seen> = []
  const { http, vault } = vaultOver((call) => {
    if (call.path.startsWith(VIEW)) {
      looks.push(call)
      return mount
    }
    seen.push(call)
    return answer(call, seen.length)
  })
  return { seen, looks, layer: Kv.layer.pipe(Layer.provide([http, vault])) }
}

/** What was asked, one line each. */
export const asked = (seen: ReadonlyArray<Seen>): ReadonlyArray<string> =>
  seen.map(({ method, path }) => `${method} ${path.replace("/v1/", "")}`)

/** The outcome of one use of the service. */
export const callKv = <A, E>(
  use: (kv: Kv["Service"]) => Effect.Effect<A, E>,
  mount: Answer,
  answer: (seen: Seen, nth: number) => Answer,
) => {
  const { layer, looks, seen } = kvOver(mount, answer)
  return inTime(Effect.result(Kv.use(use))).pipe(
    Effect.map((result) => ({
      asked: asked(seen),
      bodies: seen.map(({ body }) => body),
      looks: looks.length,
      value: result._tag === "Success" ? result.success : undefined,
      error: result._tag === "Failure" ? result.failure : undefined,
    })),
    Effect.provide(layer),
  )
}
