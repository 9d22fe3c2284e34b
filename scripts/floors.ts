/**
 * Proves that imports run downhill: a folder under src/ imports itself and lower floors only (CONTRIBUTING.md has the
 * picture). A folder without a floor, an import of an MCP SDK outside its files, and a barrel fail, too.
 */
import { readdirSync, readFileSync } from "node:fs"
import { dirname, join, relative } from "node:path"
import { fileURLToPath } from "node:url"

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "src")

const FLOORS: Readonly<Record<string, number>> = {
  core: 0,
  config: 1,
  git: 1,
  guard: 2,
  journal: 2,
  vault: 3,
  fleet: 3,
  sandbox: 3,
  lease: 4,
  aws: 5,
  tools: 6,
  doctor: 6,
  agents: 7,
  orchestrator: 8,
  app: 9,
  mcp: 9,
  cli: 10,
  "bin.ts": 11,
}

/** Rooms that must not know each other although their floors would allow it. */
const STRANGERS: ReadonlyArray<readonly [from: string, to: string]> = [
  ["sandbox", "vault"],
  ["sandbox", "guard"],
  ["sandbox", "config"],
]

/** Whoever is a client of MCP servers: the fleet, and the tour that shows this program's own server. */
const CLIENTS = ["fleet/Connection.ts", "cli/handlers/demo.ts"]

const roomOf = (file: string): string => relative(root, file).split("/")[0] ?? ""

const files = (folder: string): ReadonlyArray<string> =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    return entry.isDirectory() ? files(path) : path.endsWith(".ts") ? [path] : []
  })

const problems: Array<string> = []
for (const file of files(root)) {
  const name = relative(root, file)
  const from = roomOf(file)
  const floor = FLOORS[from]
  if (floor === undefined) problems.push(`${name}: ${from} has no floor; give it one in scripts/floors.ts`)
  if (/(^|\/)index\.ts$/.test(name)) problems.push(`${name}: no barrels`)
  const source = readFileSync(file, "utf8")
  for (const [, target] of source.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)) {
    if (target === undefined) continue
    if (target.startsWith("@modelcontextprotocol/server") && name !== "mcp/Server.ts")
      problems.push(`${name}: only mcp/Server.ts knows the MCP SDK's server`)
    if (target.startsWith("@modelcontextprotocol/client") && !CLIENTS.includes(name))
      problems.push(`${name}: only ${CLIENTS.join(" and ")} know the MCP SDK's client`)
    if (target === "@effect/platform-node") problems.push(`${name}: import a subpath of @effect/platform-node`)
    if (!target.startsWith(".")) continue
    const to = roomOf(join(dirname(file), target))
    const below = FLOORS[to]
    if (to.startsWith("..")) continue // package.json and the like
    if (below === undefined) problems.push(`${name}: imports ${to}, which has no floor`)
    else if (floor !== undefined && to !== from && below >= floor) problems.push(`${name}: imports ${to} uphill`)
    if (STRANGERS.some(([a, b]) => a === from && b === to)) problems.push(`${name}: ${from} must not know ${to}`)
  }
}

for (const problem of problems) console.error(problem)
console.log(problems.length === 0 ? "floors: every import runs downhill" : `floors: ${problems.length} problems`)
process.exitCode = problems.length === 0 ? 0 : 1
