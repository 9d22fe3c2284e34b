/** An environment and profiles that must not count: what an operator's shell may hold for other AWS programs. */
import { Effect } from "effect"
import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** Sets variables of the process while the scope lives. */
export const withEnv = (variables: Readonly<Record<string, string>>) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const before = new Map(Object.keys(variables).map((name) => [name, process.env[name]]))
      Object.assign(process.env, variables)
      return before
    }),
    (before) =>
      Effect.sync(() => {
        for (const [name, value] of before) {
          if (value === undefined) delete process.env[name]
          else process.env[name] = value
        }
      }),
  )

/** Everything that the AWS SDK would heed by itself, all of it wrong and pointing to a stranger. */
export const poison = (stranger: string) => {
  const file = join(mkdtempSync(join(tmpdir(), "aws-poison-")), "config")
  const settings = [
    `endpoint_url = ${stranger}`,
    "region = xx-poison-1",
    "aws_access_key_id = AKIAPOISONPOISONPOIS",
    "aws_secret_access_key = poison",
    "max_attempts = 9",
    "retry_mode = adaptive",
    "defaults_mode = mobile",
    "use_fips_endpoint = true",
    "use_dualstack_endpoint = true",
    "sdk_ua_app_id = poison",
    "request_checksum_calculation = when_required",
    "s3_disable_express_session_auth = false",
    "sigv4a_signing_region_set = *",
    "auth_scheme_preference = sigv4a",
    "account_id_endpoint_mode = required",
  ].join("\n")
  writeFileSync(file, `[default]\n${settings}\n[profile poison]\n${settings}\n`)
  return {
    AWS_CONFIG_FILE: file,
    AWS_SHARED_CREDENTIALS_FILE: file,
    AWS_PROFILE: "poison",
    AWS_ENDPOINT_URL: stranger,
    AWS_ENDPOINT_URL_S3: stranger,
    AWS_ENDPOINT_URL_DYNAMODB: stranger,
    AWS_REGION: "xx-poison-1",
    AWS_ACCESS_KEY_ID: "AKIAPOISONPOISONPOIS",
    AWS_SECRET_ACCESS_KEY: "poison",
    AWS_SESSION_TOKEN: "poison",
    AWS_MAX_ATTEMPTS: "9",
    AWS_RETRY_MODE: "adaptive",
    AWS_DEFAULTS_MODE: "mobile",
    AWS_USE_FIPS_ENDPOINT: "true",
    AWS_USE_DUALSTACK_ENDPOINT: "true",
    AWS_SDK_UA_APP_ID: "poison",
    AWS_REQUEST_CHECKSUM_CALCULATION: "WHEN_REQUIRED",
    AWS_AUTH_SCHEME_PREFERENCE: "sigv4a",
    AWS_SIGV4A_SIGNING_REGION_SET: "*",
    AWS_ACCOUNT_ID_ENDPOINT_MODE: "required",
    HTTP_PROXY: stranger,
    HTTPS_PROXY: stranger,
  }
}
