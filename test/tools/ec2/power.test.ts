import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { ec2Tools } from "../../../src/tools/ec2/tools.ts"
import { done, failed, says, scriptedAws } from "../../kit/ScriptedAws.ts"

const ID = "i-0123456789abcdef0"

const changed = (previous: string, current: string) => ({
  InstanceId: ID,
  PreviousState: { Name: previous },
  CurrentState: { Name: current },
})

const seen = (state: string) => ({ Reservations: [{ Instances: [{ InstanceId: ID, State: { Name: state } }] }] })

/** An instance that is stopping, and whose states are then seen one after the other; the last one stays. */
const stopping = (...states: ReadonlyArray<string>) =>
  scriptedAws(({ operation }, n) =>
    operation === "StopInstances"
      ? { StoppingInstances: [changed("running", "stopping")] }
      : seen(states[n - 2] ?? states.at(-1) ?? ""),
  )

describe("power", () => {
  it.effect("without wait the change is told as EC2 tells it, and nothing more is asked", () =>
    Effect.gen(function* () {
      const aws = stopping("stopped")
      const result = done(yield* aws.call(ec2Tools, "ec2_stop_instance", { instance_id: ID }))
      assert.deepEqual(result, { instance_id: ID, previous_state: "running", current_state: "stopping" })
      assert.deepEqual(
        aws.sent.map(({ idempotent, input, operation }) => ({ idempotent, input, operation })),
        [{ idempotent: true, operation: "StopInstances", input: { InstanceIds: [ID] } }],
      )
    }),
  )

  it.effect("a wait looks again until the state is reached and tells each look", () =>
    Effect.gen(function* () {
      const aws = stopping("stopping", "stopping", "stopped")
      const fiber = yield* Effect.forkChild(
        aws.call(ec2Tools, "ec2_stop_instance", { instance_id: ID, wait: true, force: true }),
        { startImmediately: true },
      )
      yield* TestClock.adjust("1 minute")
      const result = done(yield* Fiber.join(fiber))
      assert.deepEqual(result, { instance_id: ID, previous_state: "running", current_state: "stopped" })
      assert.deepEqual(
        aws.steps.map(({ message, progress }) => [progress, message]),
        [
          [1, `${ID} is stopping`],
          [2, `${ID} is stopping`],
          [3, `${ID} is stopped`],
        ],
      )
      assert.deepEqual(aws.sent[0]?.input, { InstanceIds: [ID], Force: true })
    }),
  )

  it.effect("a wait ends after five minutes and says where the instance got stuck", () =>
    Effect.gen(function* () {
      const aws = stopping("stopping")
      const fiber = yield* Effect.forkChild(aws.call(ec2Tools, "ec2_stop_instance", { instance_id: ID, wait: true }), {
        startImmediately: true,
      })
      yield* TestClock.adjust("4 minutes")
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust("61 seconds")
      const result = done(yield* Fiber.join(fiber))
      assert.strictEqual(result["current_state"], "stopping")
      assert.match(String(result["message"]), /it is stopping, not stopped/)
      const total = aws.steps[0]?.total ?? 0
      assert.isTrue(aws.steps.every(({ progress }, i) => progress === i + 1 && progress <= total))
    }),
  )

  it.effect("an instance that is terminated meanwhile ends the wait at once", () =>
    Effect.gen(function* () {
      const aws = stopping("terminated")
      const result = done(yield* aws.call(ec2Tools, "ec2_stop_instance", { instance_id: ID, wait: true }))
      assert.match(String(result["message"]), /it is terminated, not stopped/)
    }),
  )

  it.effect("an instance that is there already is not waited for", () =>
    Effect.gen(function* () {
      const aws = scriptedAws(() => ({ StartingInstances: [changed("running", "running")] }))
      const result = done(yield* aws.call(ec2Tools, "ec2_start_instance", { instance_id: ID, wait: true }))
      assert.strictEqual(result["current_state"], "running")
      assert.strictEqual(aws.sent.length, 1)
    }),
  )

  it.effect("a refusal while it waits is told, not waited out", () =>
    Effect.gen(function* () {
      const aws = scriptedAws((_call, n) =>
        n === 1 ? { StartingInstances: [changed("stopped", "pending")] } : says("UnauthorizedOperation"),
      )
      const outcome = yield* aws.call(ec2Tools, "ec2_start_instance", { instance_id: ID, wait: true })
      assert.strictEqual(failed(outcome).code, "UnauthorizedOperation")
    }),
  )

  it.effect("a dry run that would be allowed changes nothing and shows the present state", () =>
    Effect.gen(function* () {
      const aws = scriptedAws(({ operation }) =>
        operation === "StartInstances" ? says("DryRunOperation") : seen("stopped"),
      )
      const result = done(
        yield* aws.call(ec2Tools, "ec2_start_instance", { instance_id: ID, dry_run: true, wait: true }),
      )
      assert.deepInclude(result, { previous_state: "stopped", current_state: "stopped" })
      assert.match(String(result["message"]), /Nothing was changed/)
      assert.deepEqual(aws.sent[0]?.input, { InstanceIds: [ID], DryRun: true })
    }),
  )

  it.effect("a dry run that would be refused is a failure", () =>
    Effect.gen(function* () {
      const aws = scriptedAws(() => says("UnauthorizedOperation"))
      const outcome = yield* aws.call(ec2Tools, "ec2_stop_instance", { instance_id: ID, dry_run: true })
      assert.strictEqual(failed(outcome).code, "UnauthorizedOperation")
      assert.strictEqual(aws.sent.length, 1)
    }),
  )

  it.effect("force and hibernate together are refused before anything is sent", () =>
    Effect.gen(function* () {
      const aws = stopping("stopped")
      const outcome = yield* aws.call(ec2Tools, "ec2_stop_instance", { instance_id: ID, force: true, hibernate: true })
      assert.strictEqual(failed(outcome).code, "invalid_arguments")
      assert.deepEqual(aws.sent, [])
    }),
  )

  /** Refuses the first start, as EC2 does while the instance is stopping; then it is seen in these states, the last stays. */
  const startRefused = (...states: ReadonlyArray<string>) => {
    let starts = 0
    let looks = 0
    return scriptedAws(({ operation }) => {
      if (operation !== "StartInstances") return seen(states[looks++] ?? states.at(-1) ?? "")
      return starts++ === 0 ? says("IncorrectInstanceState") : { StartingInstances: [changed("stopped", "pending")] }
    })
  }
  const start = (aws: ReturnType<typeof startRefused>, more: object = {}) =>
    Effect.forkChild(aws.call(ec2Tools, "ec2_start_instance", { instance_id: ID, ...more }), { startImmediately: true })

  it.effect("an instance that is still stopping is started once it is stopped, and every look is told", () =>
    Effect.gen(function* () {
      const aws = startRefused("stopping", "stopping", "stopped")
      const fiber = yield* start(aws)
      yield* TestClock.adjust("3 seconds")
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust("1 second")
      const result = done(yield* Fiber.join(fiber))
      assert.deepEqual(result, { instance_id: ID, previous_state: "stopped", current_state: "pending" })
      assert.deepEqual(
        aws.sent.map(({ operation }) => operation),
        ["StartInstances", ...[1, 2, 3].map(() => "DescribeInstances"), "StartInstances"],
      )
      assert.deepEqual(
        aws.steps.map(({ message, progress }) => [progress, message]),
        [
          [1, `${ID} is stopping`],
          [2, `${ID} is stopping`],
          [3, `${ID} is stopped`],
        ],
      )
    }),
  )

  it.effect("a start that waits before and after tells progress that only grows", () =>
    Effect.gen(function* () {
      const aws = startRefused("stopping", "stopped", "pending", "running")
      const fiber = yield* start(aws, { wait: true })
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(done(yield* Fiber.join(fiber))["current_state"], "running")
      assert.deepEqual(
        aws.steps.map(({ progress }) => progress),
        [1, 2, 3, 4],
      )
    }),
  )

  it.effect("a stopping that does not end is waited for five minutes, and nothing is started", () =>
    Effect.gen(function* () {
      const aws = startRefused("stopping")
      const fiber = yield* start(aws)
      yield* TestClock.adjust("4 minutes")
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust("61 seconds")
      const { code, text } = failed(yield* Fiber.join(fiber))
      assert.strictEqual(code, "IncorrectInstanceState")
      assert.match(text, /was not started: it is still stopping after 5 minutes/)
      assert.strictEqual(aws.sent.filter(({ operation }) => operation === "StartInstances").length, 1)
    }),
  )

  it.effect("what cannot be started in any other state is refused at once, with that state", () =>
    Effect.gen(function* () {
      const aws = startRefused("terminated")
      const { code, text } = failed(yield* aws.call(ec2Tools, "ec2_start_instance", { instance_id: ID }))
      assert.strictEqual(code, "IncorrectInstanceState")
      assert.match(text, /It is terminated/)
      assert.strictEqual(aws.sent.length, 2)
    }),
  )

  it.effect("a start that is refused once more is not tried a third time, and a stop that is refused not again", () =>
    Effect.gen(function* () {
      const refusing = () =>
        scriptedAws(({ operation }) =>
          operation === "DescribeInstances" ? seen("stopped") : says("IncorrectInstanceState"),
        )
      const aws = refusing()
      assert.strictEqual(
        failed(yield* aws.call(ec2Tools, "ec2_start_instance", { instance_id: ID })).code,
        "IncorrectInstanceState",
      )
      assert.strictEqual(aws.sent.length, 3)
      const other = refusing()
      assert.strictEqual(
        failed(yield* other.call(ec2Tools, "ec2_stop_instance", { instance_id: ID })).code,
        "IncorrectInstanceState",
      )
      assert.strictEqual(other.sent.length, 1)
    }),
  )

  it.effect("a dry run of a start waits for nothing", () =>
    Effect.gen(function* () {
      const aws = startRefused("stopping")
      const outcome = yield* aws.call(ec2Tools, "ec2_start_instance", { instance_id: ID, dry_run: true })
      assert.strictEqual(failed(outcome).code, "IncorrectInstanceState")
      assert.strictEqual(aws.sent.length, 1)
    }),
  )
})
