/** Decides by the first word what is loaded: the server at once, everything else through the command-line library. */
import { flagKeys } from "../config/Settings.ts"
import { serveArgs } from "./ServeArgs.ts"
import type { Signals } from "./Signals.ts"

/** Runs the command line's arguments (without node and the program). Ends the process by itself. */
export const main = (args: ReadonlyArray<string>, signals: Signals): void => {
  // Without a command, whether or not there are flags: the server for whoever pipes, the agents for whoever sits there.
  const bare = serveArgs(args, flagKeys) !== undefined
  const words = bare ? [process.stdin.isTTY ? "agents" : "serve", ...args] : args
  const serve = words[0] === "serve" ? serveArgs(words.slice(1), flagKeys) : undefined
  const started =
    serve === undefined
      ? import("./Commands.ts").then(({ runCommands }) => runCommands(words, signals))
      : import("./handlers/serve.ts").then(({ runServe }) => runServe(serve, signals))
  started.catch((error: unknown) => {
    process.stderr.write(`vault-aws-mcp could not load: ${error instanceof Error ? error.message : "unknown reason"}\n`)
    process.exit(1)
  })
}
