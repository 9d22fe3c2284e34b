/** Whether a failed change may have happened: the word of every service, on its way to whoever would repeat it. */
import { assert, describe, it } from "@effect/vitest"
import {
  AgentCrashed,
  AgentError,
  AgentStopped,
  MailboxFull,
  TaskInterrupted,
  TaskStalled,
} from "../../src/agents/AgentError.ts"
import { AwsError, NoLease, OutcomeUnknown, Service, Throttled, Unreachable } from "../../src/aws/AwsError.ts"
import { FleetError, NoAnswer, ServerRefused } from "../../src/fleet/FleetError.ts"
import { gitError } from "../../src/git/GitError.ts"
import { outcomeUnknown } from "../../src/git/RemoteWords.ts"
import { ToolFailure, toolFailure } from "../../src/tools/ToolFailure.ts"
import { KvCasMismatch, KvOutcomeUnknown } from "../../src/vault/kv/KvReason.ts"
import { VaultError } from "../../src/vault/VaultError.ts"
import { OutcomeUnknown as VaultOutcomeUnknown, Server } from "../../src/vault/VaultReason.ts"

const call = { service: "s3", operation: "PutObject" }
const answer = (status: number) => ({ ...call, code: "InternalError", words: "w", status })
const server = { server: "s", what: "the call of t" }

describe("a tool's failure", () => {
  it("says that a change may have happened where the service's error does", () => {
    for (const error of [
      new AwsError({ reason: new OutcomeUnknown({ ...call, detail: "d" }) }),
      new AwsError({ reason: new Unreachable({ ...call, detail: "d", sent: true }) }),
      new AwsError({ reason: new Service(answer(500)) }),
      new VaultError({ reason: new VaultOutcomeUnknown({ path: "aws/creds/r", detail: "d" }) }),
      new VaultError({ reason: new KvOutcomeUnknown({ path: "secret/a", detail: "d" }) }),
      outcomeUnknown("d"),
      new FleetError({ reason: new NoAnswer({ ...server, why: "late", sent: true }) }),
      new AgentError({ reason: new TaskStalled({ agent: "a", what: "t", seconds: 1 }) }),
      new AgentError({ reason: new TaskInterrupted({ agent: "a", what: "t" }) }),
      new AgentError({ reason: new AgentCrashed({ agent: "a", final: false }) }),
      new AgentError({ reason: new AgentStopped({ agent: "a", began: true }) }),
    ]) {
      assert.deepEqual(
        toolFailure(error),
        new ToolFailure({
          code: error.code,
          what: error.message,
          unsure: true,
        }),
        error.message,
      )
      assert.match(error.message, /may have|may or may not/)
    }
  })

  it("does not where nothing was sent, or the answer says that nothing was done", () => {
    for (const error of [
      new AwsError({ reason: new Unreachable({ ...call, detail: "d", sent: false }) }),
      new AwsError({ reason: new Service(answer(400)) }),
      new AwsError({ reason: new Service(answer(503)) }),
      new AwsError({ reason: new Throttled(answer(503)) }),
      // Vault's own call is unknown, and AWS was not asked at all.
      new AwsError({ reason: new NoLease({ code: "vault_outcome_unknown", what: "w" }) }),
      new VaultError({ reason: new KvCasMismatch({ path: "secret/a", cas: 1 }) }),
      new VaultError({ reason: new Server({ status: 412, text: "t" }) }),
      gitError("git_rejected", "w"),
      new FleetError({ reason: new NoAnswer({ ...server, why: "gone", sent: false }) }),
      new FleetError({ reason: new ServerRefused({ ...server, error: -32602, says: "no" }) }),
      new AgentError({ reason: new MailboxFull({ agent: "a", capacity: 1 }) }),
      new AgentError({ reason: new AgentCrashed({ agent: "a", final: true }) }),
      new AgentError({ reason: new AgentStopped({ agent: "a", began: false }) }),
    ]) {
      const failure = toolFailure(error)
      assert.deepEqual([failure.code, failure.what, failure.unsure], [error.code, error.message, undefined])
    }
  })
})
