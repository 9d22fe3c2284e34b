/** Where words for operators go: stderr, one line each, through the redactor. stdout belongs to the protocol or to results. */
import { Effect, Layer, Logger, type LogLevel, References } from "effect"
import { Redactor } from "../guard/Redactor.ts"

const layerOf = (
  level: LogLevel.LogLevel,
  format: Logger.Logger<unknown, string>,
  write: (line: string) => void,
): Layer.Layer<never, never, Redactor> =>
  Layer.mergeAll(
    Layer.unwrap(
      Effect.map(Redactor, (redactor) => Logger.layer([Logger.map(format, (line) => write(redactor.text(line)))])),
    ),
    Layer.succeed(References.MinimumLogLevel, level),
  )

/** Loggers that write `time level message key=value` to stderr and never a secret. */
export const layerLogging = (level: LogLevel.LogLevel): Layer.Layer<never, never, Redactor> =>
  layerOf(level, Logger.formatLogFmt, (line) => {
    process.stderr.write(`${line}\n`)
  })

/** For a person before a terminal: just the words, to wherever they may stand. */
export const layerTelling = (
  level: LogLevel.LogLevel,
  tell: (line: string) => void,
): Layer.Layer<never, never, Redactor> => {
  const words = Logger.make(({ logLevel, message }) => {
    const parts = (Array.isArray(message) ? message : [message]).map((one) =>
      typeof one === "string" ? one : JSON.stringify(one),
    )
    return `${logLevel.toLowerCase()}: ${parts.join(" ")}`
  })
  return layerOf(level, words, tell)
}
