/** moto's server, an independent AWS, where it is installed (`bash scripts/moto.sh`). */
import { spawn } from "node:child_process"
import { existsSync } from "node:fs"
import { createServer } from "node:net"
import { fileURLToPath } from "node:url"

const binary = fileURLToPath(new URL("../../.venv/bin/moto_server", import.meta.url))

/** Why there is none, or `undefined` when there is. With CI=true its absence is a failure, not a reason to skip. */
export const motoMissing = (): string | undefined => {
  if (existsSync(binary)) return undefined
  if (process.env["CI"] === "true") throw new Error("moto is not installed: bash scripts/moto.sh")
  return "moto is not installed: bash scripts/moto.sh"
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.on("error", reject)
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      server.close(() =>
        typeof address === "object" && address !== null ? resolve(address.port) : reject(new Error("no port")),
      )
    })
  })

const answers = async (url: string): Promise<boolean> =>
  fetch(`${url}/moto-api/`).then(
    () => true,
    () => false,
  )

/** Starts it on a free port; `stop` ends it. */
export const startMoto = async (): Promise<{ readonly url: string; readonly stop: () => void }> => {
  const port = await freePort()
  const child = spawn(binary, ["-H", "127.0.0.1", "-p", String(port)], { stdio: "ignore" })
  const url = `http://127.0.0.1:${port}`
  for (let i = 0; i < 300; i++) {
    if (await answers(url)) return { url, stop: () => child.kill("SIGKILL") }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  child.kill("SIGKILL")
  throw new Error("moto did not start within 30 s")
}
