/** Everything that can be known without running the product: types, Effect's own diagnostics, lint, format, floors, unused code. */
import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
const bin = (name: string): string => join(root, "node_modules", ".bin", name)

const STEPS: ReadonlyArray<readonly [name: string, command: string, ...args: ReadonlyArray<string>]> = [
  ["types", bin("tsc"), "--noEmit", "-p", "tsconfig.json"],
  [
    "effect diagnostics",
    bin("effect-tsgo"),
    "diagnostics",
    "--project",
    "tsconfig.json",
    "--severity",
    "error,warning",
    "--strict",
  ],
  ["lint", bin("oxlint"), "--deny-warnings"],
  ["format", bin("oxfmt"), "--check", "."],
  ["floors", process.execPath, "scripts/floors.ts"],
  ["tool list in README", process.execPath, "scripts/gen-docs.ts", "--check"],
  ["unused", bin("knip")],
]

const failed = STEPS.filter(([name, command, ...args]) => {
  const { status } = spawnSync(command, args, { cwd: root, stdio: "inherit" })
  console.log(`${status === 0 ? "ok  " : "FAIL"} ${name}`)
  return status !== 0
})
process.exitCode = failed.length === 0 ? 0 : 1
