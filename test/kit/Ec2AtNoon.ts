/** The seeded EC2, started at {@link NOON} of the test clock, as AwsCalls dates its calls. */
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { makeEc2 } from "../../src/sandbox/aws/Ec2.ts"
import { seeded } from "../../src/sandbox/Seed.ts"
import { NOON } from "./AwsCalls.ts"

/** A fresh service. */
export const ec2AtNoon = Effect.andThen(TestClock.setTime(NOON), makeEc2(seeded.regions))
