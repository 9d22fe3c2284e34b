/** git itself, where it is installed: what this product writes is read by it, and the other way round. */
import { execFileSync, spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { Effect, type Scope } from "effect"

/** Nothing of the machine's own set-up, and dates that do not move. */
const environment = {
  PATH: process.env["PATH"] ?? "",
  HOME: "/nonexistent",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_TERMINAL_PROMPT: "0",
  GIT_AUTHOR_NAME: "A U Thor",
  GIT_AUTHOR_EMAIL: "author@example.com",
  GIT_COMMITTER_NAME: "A U Thor",
  GIT_COMMITTER_EMAIL: "author@example.com",
  LC_ALL: "C",
}

/** Why there is none, or `undefined` when there is. With CI=true its absence is a failure, not a reason to skip. */
export const gitMissing = (): string | undefined => {
  if (spawnSync("git", ["--version"]).status === 0) return undefined
  if (process.env["CI"] === "true") throw new Error("git is not installed")
  return "git is not installed"
}

/** The program that serves repositories over HTTP. */
export const httpBackend = (): string =>
  join(execFileSync("git", ["--exec-path"], { encoding: "utf8" }).trim(), "git-http-backend")

/** What git says, without the last line feed; dies with git's words when it fails. */
export const realGit = (dir: string, ...args: ReadonlyArray<string>): string => gitIn(dir, args).replace(/\n$/, "")

/** With variables, and the output as it is. */
export const gitIn = (
  dir: string,
  args: ReadonlyArray<string>,
  env: Readonly<Record<string, string>> = {},
  input?: string,
): string => {
  const { status, stderr, stdout } = spawnSync("git", args, {
    cwd: dir,
    env: { ...environment, ...env },
    encoding: "utf8",
    maxBuffer: 256 * 1024 * 1024,
    ...(input === undefined ? {} : { input }),
  })
  if (status !== 0) throw new Error(`git ${args.join(" ")}: ${stderr}`)
  return stdout
}

/** An empty folder by its real path, gone with the scope. */
export const temporaryFolder: Effect.Effect<string, never, Scope.Scope> = Effect.acquireRelease(
  Effect.sync(() => realpathSync(mkdtempSync(join(tmpdir(), "git-test-")))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true })),
)

/** Writes a file, with the folders above it. */
export const put = (dir: string, path: string, content: string | Uint8Array, mode?: number): void => {
  mkdirSync(dirname(join(dir, path)), { recursive: true })
  writeFileSync(join(dir, path), content, mode === undefined ? {} : { mode })
}

/** A root with a repository `work` in it, made by git. */
export const madeRepo = Effect.map(temporaryFolder, (root) => {
  const work = join(root, "work")
  mkdirSync(work)
  realGit(work, "init", "-q", "-b", "main")
  realGit(work, "config", "user.name", "Repo Author")
  realGit(work, "config", "user.email", "repo@example.com")
  return { root, work }
})
