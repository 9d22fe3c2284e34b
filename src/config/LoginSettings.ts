/** The settings of the login to Vault: which method, and what each method needs. Part of SETTINGS. */
import { setting } from "./Setting.ts"
import {
  oneOf,
  parseAddress,
  parseFlag,
  parseName,
  parsePath,
  parseRegion,
  parseSecret,
  parseVaultPath,
} from "./Values.ts"
import { LOGIN_METHODS, type LoginMethod } from "./VaultLogin.ts"

const FILE = "the path of a file"

/** The login's settings by the name the program uses. */
export const LOGIN_SETTINGS = {
  authMethod: setting<LoginMethod>({
    key: "vault_auth_method",
    expects: LOGIN_METHODS.join(", "),
    parse: oneOf(...LOGIN_METHODS),
    shownDefault: "token",
    says: `how to log in to Vault: ${LOGIN_METHODS.join(", ")}`,
  }),
  authMount: setting({
    key: "vault_auth_mount",
    expects: "a mount path such as kubernetes or team-a/approle",
    parse: parseVaultPath,
    says: "where the method is mounted below `auth/`; else the method's own name",
  }),
  authRole: setting({
    key: "vault_auth_role",
    expects: "the name of a role, without a slash",
    parse: parseName,
    says: "role to log in as (kubernetes, jwt, aws), or certificate entry (cert)",
  }),
  tokenFile: setting({
    key: "vault_token_file",
    official: ["BAO_TOKEN_PATH"],
    expects: FILE,
    parse: parsePath,
    shownDefault: "~/.vault-token",
    says: "file with the token, read anew each time it is needed",
  }),
  authWrapped: setting<boolean>({
    key: "vault_auth_wrapped",
    expects: "true or false",
    parse: parseFlag,
    shownDefault: "false",
    says: "the token (token) or the secret id (approle) comes in a wrapping token, which is opened once",
  }),
  authRoleId: setting({
    key: "vault_auth_role_id",
    expects: "a role id",
    parse: parseName,
    says: "role id (approle)",
  }),
  authSecretId: setting({
    key: "vault_auth_secret_id",
    expects: "a secret id of visible characters",
    parse: parseSecret,
    says: "secret id (approle)",
    secret: true,
  }),
  authSecretIdFile: setting({
    key: "vault_auth_secret_id_file",
    expects: FILE,
    parse: parsePath,
    says: "file with the secret id (approle), read anew at each login",
  }),
  authJwt: setting({
    key: "vault_auth_jwt",
    expects: "a JSON web token",
    parse: parseSecret,
    says: "JSON web token (jwt, kubernetes)",
    secret: true,
  }),
  authJwtFile: setting({
    key: "vault_auth_jwt_file",
    expects: FILE,
    parse: parsePath,
    says: "file with the token (jwt, kubernetes), read anew at each login; kubernetes: else the service account's",
  }),
  authUsername: setting({
    key: "vault_auth_username",
    expects: "a user name without a slash",
    parse: parseName,
    says: "user name (userpass, ldap)",
  }),
  authPassword: setting({
    key: "vault_auth_password",
    expects: "a password of one line",
    parse: parseSecret,
    says: "password (userpass, ldap)",
    secret: true,
  }),
  authPasswordFile: setting({
    key: "vault_auth_password_file",
    expects: FILE,
    parse: parsePath,
    says: "file with the password (userpass, ldap)",
  }),
  authAwsIdentity: setting<"instance" | "container" | "web-identity">({
    key: "vault_auth_aws_identity",
    expects: "instance, container or web-identity",
    parse: oneOf("instance", "container", "web-identity"),
    says: "whose AWS identity logs in (aws): instance, container or web-identity; else what the platform's variables tell",
  }),
  authAwsRegion: setting({
    key: "vault_auth_aws_region",
    expects: "an AWS region such as eu-west-1",
    parse: parseRegion,
    shownDefault: "us-east-1",
    says: "region of the STS endpoint that the login is signed for (aws)",
  }),
  authAwsEndpoint: setting({
    key: "vault_auth_aws_endpoint",
    expects: "an address such as https://sts.eu-west-1.amazonaws.com",
    parse: parseAddress,
    says: "STS endpoint that the login is signed for (aws), when it is not the region's own",
  }),
  authAwsServerId: setting({
    key: "vault_auth_aws_server_id",
    expects: "the value that Vault wants in X-Vault-AWS-IAM-Server-ID",
    parse: parseName,
    says: "value of the signed header X-Vault-AWS-IAM-Server-ID (aws)",
  }),
  authAwsMetadata: setting({
    key: "vault_auth_aws_metadata_endpoint",
    expects: "an address such as http://169.254.169.254",
    parse: parseAddress,
    shownDefault: "http://169.254.169.254",
    says: "instance metadata service (aws with instance)",
  }),
} as const
