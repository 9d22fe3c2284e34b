/** Reasons that only the key-value engine has: its check-and-set, its two versions, and writes nobody saw the end of. */
import { Schema } from "effect"

/** Somebody wrote in between. */
export class KvCasMismatch extends Schema.TaggedError<KvCasMismatch>()("KvCasMismatch", {
  path: Schema.String,
  cas: Schema.Int,
}) {
  readonly code = "kv_cas_mismatch"
  override get message(): string {
    return this.cas === 0
      ? `Nothing was written to ${this.path}: cas 0 writes only where there is no version yet, and there is one. Look at its current version first, and give that number as cas to replace it.`
      : `Nothing was written to ${this.path}: its current version is not ${this.cas} any more (or not yet). Read it again, and if the write is still wanted, repeat it with the current version as cas.`
  }
}

/** The engine or the secret takes no write without check-and-set. */
export class KvCasRequired extends Schema.TaggedError<KvCasRequired>()("KvCasRequired", { path: Schema.String }) {
  readonly code = "kv_cas_required"
  override get message(): string {
    return `Nothing was written to ${this.path}: this secret is only written with check-and-set. Give its current version as cas, or 0 when it is new.`
  }
}

/** Version 1 keeps no versions and knows nothing about its secrets. */
export class KvUnsupported extends Schema.TaggedError<KvUnsupported>()("KvUnsupported", {
  mount: Schema.String,
  what: Schema.String,
}) {
  readonly code = "kv_version_1"
  override get message(): string {
    return `The KV engine at "${this.mount}" is version 1, which has no ${this.what}: it keeps one state of each secret and nothing about it. Nothing was changed. Leave that out, or have the engine upgraded: vault kv enable-versioning ${this.mount}`
  }
}

/** Nothing is mounted there, or the mount's path is another. */
export class KvMountUnknown extends Schema.TaggedError<KvMountUnknown>()("KvMountUnknown", {
  mount: Schema.String,
  /** The mount that holds the path. */
  found: Schema.optionalKey(Schema.String),
}) {
  readonly code = "kv_mount_unknown"
  override get message(): string {
    return this.found === undefined
      ? `No secrets engine is mounted at "${this.mount}" in this Vault. Give the KV engine's mount (vault secrets list shows them), and check the namespace.`
      : `"${this.mount}" is not a mount but lies within the one at "${this.found}". Give mount "${this.found}", and the rest as the beginning of path.`
  }
}

/** Another engine. */
export class KvWrongEngine extends Schema.TaggedError<KvWrongEngine>()("KvWrongEngine", {
  mount: Schema.String,
  type: Schema.String,
}) {
  readonly code = "kv_wrong_engine"
  override get message(): string {
    return `The secrets engine at "${this.mount}" is of type ${this.type}, not KV. Nothing was sent to it. Give the mount of a KV engine.`
  }
}

/** Asking in the wrong version's way would write where nobody looks, or call a full engine empty. */
export class KvVersionUnknown extends Schema.TaggedError<KvVersionUnknown>()("KvVersionUnknown", {
  mount: Schema.String,
}) {
  readonly code = "kv_version_unknown"
  override get message(): string {
    return `Whether the KV engine at "${this.mount}" is version 1 or 2 could not be found out, so nothing else was sent: the token may not ask Vault for it, and what was named is not there to tell. The policy needs: path "sys/internal/ui/mounts/${this.mount}" { capabilities = ["read"] }`
  }
}

/** A write was sent and its end was not seen. */
export class KvOutcomeUnknown extends Schema.TaggedError<KvOutcomeUnknown>()("KvOutcomeUnknown", {
  path: Schema.String,
  detail: Schema.String,
}) {
  readonly code = "kv_outcome_unknown"
  override get message(): string {
    return `The change to ${this.path} may have been made or not: it was sent to Vault, and ${this.detail}. Look at the secret's versions before you repeat it.`
  }
}
