/**
 * Starting and stopping one instance: tried only (dry run), done, or done and waited for. EC2 refuses to start what is
 * still stopping, so that is awaited first.
 */
import { Effect, Result, Schedule } from "effect"
import type { InstanceStateChange, StartInstancesCommandOutput, StopInstancesCommandOutput } from "@aws-sdk/client-ec2"
import type { AwsError } from "../../aws/AwsError.ts"
import { type Place, sendRaw } from "../AwsSend.ts"
import { ToolFailure, toolFailure } from "../ToolFailure.ts"
import { ToolCall } from "../ToolCall.ts"
import { describeInstance } from "./handlers.ts"

type Input = Place & { readonly instance_id: string; readonly dry_run?: boolean; readonly wait?: boolean }

/** A wait looks this often, and so many times: five minutes. */
const LOOKS = 150
const PAUSE = "2 seconds"

const change = (id: string, changes: ReadonlyArray<InstanceStateChange> | undefined) => ({
  instance_id: id,
  previous_state: changes?.[0]?.PreviousState?.Name ?? "unknown",
  current_state: changes?.[0]?.CurrentState?.Name ?? "unknown",
})

/** Looks until a state ends the wait, telling each look; a second wait of the same call counts on. Gives the last state. */
const makeLookUntil = (input: Input) => {
  let looks = 0
  return Effect.fnUntraced(function* (over: (state: string) => boolean) {
    const { progress } = yield* ToolCall
    const total = looks + LOOKS
    const look = Effect.gen(function* () {
      const state = (yield* describeInstance(input)).State?.Name ?? "unknown"
      looks++
      yield* progress({ progress: looks, total, message: `${input.instance_id} is ${state}` })
      return state
    })
    return yield* look.pipe(
      Effect.repeat({ schedule: Schedule.max([Schedule.spaced(PAUSE), Schedule.recurs(LOOKS - 1)]), until: over }),
      Effect.map((state) => (typeof state === "string" ? state : "unknown")),
    )
  })
}

type LookUntil = ReturnType<typeof makeLookUntil>

/** Waits until the state is the wanted one. A state that cannot lead there ends the wait. */
const waitFor = Effect.fnUntraced(function* (
  lookUntil: LookUntil,
  { current_state: from, instance_id, previous_state }: ReturnType<typeof change>,
  wanted: string,
) {
  const last = yield* lookUntil((state) => state === wanted || state === "terminated")
  const result = { instance_id, previous_state, current_state: last }
  return last === wanted
    ? result
    : { ...result, message: `After the wait it is ${last}, not ${wanted}; it was ${from} when the wait began.` }
})

/** Waits out the stopping for which a start was refused; what is in another state stays refused. */
const waitStopped = Effect.fnUntraced(function* (lookUntil: LookUntil, id: string, refusal: AwsError) {
  const last = yield* lookUntil((state) => state !== "stopping")
  if (last === "stopped") return
  const { code, requestId } = refusal
  return yield* toolFailure({
    code,
    requestId,
    message:
      last === "stopping"
        ? `${id} was not started: it is still stopping after 5 minutes. Start it again once it is stopped; ec2_stop_instance with force ends a stopping that hangs.`
        : `${refusal.message} It is ${last}.`,
  })
})

const power = (
  operation: "StartInstances" | "StopInstances",
  wanted: string,
  extra: (input: Input) => Readonly<Record<string, unknown>>,
  changesOf: (output: unknown) => ReadonlyArray<InstanceStateChange> | undefined,
) =>
  Effect.fnUntraced(function* (input: Input) {
    const id = input.instance_id
    const lookUntil = makeLookUntil(input)
    const send = sendRaw<unknown>(input, {
      service: "ec2",
      operation,
      idempotent: true, // starting a running instance changes nothing, nor does stopping a stopped one
      input: { InstanceIds: [id], ...extra(input), ...(input.dry_run === true ? { DryRun: true } : {}) },
    })
    let sent = yield* Effect.result(send)
    if (
      operation === "StartInstances" &&
      input.dry_run !== true &&
      Result.isFailure(sent) &&
      sent.failure.code === "IncorrectInstanceState"
    ) {
      yield* waitStopped(lookUntil, id, sent.failure)
      sent = yield* Effect.result(send)
    }
    if (Result.isFailure(sent)) {
      if (input.dry_run !== true || sent.failure.code !== "DryRunOperation") return yield* toolFailure(sent.failure)
      const state = (yield* describeInstance(input)).State?.Name ?? "unknown"
      return {
        instance_id: id,
        previous_state: state,
        current_state: state,
        message: "Dry run: AWS would allow it. Nothing was changed.",
      }
    }
    const done = change(id, changesOf(sent.success))
    if (input.wait !== true || done.current_state === wanted) return done
    return yield* waitFor(lookUntil, done, wanted).pipe(
      Effect.mapError(({ code, requestId, what }) =>
        toolFailure({
          code,
          requestId,
          message: `${operation} was accepted (${id} was ${done.previous_state}), but what became of it could not be seen: ${what}`,
          unsure: true,
        }),
      ),
    )
  })

export const startInstance = power(
  "StartInstances",
  "running",
  () => ({}),
  (output) => (output as StartInstancesCommandOutput).StartingInstances, // the SDK's type of this operation
)

/** `force` skips the file systems' flush; `hibernate` keeps the memory's content where the instance is set up for it. */
export const stopInstance = (input: Input & { readonly force?: boolean; readonly hibernate?: boolean }) =>
  input.force === true && input.hibernate === true
    ? Effect.fail(
        new ToolFailure({
          code: "invalid_arguments",
          what: "force and hibernate exclude each other; nothing was sent.",
        }),
      )
    : power(
        "StopInstances",
        "stopped",
        () => ({
          ...(input.force === true ? { Force: true } : {}),
          ...(input.hibernate === true ? { Hibernate: true } : {}),
        }),
        (output) => (output as StopInstancesCommandOutput).StoppingInstances, // the SDK's type of this operation
      )(input)
