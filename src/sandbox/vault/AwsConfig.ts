/** What an AWS engine is configured with, and its calls to AWS with that configuration. */
import { Effect } from "effect"
import { type Call, type Handler, nothing, type Route, route } from "./Backend.ts"
import { type AwsRefused, type AwsUpstream, isThrottled, needed } from "./AwsUpstream.ts"
import { goDuration } from "./Duration.ts"
import { bad, type JsonRecord, Refusal } from "./Protocol.ts"

/** `config/root`. Empty texts: not set. */
export interface RootConfig {
  readonly accessKey: string
  readonly secretKey: string
  readonly region: string
  readonly iamEndpoint: string
  readonly stsEndpoint: string
  readonly maxRetries: number
  /** Stored and shown; names are always made by the default one. */
  readonly usernameTemplate: string
}

/** Vault 1.14's template of user and session names. */
const DEFAULT_TEMPLATE =
  '{{ if (eq .Type "STS") }}{{ printf "vault-%s-%s"  (unix_time) (random 20) | truncate 32 }}{{ else }}{{ printf "vault-%s-%s-%s" (printf "%s-%s" (.DisplayName) (.PolicyName) | truncate 42) (unix_time) (random 20) | truncate 64 }}{{ end }}'

const UNSET: RootConfig = {
  accessKey: "",
  secretKey: "",
  region: "",
  iamEndpoint: "",
  stsEndpoint: "",
  maxRetries: -1,
  usernameTemplate: DEFAULT_TEMPLATE,
}

/** The settings of one mounted AWS engine. */
export interface AwsSettings {
  root: RootConfig
  /** Seconds of `config/lease`; absent: the mount's or the system's. */
  lease: { readonly ttl: number; readonly maxTtl: number } | undefined
}

export const emptySettings = (): AwsSettings => ({ root: UNSET, lease: undefined })

/** One call with the engine's key and endpoint; gives the XML of the answer. */
export type AskAws = (
  service: "sts" | "iam",
  action: string,
  params: Readonly<Record<string, string>>,
) => Effect.Effect<string, AwsRefused>

/** Calls AWS as the settings stand at the time of the call. */
export const askWith =
  (upstream: AwsUpstream, settings: AwsSettings): AskAws =>
  (service, action, params) =>
    Effect.suspend(() => {
      const { root } = settings
      return upstream.call({
        service,
        endpoint: service === "iam" ? root.iamEndpoint : root.stsEndpoint,
        region: service === "iam" ? "us-east-1" : root.region || "us-east-1",
        key: { accessKeyId: root.accessKey, secretKey: root.secretKey },
        action,
        params,
      })
    })

/** AWS's refusal as Vault passes it on, after Vault's own words about what it was doing. */
export const passedOn =
  (doing: string) =>
  (refused: AwsRefused): Refusal =>
    refused.unreadable === true
      ? new Refusal({ status: 0, errors: [], closed: true })
      : new Refusal({ status: isThrottled(refused) ? 502 : 400, errors: [`${doing}: ${refused.text}`] })

const FIELDS = {
  access_key: "text",
  secret_key: "text",
  region: "text",
  iam_endpoint: "text",
  sts_endpoint: "text",
  max_retries: "int",
  username_template: "text",
} as const

const shown = (root: RootConfig): JsonRecord => ({
  access_key: root.accessKey,
  iam_endpoint: root.iamEndpoint,
  max_retries: root.maxRetries,
  region: root.region,
  sts_endpoint: root.stsEndpoint,
  username_template: root.usernameTemplate,
})

/** `config/root`, `config/rotate-root` and `config/lease`. */
export const configRoutes = (settings: AwsSettings, ask: AskAws): ReadonlyArray<Route> => {
  const write = ({ params }: Call): Effect.Effect<undefined> =>
    Effect.sync(() => {
      settings.root = {
        accessKey: params.text("access_key"),
        secretKey: params.text("secret_key"),
        region: params.text("region"),
        iamEndpoint: params.text("iam_endpoint"),
        stsEndpoint: params.text("sts_endpoint"),
        maxRetries: params.number("max_retries", -1),
        usernameTemplate: params.text("username_template") || DEFAULT_TEMPLATE,
      }
      return undefined
    })

  const rotate: Handler = Effect.fnUntraced(function* () {
    const { root } = settings
    if (root.accessKey === "" || root.secretKey === "")
      return yield* bad("Cannot call config/rotate-root when either access_key or secret_key is empty")
    const user = yield* ask("iam", "GetUser", {}).pipe(
      Effect.flatMap((xml) => needed(xml, "UserName")),
      Effect.mapError(passedOn("error calling GetUser")),
    )
    const created = yield* ask("iam", "CreateAccessKey", { UserName: user }).pipe(
      Effect.flatMap((xml) => Effect.all([needed(xml, "AccessKeyId"), needed(xml, "SecretAccessKey")])),
      Effect.mapError(passedOn("error calling CreateAccessKey")),
    )
    const [accessKey, secretKey] = created
    settings.root = { ...root, accessKey, secretKey }
    yield* Effect.mapError(
      ask("iam", "DeleteAccessKey", { AccessKeyId: root.accessKey, UserName: user }),
      passedOn("error deleting old access key"),
    )
    return { data: { access_key: accessKey } }
  })

  const writeLease: Handler = Effect.fnUntraced(function* ({ params }) {
    for (const name of ["lease", "lease_max"])
      if (!params.has(name)) return yield* bad(`'${name}' is a required parameter`)
    settings.lease = { ttl: params.number("lease"), maxTtl: params.number("lease_max") }
    return undefined
  })
  const readLease: Handler = () => {
    const { lease } = settings
    if (lease === undefined) return nothing
    return Effect.succeed({ data: { lease: goDuration(lease.ttl), lease_max: goDuration(lease.maxTtl) } })
  }
  return [
    {
      path: route("config/root"),
      fields: FIELDS,
      on: { read: () => Effect.succeed({ data: shown(settings.root) }), update: write },
    },
    { path: route("config/rotate-root"), on: { update: rotate } },
    {
      path: route("config/lease"),
      fields: { lease: "duration", lease_max: "duration" },
      on: { read: readLease, update: writeLease },
    },
  ]
}
