/**
 * Bundles the program into dist/: one small entry, everything that is loaded late as chunks. All is bundled but the AWS
 * SDK, whose packages are the only dependencies a user installs.
 */
import { chmodSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { rolldown } from "rolldown"

const root = fileURLToPath(new URL("..", import.meta.url))
const dist = `${root}dist`
rmSync(dist, { recursive: true, force: true })

const bundle = await rolldown({
  cwd: root,
  input: { bin: "src/bin.ts" },
  platform: "node",
  external: [/^node:/, /^@aws-sdk\//, /^@smithy\//],
  treeshake: true,
})
await bundle.write({
  dir: dist,
  format: "esm",
  entryFileNames: "[name].mjs",
  chunkFileNames: "chunks/[name]-[hash].mjs",
  minify: true,
})
await bundle.close()

const entry = `${dist}/bin.mjs`
const code = readFileSync(entry, "utf8")
if (!code.startsWith("#!")) writeFileSync(entry, `#!/usr/bin/env node\n${code}`)
chmodSync(entry, 0o755)
console.log("built dist/bin.mjs")
