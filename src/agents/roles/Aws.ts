/** The AWS agent: every AWS operation, on an engine role of its own. */
import { Duration } from "effect"
import { RESTART } from "../../core/Restarts.ts"
import type { Role } from "../Agent.ts"
import { STALL, toolsOf } from "./Common.ts"

export const awsRole: Role = {
  name: "aws",
  says: "S3, EC2, Lambda, DynamoDB and every other AWS operation",
  tools: toolsOf("s3", "ec2", "aws"),
  // Workflows run over accounts and regions: as many calls at once as they may ask for.
  concurrency: 64,
  mailbox: 256,
  stall: STALL,
  budget: { tasks: 20_000, calls: 20_000, per: Duration.hours(1) },
  restart: RESTART,
}
