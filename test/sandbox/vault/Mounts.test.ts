import { assert, describe, it } from "@effect/vitest"
import { addMount, findMount, mountInfo, mountsInfo } from "../../../src/sandbox/vault/Mounts.ts"
import { emptyState } from "../../../src/sandbox/vault/State.ts"

const filled = () => {
  const state = emptyState(0)
  for (const path of ["aws/", "aws-eu/", "auth/approle/", "team/kv/"])
    addMount(state, { path, type: path.includes("approle") ? "approle" : "aws", backend: { routes: [] } })
  return state
}

describe("the mount table", () => {
  it("a path belongs to the mount whose whole segments it begins with", () => {
    const state = filled()
    const found = ["aws/creds/x", "aws", "aws-eu/roles", "team/kv", "team", "awsome/x", "auth/approle/login"]
    assert.deepStrictEqual(
      found.map((path) => findMount(state, path)?.path),
      ["aws/", "aws/", "aws-eu/", "team/kv/", undefined, undefined, "auth/approle/"],
    )
  })

  it("engines and login methods are told apart, sorted, and only login methods have a token type", () => {
    const state = filled()
    assert.deepStrictEqual(Object.keys(mountsInfo(state.mounts.values(), false)), ["aws-eu/", "aws/", "team/kv/"])
    assert.deepStrictEqual(Object.keys(mountsInfo(state.mounts.values(), true)), ["approle/"])
    const login = state.mounts.get("auth/approle/")
    assert.deepStrictEqual(login === undefined ? {} : mountInfo(login)["config"], {
      default_lease_ttl: 0,
      force_no_cache: false,
      max_lease_ttl: 0,
      token_type: "default-service",
    })
    assert.match(login?.accessor ?? "", /^auth_approle_[0-9a-f]{8}$/)
  })
})
