/**
 * The program's first lines. They run on any Node, say in one line when it is too old, and load the rest otherwise.
 */
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number)

if (major > 22 || (major === 22 && minor >= 19)) {
  const { main } = await import("./cli/Main.ts")
  main(process.argv.slice(2))
} else {
  process.stderr.write(`vault-aws-mcp needs Node.js 22.19 or newer; this is ${process.versions.node}.\n`)
  process.exitCode = 1
}
