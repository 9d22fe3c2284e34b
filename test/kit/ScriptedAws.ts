/** Tools over an AWS that answers from a script: what they ask, what they make of the answer, and how they wait. */
import { Effect, Layer, Predicate } from "effect"
import { AwsError, Service } from "../../src/aws/AwsError.ts"
import { type AwsCall, AwsSession } from "../../src/aws/AwsSession.ts"
import { AppConfig } from "../../src/config/AppConfig.ts"
import { Gate } from "../../src/guard/Gate.ts"
import { Redactor } from "../../src/guard/Redactor.ts"
import type { Outcome, Tool } from "../../src/tools/Guarded.ts"
import { ToolCall } from "../../src/tools/ToolCall.ts"
import { config } from "./FakeVault.ts"

/** What one progress message told. */
type Step = Parameters<ToolCall["Service"]["progress"]>[0]

/** AWS's refusal of a call. */
export const says = (code: string, words = "said by the script"): AwsError =>
  new AwsError({ reason: new Service({ service: "s3", operation: "X", code, words, requestId: "R1", status: 400 }) })

/** `answer` gives an operation's output, or the error that AWS tells instead; `n` counts the calls from 1. */
export const scriptedAws = (answer: (call: AwsCall, n: number) => object) => {
  const sent: Array<AwsCall> = []
  const steps: Array<Step> = []
  const session = AwsSession.of({
    region: () => Effect.succeed("us-east-1"),
    send: (call) =>
      Effect.suspend(() => {
        sent.push(call)
        const output = answer(call, sent.length)
        return output instanceof AwsError ? Effect.fail(output) : Effect.succeed(output)
      }),
  })
  const layer = Layer.mergeAll(
    Layer.succeed(AwsSession, session),
    Layer.succeed(ToolCall, {
      principal: "agent-7",
      progress: (step) => Effect.sync(() => void steps.push(step)),
    }),
    Redactor.layer,
    Gate.layer.pipe(Layer.provide(Layer.succeed(AppConfig, config))),
  )
  /** Calls the tool of that name. */
  const call = (tools: ReadonlyArray<Tool<AwsSession>>, name: string, args: object = {}): Effect.Effect<Outcome> => {
    const tool = tools.find(({ meta }) => meta.name === name)
    return tool === undefined ? Effect.die(new Error(`no tool ${name}`)) : Effect.provide(tool.call(args), layer)
  }
  return { sent, steps, call }
}

/** The result of a call that must succeed. */
export const done = (outcome: Outcome): Readonly<Record<string, unknown>> => {
  if (outcome._tag === "Done") return outcome.value
  throw new Error(outcome.text)
}

/** Code and words of a call that must fail. */
export const failed = (outcome: Outcome): { readonly code: string; readonly text: string } => {
  if (outcome._tag === "Failed") return { code: outcome.code, text: outcome.text }
  throw new Error(`it succeeded: ${JSON.stringify(outcome.value)}`)
}

/** A member of whatever it is. */
export const member = (value: unknown, name: string): unknown =>
  Predicate.hasProperty(value, name) ? value[name] : undefined
