/** One creds request and what becomes of its answer. Never asks twice once Vault may have heard it. */
import { DateTime, Duration, Effect, Exit, Redacted, Scope } from "effect"
import { randomBytes } from "node:crypto"
import { AppConfig } from "../config/AppConfig.ts"
import { Redactor } from "../guard/Redactor.ts"
import { Journal } from "../journal/Journal.ts"
import { Vault } from "../vault/Vault.ts"
import { VaultAuth } from "../vault/VaultAuth.ts"
import type { VaultSession } from "../vault/VaultSession.ts"
import type { VaultError } from "../vault/VaultError.ts"
import type { CredentialAnswer } from "../vault/VaultModel.ts"
import { now } from "./Age.ts"
import { type Held, noteDown } from "./Held.ts"
import { LeaseError } from "./LeaseError.ts"
import type { ActiveLease, CredentialKind, LeaseTarget } from "./LeaseModel.ts"

/** An answer that tells no length at all is trusted this long, and no longer; a rotated key is read anew after it. */
const UNTOLD_LIFE = Duration.minutes(5)

/** Legal for STS (`[\w+=,.@-]`, at most 64) and unique, so that one session can be told from another in CloudTrail. */
export const sessionName = (principal: string): string =>
  `vault-aws-mcp-${principal.replace(/[^\w+=,.@-]/g, "_").slice(0, 32)}-${randomBytes(4).toString("hex")}`

/** How long the lease is good for: its own duration, else the credentials' (Vault 1.13.0 gave no lease), else a cap. */
const lifeOf = (answer: CredentialAnswer): Duration.Duration =>
  Duration.toMillis(answer.leaseDuration) > 0
    ? answer.leaseDuration
    : answer.credentialTtl !== undefined && Duration.toMillis(answer.credentialTtl) > 0
      ? answer.credentialTtl
      : UNTOLD_LIFE

const kindOf = (target: LeaseTarget, answer: CredentialAnswer): CredentialKind =>
  target.endpoint === "static-creds" ? "static" : answer.sessionToken === undefined ? "iam_user" : "sts"

const sayWhy = (named: boolean, error: VaultError): LeaseError =>
  new LeaseError({
    code: error.reason.code,
    what:
      named && error.reason._tag === "PermissionMissing"
        ? `${error.message} If the policy allows the path but forbids parameters, set VAULT_AWS_MCP_SESSION_NAME=off.`
        : error.message,
  })

/** Makes new credentials for the target; the answer is held until its scope is closed. */
export const makeIssue = Effect.gen(function* () {
  const config = yield* AppConfig
  const vault = yield* Vault
  const auth = yield* VaultAuth
  const redactor = yield* Redactor
  const journal = yield* Journal

  const ask = (session: VaultSession, target: LeaseTarget, ttl: Duration.Duration) =>
    target.endpoint === "static-creds"
      ? vault.staticCredentials(session.token, target)
      : vault.credentials(session.token, {
          endpoint: target.endpoint,
          mount: target.mount,
          role: target.role,
          ttl,
          ...(target.roleArn === undefined ? {} : { roleArn: target.roleArn }),
          ...(config.vault.sessionName ? { sessionName: sessionName(target.principal) } : {}),
        })

  const hold = Effect.fnUntraced(function* (session: VaultSession, target: LeaseTarget, answer: CredentialAnswer) {
    // ASIA keys are sessions (IAM User Guide, "IAM identifiers"): without their token they sign nothing.
    if (answer.sessionToken === undefined && answer.accessKeyId.startsWith("ASIA")) {
      if (answer.leaseId !== undefined)
        yield* Effect.ignore(vault.revokeLease(session.token, answer.leaseId, { sync: true }))
      return yield* new LeaseError({
        code: "vault_malformed",
        what: `Vault's answer for role ${target.role} holds a session key without its security_token. Check the role's credential_type and Vault's version; the lease was given back.`,
      })
    }
    const scope = yield* Scope.make()
    // The id is no secret, but nothing that leaves needs it, and AWS likes to quote it.
    yield* Scope.provide(redactor.watch(Redacted.make(answer.accessKeyId)), scope)
    yield* Scope.provide(redactor.watch(answer.secretAccessKey), scope)
    if (answer.sessionToken !== undefined) yield* Scope.provide(redactor.watch(answer.sessionToken), scope)
    const born = yield* now
    const granted = lifeOf(answer)
    // AWS tells a session's end in whole seconds: it may come up to a second before the lease's.
    const life = Duration.toMillis(Duration.min(granted, answer.credentialTtl ?? granted))
    const kind = kindOf(target, answer)
    const untold = granted === UNTOLD_LIFE && kind !== "static"
    // Vault told no end of a session's at all: five minutes are a rule of ours, AWS may honour it for hours.
    const awsLife = kind === "sts" && !untold ? (answer.credentialTtl ?? granted) : undefined
    const lease: ActiveLease = {
      scope,
      id: answer.leaseId,
      target,
      credentials: {
        accessKeyId: answer.accessKeyId,
        secretAccessKey: answer.secretAccessKey,
        sessionToken: answer.sessionToken,
      },
      kind,
      arn: answer.arn,
      renewable: answer.renewable && answer.leaseId !== undefined,
      issuedAt: DateTime.makeUnsafe(born.wall),
      issued: born,
      endsAt: DateTime.makeUnsafe(born.wall + life),
      awsEndsAt: awsLife === undefined ? undefined : DateTime.makeUnsafe(born.wall + Duration.toMillis(awsLife)),
      granted,
      warnings: [
        ...session.warnings,
        ...answer.warnings,
        ...(untold ? ["Vault told no lease duration; the credentials are asked for again after 5 min."] : []),
      ],
    }
    const held: Held = { lease, session, born, life, scope }
    yield* noteDown(journal, held)
    return held
  })

  return Effect.fn("Lease.issue")(function* (target: LeaseTarget, ttl: Duration.Duration) {
    const attempt = Effect.fnUntraced(function* (session: VaultSession) {
      return yield* Effect.flatMap(ask(session, target, ttl), (answer) => hold(session, target, answer))
    })
    return yield* auth.session(target.principal).pipe(
      Effect.flatMap((session) =>
        attempt(session).pipe(
          // The token died, so nothing was leased: one new session, one more attempt.
          Effect.catch((error) =>
            error._tag === "VaultError" && error.reason._tag === "TokenDead"
              ? Effect.flatMap(auth.renewed(target.principal, session), attempt)
              : Effect.fail(error),
          ),
        ),
      ),
      Effect.mapError((error) => (error._tag === "LeaseError" ? error : sayWhy(config.vault.sessionName, error))),
    )
  })
})

/** Forgets the credentials: the redactor stops watching them. */
export const forget = (held: Held): Effect.Effect<void> => Scope.close(held.scope, Exit.void)
