import { defineConfig } from "vitest/config"

/** Unit and contract tests run in one pass; tests that spawn programs need the longer limit. */
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 30_000,
    hookTimeout: 120_000,
    pool: "forks",
    silent: "passed-only",
    // Who asks for the numbered behaviours wants to read their names.
    reporters: process.argv.some((word) => word.includes("behaviours")) ? ["verbose"] : ["default"],
    coverage: { provider: "v8", include: ["src/**"], reporter: ["text-summary"] },
  },
})
