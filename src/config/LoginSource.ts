/** From the login's settings to one way into Vault; what a method lacks is a problem of the configuration. */
import { Redacted } from "effect"
import { LOGIN_SETTINGS as SET } from "./LoginSettings.ts"
import type { Reader } from "./Reader.ts"
import { type Setting, variableOf } from "./Setting.ts"
import type { AwsIdentity, SecretSource, VaultLogin } from "./VaultLogin.ts"

/** Where a pod finds its own token. */
const SERVICE_ACCOUNT_TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token"
/** Where ECS answers requests for a container's credentials. */
const CONTAINER_HOST = "http://169.254.170.2"
/** Stands in for what is missing while the problem is reported. */
const NOTHING: SecretSource = { _tag: "file", path: "" }

const secretOf = (reader: Reader, value: Setting<string>, file: Setting<string>): SecretSource | undefined => {
  const given = reader.read(value)
  if (given !== undefined) return { _tag: "value", value: Redacted.make(given) }
  const path = reader.read(file)
  return path === undefined ? undefined : { _tag: "file", path }
}

/** The platform's variables are read for this login alone; they never reach the AWS clients. */
const identityOf = (reader: Reader): AwsIdentity => {
  const instance: AwsIdentity = {
    _tag: "instance",
    endpoint: reader.read(SET.authAwsMetadata) ?? "http://169.254.169.254",
  }
  const tokenFile = reader.platform("AWS_WEB_IDENTITY_TOKEN_FILE")
  const roleArn = reader.platform("AWS_ROLE_ARN")
  const relative = reader.platform("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
  const full = reader.platform("AWS_CONTAINER_CREDENTIALS_FULL_URI")
  const platform =
    tokenFile !== undefined ? "web-identity" : (relative ?? full) !== undefined ? "container" : "instance"
  switch (reader.read(SET.authAwsIdentity) ?? platform) {
    case "instance":
      return instance
    case "container": {
      const url = relative === undefined ? full : `${CONTAINER_HOST}${relative}`
      const file = reader.platform("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
      const token = reader.platform("AWS_CONTAINER_AUTHORIZATION_TOKEN")
      if (url === undefined)
        reader.wrong("AWS_CONTAINER_CREDENTIALS_FULL_URI: expected, as the AWS login is a container's")
      return {
        _tag: "container",
        url: url ?? "",
        authorization:
          file !== undefined
            ? { _tag: "file", path: file }
            : token === undefined
              ? undefined
              : { _tag: "value", value: Redacted.make(token) },
      }
    }
    case "web-identity":
      if (tokenFile === undefined || roleArn === undefined)
        reader.wrong("AWS_WEB_IDENTITY_TOKEN_FILE, AWS_ROLE_ARN: expected both, as the AWS login is by web identity")
      return {
        _tag: "web-identity",
        tokenFile: tokenFile ?? "",
        roleArn: roleArn ?? "",
        sessionName: reader.platform("AWS_ROLE_SESSION_NAME"),
      }
  }
}

/** The way into Vault that the operator chose. */
export const loginOf = (reader: Reader): VaultLogin => {
  const method = reader.read(SET.authMethod) ?? "token"
  const mount = reader.read(SET.authMount) ?? method
  const role = reader.read(SET.authRole)
  const needs = <A>(value: A | undefined, what: string, otherwise: A): A => {
    if (value === undefined) reader.wrong(`${variableOf(SET.authMethod)}: ${method} needs ${what}`)
    return value ?? otherwise
  }
  const either = (one: Setting<string>, other: Setting<string>): string => `${variableOf(one)} or ${variableOf(other)}`
  switch (method) {
    case "token":
      return { method, wrapped: reader.read(SET.authWrapped) ?? false }
    case "approle":
      return {
        method,
        mount,
        roleId: needs(reader.read(SET.authRoleId), variableOf(SET.authRoleId), ""),
        secretId: secretOf(reader, SET.authSecretId, SET.authSecretIdFile),
        wrapped: reader.read(SET.authWrapped) ?? false,
      }
    case "kubernetes":
      return {
        method,
        mount,
        role,
        jwt: secretOf(reader, SET.authJwt, SET.authJwtFile) ?? { _tag: "file", path: SERVICE_ACCOUNT_TOKEN },
      }
    case "jwt": {
      const jwt = secretOf(reader, SET.authJwt, SET.authJwtFile)
      return { method, mount, role, jwt: needs(jwt, either(SET.authJwt, SET.authJwtFile), NOTHING) }
    }
    case "cert":
      return { method, mount, role }
    case "userpass":
    case "ldap": {
      const password = secretOf(reader, SET.authPassword, SET.authPasswordFile)
      return {
        method,
        mount,
        username: needs(reader.read(SET.authUsername), variableOf(SET.authUsername), ""),
        password: needs(password, either(SET.authPassword, SET.authPasswordFile), NOTHING),
      }
    }
    case "aws": {
      const region = reader.read(SET.authAwsRegion) ?? "us-east-1"
      return {
        method,
        mount,
        role,
        region,
        stsEndpoint: reader.read(SET.authAwsEndpoint) ?? `https://sts.${region}.amazonaws.com`,
        serverId: reader.read(SET.authAwsServerId),
        identity: identityOf(reader),
      }
    }
  }
}
