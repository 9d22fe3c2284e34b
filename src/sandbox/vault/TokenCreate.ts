/**
 * `auth/token/create` and `create-orphan`: which policies, which parent, how long. Rules of Vault's
 * `handleCreateCommon`: a child never gets a policy its parent lacks, unless the parent is root or has `sudo`.
 */
import { Effect, Result } from "effect"
import { aclOf, capabilitiesOn } from "./Acl.ts"
import type { Call } from "./Backend.ts"
import type { Deps } from "./Deps.ts"
import type { Fields } from "./Fields.ts"
import { bad, deadToken, type Refusal, type Reply } from "./Protocol.ts"
import { SYSTEM_TTL, type Token } from "./State.ts"
import { addToken, authBlock } from "./Tokens.ts"
import { grantTtl } from "./Ttl.ts"

/** The parameters of both endpoints. `lease` is the old name of `ttl`. */
export const CREATE_FIELDS: Fields = {
  id: "text",
  policies: "list",
  ttl: "duration",
  lease: "duration",
  explicit_max_ttl: "duration",
  period: "duration",
  renewable: "flag",
  display_name: "text",
  meta: "map",
  no_default_policy: "flag",
  no_parent: "flag",
  num_uses: "int",
  type: "text",
  entity_alias: "text",
}

/** Policies are lower case; root stands alone. */
const policiesFor = (call: Call, parent: Token, sudo: boolean): Result.Result<ReadonlyArray<string>, Refusal> => {
  const asked = (call.params.list("policies") ?? [])
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== "")
  const withoutDefault = call.params.flag("no_default_policy", false)
  if (parent.home !== call.mount.home) {
    // Policies of the parent's namespace mean nothing in this one.
    if (!sudo)
      return Result.fail(bad("root or sudo privileges required to directly generate a token in a child namespace"))
    if (asked.includes("root")) return Result.fail(bad("root tokens may not be created from a parent namespace"))
    return Result.succeed(withoutDefault ? asked : [...asked, "default"])
  }
  if (asked.length === 0) {
    const own = parent.policies
    return Result.succeed(withoutDefault ? own.filter((name) => name !== "default") : own)
  }
  if (!sudo && !asked.every((name) => parent.policies.includes(name)))
    return Result.fail(bad("child policies must be subset of parent"))
  if (asked.includes("root"))
    return parent.policies.includes("root")
      ? Result.succeed(["root"])
      : Result.fail(bad("root tokens may not be created without parent token being root"))
  const addDefault = !withoutDefault && (sudo || parent.policies.includes("default"))
  return Result.succeed(addDefault ? [...asked, "default"] : asked)
}

/** `token` or `token-NAME`, with everything but letters, digits and dashes turned into dashes. */
const displayName = (asked: string): string =>
  asked === "" ? "token" : `token-${asked}`.replace(/[^a-zA-Z0-9-]/g, "-").replace(/-$/, "")

const refusalFor = (call: Call, parent: Token, sudo: boolean, orphan: boolean): string | undefined => {
  const type = call.params.text("type", "service")
  if (parent.type === "batch") return "batch tokens cannot create more tokens"
  if (parent.usesLeft !== 0) return "restricted use token cannot generate child tokens"
  if (!["", "service", "batch"].includes(type)) return `invalid 'token_type' value "${type}"`
  if (orphan && !sudo) return "root or sudo privileges required to create orphan token"
  if (call.params.number("period") > 0 && !sudo) return "root or sudo privileges required to create periodic token"
  if (call.params.text("id") !== "" && !sudo) return "root or sudo privileges required to specify token id"
  if (call.params.text("id") !== "" && call.mount.home.namespace.path !== "")
    return "token IDs can only be manually specified in the root namespace"
  if (call.params.number("num_uses") < 0) return "number of uses cannot be negative"
  if (type !== "batch") return undefined
  if (call.params.number("num_uses") > 0) return "batch tokens cannot be limited-use"
  return call.params.number("period") > 0 ? "batch tokens cannot be periodic" : undefined
}

/** Makes a child of the calling token (or, with `orphan`, a token on its own). */
export const createToken = (deps: Deps, orphan: boolean) =>
  Effect.fnUntraced(function* (call: Call): Effect.fn.Return<Reply, Refusal> {
    const parent = call.token
    if (parent === undefined) return yield* deadToken()
    const { params } = call
    const acl = aclOf(deps.state, parent)
    const sudo = acl.root || capabilitiesOn(acl, call.path).includes("sudo")
    const alone = params.flag("no_parent", false)
    const refused = refusalFor(call, parent, sudo, alone)
    if (refused !== undefined) return yield* bad(refused)
    const policies = policiesFor(call, parent, sudo)
    if (Result.isFailure(policies)) return yield* policies.failure
    const batch = params.text("type") === "batch"
    const asked = params.number("ttl") || params.number("lease")
    const endless =
      policies.success.includes("root") && asked === 0 && !batch && params.number("explicit_max_ttl") === 0
    const granted = grantTtl({
      systemMax: call.mount.maxTtl || SYSTEM_TTL,
      systemDefault: call.mount.defaultTtl || SYSTEM_TTL,
      ttl: asked,
      explicitMaxTtl: params.number("explicit_max_ttl"),
      period: params.number("period"),
    })
    if (Result.isFailure(granted)) return yield* bad(granted.failure)
    const token = addToken(
      deps.state,
      {
        policies: policies.success,
        type: batch ? "batch" : "service",
        ...(orphan || alone ? {} : { parent: parent.id }),
        ...(params.text("id") === "" ? {} : { id: params.text("id") }),
        displayName: displayName(params.text("display_name")),
        meta: params.map("meta") ?? null,
        path: call.path,
        renewable: !batch && !endless && params.flag("renewable", true),
        ttl: endless ? 0 : granted.success.seconds,
        explicitMaxTtl: params.number("explicit_max_ttl"),
        period: params.number("period"),
        uses: params.number("num_uses"),
      },
      call.now,
    )
    return { auth: authBlock(token, call.now), warnings: granted.success.warnings }
  })
