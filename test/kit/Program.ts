/** The built program run as a command, without holding up the sandbox that it talks to in this process. */
import { spawn } from "node:child_process"
import { BIN, cleanEnv } from "./RawServer.ts"

export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Runs a command to its end; `until` sends a signal when the output has that text. */
export const runProgram = (
  args: ReadonlyArray<string>,
  options: { readonly env?: Readonly<Record<string, string>>; readonly input?: string; readonly until?: RegExp } = {},
): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [BIN, ...args], {
      env: cleanEnv(options.env ?? {}),
      stdio: ["pipe", "pipe", "pipe"],
    })
    let out = ""
    let err = ""
    child.on("error", reject)
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      out += text
      if (options.until?.test(out) === true) child.kill("SIGINT")
    })
    child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text))
    child.stdin.on("error", () => {}) // a command that does not read may be gone
    child.stdin.end(options.input ?? "")
    child.on("close", (code) => resolve({ code, out, err }))
  })
