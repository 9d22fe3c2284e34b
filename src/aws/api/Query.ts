/**
 * JMESPath over a result, as `--query` of the AWS CLI. The expression is a model's, the evaluator is synchronous, and a
 * short expression can double a list a hundred times over: it gets half a second, then it is ended.
 */
import { runInNewContext } from "node:vm"
import { Data, Effect } from "effect"
import { oneLine } from "../../core/Text.ts"
import { ApiError, BadQuery } from "./ApiError.ts"

/** An expression that parses. */
export interface Query {
  /** The part of `data` that is asked for; `null` when there is none. Fails when it cannot be evaluated on this data. */
  readonly apply: (data: unknown) => Effect.Effect<unknown, QueryFailed>
}

/** An expression could not be evaluated. */
export class QueryFailed extends Data.TaggedError("QueryFailed")<{
  readonly problem: string
  /** Only this data does not suit: a function met a type that it does not take. */
  readonly ofData: boolean
}> {
  override get message(): string {
    return this.problem
  }
}

/** Longest expression, in characters. */
const LONGEST = 1000
/** Longest evaluation, in milliseconds. */
const PATIENCE = 500

/** Checks an expression before anything is sent, by evaluating it on nothing. */
export const parseQuery = Effect.fnUntraced(function* (expression: string) {
  const bad = (problem: string) => new ApiError({ reason: new BadQuery({ problem }) })
  if (expression.length > LONGEST) return yield* bad(`it is longer than ${LONGEST} characters`)
  const { JMESPathTypeError, search } = yield* Effect.promise(() => import("@aws-lambda-powertools/jmespath"))
  const apply: Query["apply"] = (data) => {
    // data is what JSON.parse could have made
    const evaluate = () => search(expression, data as Parameters<typeof search>[1])
    return Effect.try({
      // The time limit of a script also ends functions of this realm that the script calls.
      try: (): unknown => runInNewContext("evaluate()", { evaluate }, { timeout: PATIENCE }),
      catch: (cause) => new QueryFailed({ problem: wordsOf(cause), ofData: cause instanceof JMESPathTypeError }),
    })
  }
  yield* apply(null).pipe(
    // A function that does not take null may well take what comes.
    Effect.catchTag("QueryFailed", ({ ofData, problem }) => (ofData ? Effect.void : Effect.fail(bad(problem)))),
  )
  return { apply } satisfies Query
})

const wordsOf = (cause: unknown): string => {
  const words = isError(cause) ? cause.message : String(cause)
  return /timed out/i.test(words) ? `it takes longer than ${PATIENCE} ms` : oneLine(words, 300)
}

/** An error may come of the script's own realm, whose classes are others. */
const isError = (cause: unknown): cause is { readonly message: string } =>
  typeof cause === "object" && cause !== null && "message" in cause && typeof cause.message === "string"
