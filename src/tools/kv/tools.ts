/** The kv toolset: secrets in Vault's KV engine. It is off unless asked for, and shows values only where `reveal` says so. */
import { Effect, Schema } from "effect"
import { late } from "../../core/Late.ts"
import { count, cursor, text } from "../AwsFields.ts"
import { guarded } from "../Guarded.ts"

// Loaded at the first call: a server that is only asked for its list starts without them.
const handlers = late(() => import("./handlers.ts"))

const reads = { readOnly: true, destructive: false, idempotent: true, openWorld: false }

/** A whole number that begins at `least`. */
const whole = (least: number) =>
  Schema.Finite.check(
    Schema.makeFilter(
      (n: number) => (Number.isSafeInteger(n) && n >= least) || `expected a whole number, ${least} or more`,
    ),
  )

/** Versions, as many as a person would name. */
const versions = (what: string) =>
  Schema.Array(whole(1))
    .annotate({ description: what })
    .check(
      Schema.makeFilter(
        (list: ReadonlyArray<number>) => (list.length > 0 && list.length <= 100) || "expected 1 to 100 versions",
      ),
    )

/** Vault takes some kB; this keeps a slip from becoming an essay. */
const name = (what: string) =>
  text(what).check(Schema.makeFilter((path: string) => path.length <= 1024 || "expected at most 1024 characters"))

const place = {
  mount: Schema.optionalKey(name("KV mount, default secret")),
  path: name("within the mount, e.g. team/app"),
}

const where = { mount: Schema.String, path: Schema.String }
const version = Schema.optionalKey(whole(1).annotate({ description: "default latest; KV v2" }))
const time = Schema.optionalKey(Schema.String)
const names = Schema.Array(Schema.String).annotate({ description: "names of the data's keys" })
const Custom = Schema.optionalKey(Schema.Record(Schema.String, Schema.String))

const Version = Schema.Struct({
  version: Schema.Finite,
  created_time: time,
  deletion_time: time,
  destroyed: Schema.Boolean,
})

const Told = Schema.Struct({ ...where, version: Schema.optionalKey(Schema.Finite), message: Schema.String })

export const kvTools = [
  guarded({
    name: "kv_list",
    title: "List KV secrets",
    description:
      "Lists the secrets and folders (ending in /) directly below a path of Vault's KV engine, by name. Never reads a secret.",
    toolset: "kv",
    annotations: reads,
    input: Schema.Struct({
      // First, as the other tools' is by being required: a word without a name is a path.
      path: Schema.optionalKey(name("folder, default the root")),
      mount: place.mount,
      limit: Schema.optionalKey(count(1, 1000, "default 200")),
      cursor,
    }),
    output: Schema.Struct({
      ...where,
      keys: Schema.Array(Schema.String),
      total: Schema.Finite,
      next_cursor: Schema.optionalKey(Schema.String),
    }),
    handler: (input) => Effect.flatMap(handlers, (load) => load.list(input)),
  }),
  guarded({
    name: "kv_get_metadata",
    title: "Describe KV secret",
    description:
      "Describes a secret of a KV version 2 engine: its versions, when they were made and deleted, custom metadata, and the names of its data's keys. Never shows values.",
    toolset: "kv",
    annotations: reads,
    input: Schema.Struct(place),
    output: Schema.Struct({
      ...where,
      current_version: Schema.Finite,
      created_time: time,
      updated_time: time,
      max_versions: Schema.optionalKey(Schema.Finite),
      cas_required: Schema.Boolean,
      custom_metadata: Custom,
      keys: Schema.optionalKey(names),
      keys_problem: Schema.optionalKey(Schema.String.annotate({ description: "why the names are not told" })),
      versions: Schema.Array(Version).annotate({ description: "newest first, at most 100" }),
      versions_total: Schema.Finite,
    }),
    handler: (input) => Effect.flatMap(handlers, (load) => load.metadata(input)),
  }),
  guarded({
    name: "kv_get",
    title: "Get KV secret",
    description:
      "Reads a secret of Vault's KV engine: the names of its keys. Values are shown only with reveal: true, which access read-only refuses; reveal only what the user asked to see, as it then is in this conversation. A deleted version is told as such.",
    toolset: "kv",
    annotations: reads,
    input: Schema.Struct({
      ...place,
      version,
      reveal: Schema.optionalKey(Schema.Boolean.annotate({ description: "show the values" })),
    }),
    output: Schema.Struct({
      ...where,
      kv_version: Schema.Literals([1, 2]),
      version: Schema.optionalKey(Schema.Finite),
      created_time: time,
      deletion_time: time,
      destroyed: Schema.optionalKey(Schema.Boolean),
      custom_metadata: Custom,
      keys: names,
      key_count: Schema.Finite,
      data: Schema.optionalKey(
        Schema.Record(Schema.String, Schema.Json).annotate({ description: "with reveal alone" }),
      ),
      message: Schema.String,
    }),
    reveals: ({ reveal }) => reveal === true,
    handler: (input) => Effect.flatMap(handlers, (load) => load.get(input)),
  }),
  guarded({
    name: "kv_put",
    title: "Write KV secret",
    description:
      "Writes a secret to Vault's KV engine: data replaces all keys it has now. KV version 2 keeps older versions; version 1 overwrites for good. cas writes only if that is the current version (0: only if new). Never shows values.",
    toolset: "kv",
    annotations: { readOnly: false, destructive: true, idempotent: false, openWorld: false },
    input: Schema.Struct({
      ...place,
      data: Schema.Record(Schema.String, Schema.Json).annotate({ description: "keys and values, strings or JSON" }),
      cas: Schema.optionalKey(whole(0).annotate({ description: "current version; KV v2" })),
    }),
    output: Told,
    handler: (input) => Effect.flatMap(handlers, (load) => load.put(input)),
  }),
  guarded({
    name: "kv_delete",
    title: "Delete KV secret",
    description:
      "Deletes the latest version of a secret, or the versions given. In KV version 2 kv_undelete brings them back; in version 1 the secret is gone for good. Never deletes metadata.",
    toolset: "kv",
    annotations: { readOnly: false, destructive: true, idempotent: true, openWorld: false },
    input: Schema.Struct({ ...place, versions: Schema.optionalKey(versions("default the latest; KV v2")) }),
    output: Told,
    handler: (input) => Effect.flatMap(handlers, (load) => load.remove(input)),
  }),
  guarded({
    name: "kv_undelete",
    title: "Undelete KV secret",
    description:
      "Brings deleted versions of a secret back (KV version 2). Destroyed versions stay gone. kv_get_metadata shows the versions.",
    toolset: "kv",
    annotations: { readOnly: false, destructive: false, idempotent: true, openWorld: false },
    input: Schema.Struct({ ...place, versions: versions("versions to bring back") }),
    output: Told,
    handler: (input) => Effect.flatMap(handlers, (load) => load.undelete(input)),
  }),
] as const
