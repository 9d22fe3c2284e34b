/** The GitHub agent: git within the git root. It leases no AWS credentials; Vault gives it what a remote asks for, by its own token. */
import { Duration } from "effect"
import { RESTART } from "../../core/Restarts.ts"
import type { Role } from "../Agent.ts"
import { STALL, toolsOf } from "./Common.ts"

export const githubRole: Role = {
  name: "github",
  says: "git: status, add, commit, push, pull, branch, log, diff, clone",
  tools: toolsOf("git"),
  concurrency: 8,
  mailbox: 64,
  stall: STALL,
  budget: { tasks: 2000, calls: 2000, per: Duration.hours(1) },
  restart: RESTART,
}
