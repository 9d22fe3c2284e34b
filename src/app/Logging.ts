/** Where words for operators go: stderr, one line each, through the redactor. stdout belongs to the protocol or to results. */
import { Effect, Layer, Logger, type LogLevel, References } from "effect"
import { Redactor } from "../guard/Redactor.ts"

/** Loggers that write `time level message key=value` to stderr and never a secret. */
export const layerLogging = (level: LogLevel.LogLevel): Layer.Layer<never, never, Redactor> =>
  Layer.mergeAll(
    Layer.unwrap(
      Effect.gen(function* () {
        const redactor = yield* Redactor
        return Logger.layer([
          Logger.map(Logger.formatLogFmt, (line) => {
            process.stderr.write(`${redactor.text(line)}\n`)
          }),
        ])
      }),
    ),
    Layer.succeed(References.MinimumLogLevel, level),
  )
