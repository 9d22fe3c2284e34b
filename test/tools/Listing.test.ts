import { assert, describe, it } from "@effect/vitest"
import { TOOLS } from "../../src/app/Tools.ts"
import { listedTools } from "../../src/tools/Listing.ts"
import { TOOLSETS } from "../../src/config/AppConfig.ts"

describe("the listing", () => {
  it.each([true, false])("is what the catalog says (accounts configured: %s)", (accounts) => {
    const fromCatalog = TOOLS.map(({ inputSchema, meta, outputSchema }) => ({
      name: meta.name,
      title: meta.title,
      description: meta.description,
      inputSchema: inputSchema(accounts),
      outputSchema: outputSchema(),
      annotations: {
        readOnlyHint: meta.annotations.readOnly,
        destructiveHint: meta.annotations.destructive,
        idempotentHint: meta.annotations.idempotent,
        openWorldHint: meta.annotations.openWorld,
      },
    }))
    assert.deepEqual(listedTools(TOOLSETS, accounts), fromCatalog)
  })

  it("holds the toolsets that are asked for, and no others", () => {
    assert.deepStrictEqual(
      listedTools(["vault"], false).map(({ name }) => name),
      ["vault_credential_status", "vault_refresh_credentials", "vault_revoke_credentials"],
    )
    assert.deepStrictEqual(listedTools([], true), [])
  })
})
