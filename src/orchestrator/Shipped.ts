/** The shipped workflows, read. */
import { LIBRARY } from "./Library.ts"
import { readPlan } from "./PlanFile.ts"
import type { Workflow } from "./WorkflowModel.ts"

/** All of them; a test has read each. */
export const shippedWorkflows = (): ReadonlyArray<Workflow> =>
  [...LIBRARY].flatMap(([name, text]) => {
    const read = readPlan(`${name}.yaml`, text)
    return read._tag === "Success" ? [read.success.workflow] : []
  })
