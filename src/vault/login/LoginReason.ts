/** Reasons why a login gave no token: its secret, the wrapping around it, its AWS identity, or Vault's refusal. */
import { Schema } from "effect"

/** What the variables of the login's settings begin with. */
const SET = "VAULT_AWS_MCP_VAULT_AUTH"

/** What to look at when a method refused, as the end of the sentence "Check …". */
const LOOK_AT = {
  approle: `${SET}_ROLE_ID, and the secret id of ${SET}_SECRET_ID or ${SET}_SECRET_ID_FILE, which may have expired or be used up. One that came in a wrapping token needs a new wrapping token then`,
  kubernetes: `${SET}_ROLE, and that this role takes the pod's service account, its namespace and the audience of its token`,
  jwt: `${SET}_ROLE, and that the token of ${SET}_JWT or ${SET}_JWT_FILE has not expired and carries the audience and claims which the role wants`,
  cert: `VAULT_CLIENT_CERT and VAULT_CLIENT_KEY: the certificate must match an entry of the method, and just the one of ${SET}_ROLE where that is set. A proxy that ends the TLS takes it away`,
  userpass: `${SET}_USERNAME, and ${SET}_PASSWORD or ${SET}_PASSWORD_FILE`,
  ldap: `${SET}_USERNAME, and ${SET}_PASSWORD or ${SET}_PASSWORD_FILE`,
  aws: `${SET}_ROLE and that it is bound to this AWS identity, this machine's clock, and that ${SET}_AWS_REGION, ${SET}_AWS_ENDPOINT and ${SET}_AWS_SERVER_ID fit sts_region, sts_endpoint and iam_server_id_header_value of the method's config/client`,
} as const

/** Vault gave no token, or does not even have the method. `text`: its own words, which a 403 or 404 does not have. */
export class LoginRefused extends Schema.TaggedError<LoginRefused>()("LoginRefused", {
  method: Schema.Literals(["approle", "kubernetes", "jwt", "cert", "userpass", "ldap", "aws"]),
  mount: Schema.String,
  text: Schema.String,
}) {
  readonly code = "vault_login_refused"
  override get message(): string {
    const { method, mount, text } = this
    const refused = `Vault refused the login by ${method} at auth/${mount}`
    return text === ""
      ? `${refused} and does not say why. That is its answer to a login it does not believe, and also where no method is mounted. Check ${SET}_MOUNT and the namespace (vault auth list shows what is mounted), then ${LOOK_AT[method]}.`
      : `${refused}: ${text}. Check ${LOOK_AT[method]}.`
  }
}

/** What became of a wrapping token. `who` is that which it holds, `from` where it was read. */
const WRAPPINGS = {
  refused: (who: string, from: string) =>
    `Possible interception: the wrapping token from ${from} is not valid. It opens once, so somebody else may have opened it and hold the ${who}. Have the ${who} revoked, look for sys/wrapping/unwrap in Vault's audit log, and give a new wrapping token. Harmless causes: it had expired, an earlier run of this program opened it, or it is no wrapping token`,
  unanswered: (who: string, from: string) =>
    `The wrapping token from ${from} is not valid any more. It opens once, and an earlier request of this program to open it got no answer: the ${who} may be lost with that, or somebody else may have opened it. Have the ${who} revoked, look for sys/wrapping/unwrap in Vault's audit log, and give a new wrapping token`,
  spent: (who: string, from: string) =>
    `The wrapping token from ${from} was opened by this program, and the ${who} in it served its time. It opens once: give a new one. A file is read at the next login, a variable at the next start`,
  unfit: (who: string, from: string) =>
    `The wrapping token from ${from} was opened and holds no ${who}. It is used up: give one that holds a ${who}, or set ${SET}_WRAPPED to false if it should not have been opened`,
  ended: (who: string, from: string) =>
    `The wrapping token from ${from} was opened, but the ${who} in it has ended already. Give a new one, and let the ${who} live longer than the wrapping`,
} as const

/** A wrapping token did not give what it was to hold. */
export class WrappingFailed extends Schema.TaggedError<WrappingFailed>()("WrappingFailed", {
  holds: Schema.Literals(["token", "secret id"]),
  /** The variable or the file. */
  source: Schema.String,
  problem: Schema.Literals(["refused", "unanswered", "spent", "unfit", "ended"]),
}) {
  readonly code = "vault_wrapping_failed"
  override get message(): string {
    return `${WRAPPINGS[this.problem](this.holds, this.source)}.`
  }
}

/** A secret that the login needs is not to be had. `why` ends the sentence: it does not exist, it is empty, … */
export class SecretUnavailable extends Schema.TaggedError<SecretUnavailable>()("SecretUnavailable", {
  what: Schema.String,
  path: Schema.String,
  why: Schema.String,
  setting: Schema.String,
}) {
  readonly code = "vault_login_secret_unavailable"
  override get message(): string {
    return `The login to Vault has no ${this.what}: ${this.path} ${this.why}. Check ${this.setting}.`
  }
}

/** The login waits for a second factor. */
export class MfaUnsupported extends Schema.TaggedError<MfaUnsupported>()("MfaUnsupported", { path: Schema.String }) {
  readonly code = "vault_mfa_unsupported"
  override get message(): string {
    return `Vault wants a second factor (mfa_requirement) for the login at ${this.path}, which is not supported: nobody is here to give it. Log in by a method or role without login MFA, or give a token (VAULT_AWS_MCP_VAULT_TOKEN, or the token file of vault login).`
  }
}

/** The AWS identity of the login is not to be had. */
export class IdentityUnavailable extends Schema.TaggedError<IdentityUnavailable>()("IdentityUnavailable", {
  identity: Schema.Literals(["instance", "container", "web-identity"]),
  why: Schema.String,
}) {
  readonly code = "vault_login_identity_unavailable"
  override get message(): string {
    return `There is no AWS identity to log in to Vault with: ${this.why}. ${SET}_AWS_IDENTITY is ${this.identity}, set or found by the platform's variables; instance, container and web-identity are the choices.`
  }
}
