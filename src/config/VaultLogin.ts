/** How this program comes by a Vault token: one shape for each way in, as the operator configured it. */
import type { Redacted } from "effect"

/** The ways into Vault. */
export const LOGIN_METHODS = ["token", "approle", "kubernetes", "jwt", "cert", "userpass", "ldap", "aws"] as const
export type LoginMethod = (typeof LOGIN_METHODS)[number]

/** A secret of the environment, or of a file that is read anew at each login. */
export type SecretSource =
  | { readonly _tag: "value"; readonly value: Redacted.Redacted<string> }
  | { readonly _tag: "file"; readonly path: string }

/** Where the AWS identity of a login comes from; used for that login alone. */
export type AwsIdentity =
  /** The instance metadata service, version 2. */
  | { readonly _tag: "instance"; readonly endpoint: string }
  /** The credential endpoint of a container (ECS, EKS Pod Identity), with its authorization where it wants one. */
  | { readonly _tag: "container"; readonly url: string; readonly authorization: SecretSource | undefined }
  /** A projected web identity token, exchanged at STS (EKS service accounts). */
  | {
      readonly _tag: "web-identity"
      readonly tokenFile: string
      readonly roleArn: string
      readonly sessionName: string | undefined
    }

/** One way into Vault. `mount`: where the method is mounted below `auth/`. */
export type VaultLogin =
  /** A token that is given (environment or file). `wrapped`: it is a wrapping token that holds the real one. */
  | { readonly method: "token"; readonly wrapped: boolean }
  | {
      readonly method: "approle"
      readonly mount: string
      readonly roleId: string
      /** Absent for roles with `bind_secret_id=false`. */
      readonly secretId: SecretSource | undefined
      /** The secret id comes inside a wrapping token, which opens once. */
      readonly wrapped: boolean
    }
  | {
      readonly method: "kubernetes" | "jwt"
      readonly mount: string
      /** Absent: the method's default role. */
      readonly role: string | undefined
      readonly jwt: SecretSource
    }
  /** By the client certificate of the TLS settings. `role`: the name of one entry to match; absent: any. */
  | { readonly method: "cert"; readonly mount: string; readonly role: string | undefined }
  | {
      readonly method: "userpass" | "ldap"
      readonly mount: string
      readonly username: string
      readonly password: SecretSource
    }
  | {
      readonly method: "aws"
      readonly mount: string
      readonly role: string | undefined
      /** The region that the request is signed for. */
      readonly region: string
      /** Where Vault sends the signed request; also where a web identity is exchanged. */
      readonly stsEndpoint: string
      /** Value of the signed header X-Vault-AWS-IAM-Server-ID, where Vault wants it. */
      readonly serverId: string | undefined
      readonly identity: AwsIdentity
    }
