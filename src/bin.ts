/**
 * The program's first lines. They run on any Node, say in one line when it is too old, and load the rest otherwise,
 * which takes a while: signals are heard before that.
 */
import { kindOf } from "./cli/Ending.ts"
import { hearSignals } from "./cli/Signals.ts"

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number)

if (major > 22 || (major === 22 && minor >= 19)) {
  const words = process.argv.slice(2)
  const piped = (): boolean => !process.stdin.isTTY
  const signals = hearSignals(() => kindOf(words, piped))
  const { main } = await import("./cli/Main.ts")
  main(words, signals)
} else {
  process.stderr.write(`vault-aws-mcp needs Node.js 22.19 or newer; this is ${process.versions.node}.\n`)
  process.exitCode = 1
}
