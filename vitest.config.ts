import { defineConfig } from "vitest/config"

/** Unit and contract tests run in one pass; tests that spawn programs need the longer limit. */
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 30_000,
    hookTimeout: 120_000,
    pool: "forks",
    silent: "passed-only",
    coverage: { provider: "v8", include: ["src/**"], reporter: ["text-summary"] },
  },
})
