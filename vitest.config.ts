import { defineConfig } from "vitest/config"
import type { Reporter } from "vitest/node"

/** Names what was left out at the end, unless somebody asked for some tests by name. */
const leftOut: Reporter = {
  onTestRunEnd: (modules) => {
    if (process.argv.some((word) => /^(?:-t|--testNamePattern)/.test(word))) return
    for (const { children } of modules)
      for (const { fullName } of children.allTests("skipped")) console.log(`skipped: ${fullName}`)
  },
}

/** Unit and contract tests run in one pass; tests that spawn programs need the longer limit. */
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 30_000,
    hookTimeout: 120_000,
    pool: "forks",
    silent: "passed-only",
    // Who asks for the numbered behaviours wants to read their names.
    reporters: process.argv.some((word) => word.includes("behaviours")) ? ["verbose", leftOut] : ["default", leftOut],
    coverage: { provider: "v8", include: ["src/**"], reporter: ["text-summary"] },
  },
})
