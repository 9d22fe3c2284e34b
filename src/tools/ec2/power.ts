/** Starting and stopping one instance: tried only (dry run), done, or done and waited for. */
import { Effect, Result, Schedule } from "effect"
import type { InstanceStateChange, StartInstancesCommandOutput, StopInstancesCommandOutput } from "@aws-sdk/client-ec2"
import { type Place, sendRaw } from "../AwsFailure.ts"
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

/** Looks until the state is the wanted one, telling each look. A state that cannot lead there ends the wait. */
const waitFor = Effect.fnUntraced(function* (input: Input, wanted: string, previous: string, from: string) {
  const { progress } = yield* ToolCall
  let looks = 0
  const look = Effect.gen(function* () {
    const state = (yield* describeInstance(input)).State?.Name ?? "unknown"
    looks++
    yield* progress({ progress: looks, total: LOOKS, message: `${input.instance_id} is ${state}` })
    return state
  })
  const over = (state: string): boolean => state === wanted || state === "terminated"
  const last = yield* look.pipe(
    Effect.repeat({ schedule: Schedule.max([Schedule.spaced(PAUSE), Schedule.recurs(LOOKS - 1)]), until: over }),
    Effect.map((state) => (typeof state === "string" ? state : "unknown")),
  )
  const result = { instance_id: input.instance_id, previous_state: previous, current_state: last }
  return last === wanted
    ? result
    : { ...result, message: `After the wait it is ${last}, not ${wanted}; it was ${from} when the wait began.` }
})

const power = (
  operation: "StartInstances" | "StopInstances",
  wanted: string,
  extra: (input: Input) => Readonly<Record<string, unknown>>,
  changesOf: (output: unknown) => ReadonlyArray<InstanceStateChange> | undefined,
) =>
  Effect.fnUntraced(function* (input: Input) {
    const id = input.instance_id
    const sent = yield* Effect.result(
      sendRaw<unknown>(input, {
        service: "ec2",
        operation,
        idempotent: true, // starting a running instance changes nothing, nor does stopping a stopped one
        input: { InstanceIds: [id], ...extra(input), ...(input.dry_run === true ? { DryRun: true } : {}) },
      }),
    )
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
    return yield* waitFor(input, wanted, done.previous_state, done.current_state).pipe(
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
