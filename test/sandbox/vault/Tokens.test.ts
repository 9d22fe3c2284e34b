import { assert, describe, it } from "@effect/vitest"
import { emptyState, type VaultState } from "../../../src/sandbox/vault/State.ts"
import {
  addToken,
  authBlock,
  cutTokens,
  type Grant,
  liveToken,
  orphanChildren,
  secondsLeft,
  tokenByAccessor,
} from "../../../src/sandbox/vault/Tokens.ts"

const plan: Grant = {
  policies: ["b", "a", "b"],
  type: "service",
  displayName: "token",
  meta: null,
  path: "auth/token/create",
  renewable: true,
  ttl: 60,
}

const add = (state: VaultState, more: Partial<Grant> = {}) => addToken(state, { ...plan, ...more }, 0)

describe("the token table", () => {
  it("ids look like Vault's, batch tokens have no accessor, policies are sorted and single", () => {
    const state = emptyState(0)
    const service = add(state)
    const batch = add(state, { type: "batch" })
    assert.match(service.id, /^hvs\.[A-Za-z0-9]{91}$/)
    assert.match(service.accessor, /^[A-Za-z0-9]{24}$/)
    assert.deepStrictEqual([batch.id.slice(0, 4), batch.accessor, service.policies], ["hvb.", "", ["a", "b"]])
  })

  it("a token lives until its last millisecond, one without a length for ever", () => {
    const state = emptyState(0)
    const token = add(state)
    const root = add(state, { ttl: 0 })
    assert.strictEqual(liveToken(state, token.id, 59_999), token)
    assert.isUndefined(liveToken(state, token.id, 60_000))
    assert.strictEqual(liveToken(state, root.id, 1e15), root)
    assert.deepStrictEqual([secondsLeft(token, 10_000), secondsLeft(token, 90_000), secondsLeft(root, 0)], [50, 0, 0])
  })

  it("cutting a token takes its whole family, children first", () => {
    const state = emptyState(0)
    const [a, other] = [add(state), add(state)]
    const b = add(state, { parent: a.id })
    const c = add(state, { parent: b.id })
    assert.deepStrictEqual(cutTokens(state, a.id), [c.id, b.id, a.id])
    assert.deepStrictEqual([...state.tokens.keys()], [other.id])
    assert.deepStrictEqual(cutTokens(state, a.id), [])
  })

  it("orphaned children outlive their parent", () => {
    const state = emptyState(0)
    const parent = add(state)
    const child = add(state, { parent: parent.id })
    orphanChildren(state, parent.id)
    cutTokens(state, parent.id)
    assert.isTrue(child.orphan)
    assert.strictEqual(tokenByAccessor(state, child.accessor), child)
    assert.isUndefined(tokenByAccessor(state, ""))
  })

  it("the auth block tells what is left and whether it can be renewed", () => {
    const token = add(emptyState(0), { uses: 3 })
    const told = authBlock(token, 15_000)
    assert.deepStrictEqual(
      [told["lease_duration"], told["renewable"], told["orphan"], told["num_uses"]],
      [45, true, true, 3],
    )
  })
})
