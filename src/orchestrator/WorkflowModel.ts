/**
 * What a workflow file says. Loose where a later version may add, strict where a slip of the hand would change what is
 * done: unknown keys are refused by name. The published JSON Schema is made of this: of patterns, it has those with the
 * flag `u`.
 */
import { type Duration, Schema } from "effect"
import { parseSpan, SPAN } from "../core/Span.ts"

/** Names of steps: as JMESPath writes a member without quotes. */
const Id = Schema.String.check(
  Schema.isPattern(/^[a-z][a-z0-9_]{0,39}$/u, {
    message: "expected lower case letters, digits and _, at most 40, a letter first",
  }),
).annotate({ description: "lower case letters, digits and _" })

const Span = Schema.String.check(
  Schema.isPattern(SPAN, { message: "expected a length of time such as 30s or 5m" }),
).annotate({ description: "a length of time: 30s, 5m, 1h" })

const Args = Schema.Record(Schema.String, Schema.Json).annotate({
  description: "arguments of the tool; a text may hold ${…} references to inputs, steps, item, account and region",
})

const whole = (least: number, most: number, description: string) =>
  Schema.Int.check(Schema.isBetween({ minimum: least, maximum: most })).annotate({ description })

/** `true`: all there are; else these, or a reference to a list. */
const Places = Schema.Union([Schema.Literal(true), Schema.Array(Schema.String), Schema.String])

const ForEach = Schema.Union([
  Schema.String.annotate({ description: "a reference to a list: ${inputs.names}" }),
  Schema.Array(Schema.Json).annotate({ description: "the items themselves" }),
  Schema.Struct({
    accounts: Schema.optionalKey(Places.annotate({ description: "true for all that are configured" })),
    regions: Schema.optionalKey(
      Places.annotate({ description: "true for those of the account, asked of AWS where none are configured" }),
    ),
    units: Schema.optionalKey(
      Schema.String.annotate({ description: "a step: one unit for each of its units that was done" }),
    ),
    items: Schema.optionalKey(
      Schema.String.annotate({ description: "with units: the list in that unit, a JMESPath such as result.buckets" }),
    ),
  }),
])

const Step = Schema.Struct({
  id: Id,
  agent: Schema.String.annotate({ description: "the agent that does it" }),
  tool: Schema.String.annotate({ description: "the tool that is called" }),
  input: Schema.optionalKey(Args),
  needs: Schema.optionalKey(
    Schema.Array(Schema.String).annotate({
      description: "steps that end before; those that are referred to count by themselves",
    }),
  ),
  forEach: Schema.optionalKey(ForEach),
  when: Schema.optionalKey(
    Schema.String.annotate({
      description: "a JMESPath on inputs, steps, item, account and region; left out when it is false or empty",
    }),
  ),
  retry: Schema.optionalKey(
    Schema.Struct({ times: whole(1, 10, "attempts after the first"), delay: Schema.optionalKey(Span) }),
  ),
  timeout: Schema.optionalKey(Span),
  concurrency: Schema.optionalKey(whole(1, 256, "units of this step at once")),
  onError: Schema.optionalKey(
    Schema.Literals(["stop", "continue"]).annotate({ description: "stop: nothing new is started, and undo is run" }),
  ),
  tell: Schema.optionalKey(
    Schema.String.annotate({ description: "the unit's line in the table; may refer to its result" }),
  ),
  undo: Schema.optionalKey(
    Schema.Struct({ tool: Schema.String, input: Schema.optionalKey(Args) }).annotate({
      description: "called for units that were done when the run is cancelled or stopped; `result` is the unit's",
    }),
  ),
})

const Input = Schema.Struct({
  description: Schema.optionalKey(Schema.String),
  default: Schema.optionalKey(Schema.Json.annotate({ description: "without it the input must be given" })),
})

/** A workflow file. */
export const Workflow = Schema.Struct({
  $schema: Schema.optionalKey(
    Schema.String.annotate({ description: "where this schema is, for editors; not looked at" }),
  ),
  name: Schema.String.check(
    Schema.isPattern(/^[a-z][a-z0-9-]{0,39}$/u, {
      message: "expected lower case letters, digits and -, at most 40, a letter first",
    }),
  ),
  description: Schema.optionalKey(Schema.String),
  inputs: Schema.optionalKey(Schema.Record(Schema.String.check(Schema.isPattern(/^[a-z][a-z0-9_]{0,39}$/u)), Input)),
  steps: Schema.Array(Step).check(Schema.isMinLength(1), Schema.isMaxLength(100)),
})
export type Workflow = typeof Workflow.Type
export type Step = typeof Step.Type

/** A length of time that the schema has checked. */
export const spanOf = (text: string | undefined, otherwise: Duration.Duration): Duration.Duration =>
  (text === undefined ? undefined : parseSpan(text)) ?? otherwise

/** What a run's inputs are, by name. */
export type Inputs = Readonly<Record<string, Schema.Json>>
