/** Prints vitest's JSON report as one line, `N passed, N failed, N skipped`, after the names of what was skipped. */
import { readFileSync } from "node:fs"

interface Report {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly numTotalTests: number
  readonly numFailedTestSuites: number
  readonly testResults: ReadonlyArray<{
    readonly assertionResults: ReadonlyArray<{ readonly status: string; readonly fullName: string }>
  }>
}

// Our own reporter wrote the file in the run before.
const report = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")) as Report
const cases = report.testResults.flatMap((file) => file.assertionResults)
const count = (...statuses: ReadonlyArray<string>): number =>
  cases.filter(({ status }) => statuses.includes(status)).length
for (const one of cases)
  if (one.status === "skipped" || one.status === "pending") console.log(`skipped: ${one.fullName}`)
const failed = Math.max(count("failed"), report.numFailedTestSuites > 0 ? 1 : 0)
console.log(`${count("passed")} passed, ${failed} failed, ${count("skipped", "pending", "todo")} skipped`)
process.exitCode = failed > 0 || cases.length === 0 ? 1 : 0
