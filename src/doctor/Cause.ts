/**
 * The broken set-ups that the doctor knows by name. The names are public: scripts act on them, the README lists them,
 * and people read them with blanks for underscores. A name is never given another meaning.
 */

/** Every cause by its name. */
export const CAUSES = [
  // the way to Vault
  "dead_address",
  "no_answer",
  "not_vault",
  "bad_address",
  "http_on_tls_port",
  "https_on_plain_port",
  "tls_unknown_ca",
  "tls_self_signed",
  "tls_expired",
  "tls_wrong_host",
  "tls_client_certificate",
  "tls_settings",
  "tls_failed",
  "tls_unchecked",
  "plain_http",
  // the state Vault is in
  "sealed",
  "uninitialised",
  "standby_no_active_node",
  "standby_target_dead",
  "standby_other_host",
  "standby_downgrade",
  "standby_loop",
  "standby_redirects_off",
  "dr_secondary",
  "throttled",
  "vault_failed",
  // the token, and the login that gives one
  "no_token",
  "dead_token",
  "num_uses_token",
  "used_up_token",
  "batch_token",
  "root_token",
  "token_ending",
  "login_refused",
  "login_secret_missing",
  "login_identity_missing",
  "login_mfa",
  "wrapping_failed",
  "wrong_namespace",
  // the engine, the policies, the role
  "mount_missing",
  "wrong_engine",
  "policy_missing",
  "policy_or_mount",
  "give_back_missing",
  "child_policies",
  "session_name_forbidden",
  "parameters_forbidden",
  "wrong_endpoint",
  "role_unknown",
  "role_without_arn",
  "role_arn_ambiguous",
  "role_arn_not_allowed",
  // this machine
  "state_dir_not_writable",
  "clock_skew",
  // AWS, as we reach it and as Vault does
  "aws_unreachable",
  "aws_region_unknown",
  "aws_region_disabled",
  "assume_role_refused",
  "aws_denied",
  "ttl_too_short",
  "session_too_long",
  "engine_without_root",
  "engine_key_refused",
  "engine_cannot_reach_aws",
  "credentials_refused",
  "unexpected",
] as const

/** What a check that is not well is called. */
export type Cause = (typeof CAUSES)[number]
