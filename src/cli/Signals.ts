/**
 * Hears the signals that ask for the end from the program's first line on: nothing is to be given back before a
 * program runs, so the process ends at once; then `run` takes over. Free of imports but the table.
 */
import { codeAfter, type Kind, type Signal, SIGNALS } from "./Ending.ts"

/** The one listener of each signal. */
export interface Signals {
  /** From now on signals go there. */
  readonly handOver: (to: (signal: Signal) => void) => void
}

/** Listens. Whom the process works for is asked when a signal comes. */
export const hearSignals = (kind: () => Kind): Signals => {
  let heard = (signal: Signal): void => process.exit(codeAfter(kind(), signal))
  for (const signal of SIGNALS) process.on(signal, () => heard(signal))
  return {
    handOver: (to) => {
      heard = to
    },
  }
}
