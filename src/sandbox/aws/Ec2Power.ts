/** StartInstances, StopInstances, RebootInstances and TerminateInstances: either all named instances change, or none. */
import { Effect } from "effect"
import { AwsRefusal } from "./AwsCall.ts"
import { byId, checkIds, type Ec2Call, endDryRun, itemSet, kinds, refuse } from "./Ec2Call.ts"
import { flagOf, valuesOf } from "./Ec2Form.ts"
import { stateXml } from "./Ec2Instances.ts"
import { forceStop, lifeAt, start, type StateName, stop, terminate, type Verb } from "./Ec2Life.ts"
import { ec2Arn, type Instance } from "./Ec2State.ts"
import { leaf } from "./XmlElement.ts"

/** The instances that the call names, once the action on each is allowed. A dry run ends here, before any state is looked at. */
const named = Effect.fnUntraced(function* (ec2: Ec2Call): Effect.fn.Return<ReadonlyArray<Instance>, AwsRefusal> {
  const ids = valuesOf(ec2.form, "InstanceId")
  if (ids.length === 0) return yield* refuse("MissingParameter", "The request must contain the parameter InstanceId")
  yield* checkIds(ids, kinds.instance)
  for (const id of ids) yield* ec2.allow(`ec2:${ec2.action}`, ec2Arn(ec2.state, "instance", id))
  const instances = yield* byId(ec2.state.instances, ids, kinds.instance)
  yield* endDryRun(ec2)
  return instances
})

interface Change {
  readonly instance: Instance
  readonly before: StateName
}

/** Applies a verb to all, and tells what each one was before. */
const change = Effect.fnUntraced(function* (
  ec2: Ec2Call,
  instances: ReadonlyArray<Instance>,
  verb: Verb,
  word: string,
): Effect.fn.Return<ReadonlyArray<Change>, AwsRefusal> {
  const unfit = instances.find((instance) => verb(lifeAt(instance.life, ec2.now), ec2.now) === undefined)
  if (unfit !== undefined)
    return yield* refuse(
      "IncorrectInstanceState",
      `The instance '${unfit.id}' is not in a state from which it can be ${word}.`,
    )
  return instances.map((instance) => {
    const before = lifeAt(instance.life, ec2.now)
    instance.life = verb(before, ec2.now) ?? before
    return { instance, before: before.name }
  })
})

const changesXml = (changes: ReadonlyArray<Change>): string =>
  itemSet(
    "instancesSet",
    changes.map(
      ({ instance, before }) =>
        leaf("instanceId", instance.id) +
        stateXml("currentState", instance.life.name) +
        stateXml("previousState", before),
    ),
  )

/** StartInstances; the launch time of an instance is that of its last start. */
export const startInstances = Effect.fnUntraced(function* (ec2: Ec2Call): Effect.fn.Return<string, AwsRefusal> {
  const changes = yield* change(ec2, yield* named(ec2), start, "started")
  for (const { instance, before } of changes) if (before === "stopped") instance.launched = ec2.now
  return changesXml(changes)
})

/** StopInstances; only an instance that was launched for it hibernates. */
export const stopInstances = Effect.fnUntraced(function* (ec2: Ec2Call): Effect.fn.Return<string, AwsRefusal> {
  const instances = yield* named(ec2)
  const awake = instances.find((instance) => !instance.hibernates)
  if ((yield* flagOf(ec2.form, "Hibernate")) && awake !== undefined)
    return yield* refuse(
      "UnsupportedHibernationConfiguration",
      `Hibernation is not configured for the following instance: ${awake.id}`,
    )
  const force = yield* flagOf(ec2.form, "Force")
  return changesXml(yield* change(ec2, instances, force ? forceStop : stop, "stopped"))
})

/** RebootInstances: a running instance goes on running, and the answer tells nothing but that. */
export const rebootInstances = Effect.fnUntraced(function* (ec2: Ec2Call): Effect.fn.Return<string, AwsRefusal> {
  const running: Verb = (life) => (life.name === "running" ? life : undefined)
  yield* change(ec2, yield* named(ec2), running, "rebooted")
  return leaf("return", true)
})

/** TerminateInstances. */
export const terminateInstances = Effect.fnUntraced(function* (ec2: Ec2Call): Effect.fn.Return<string, AwsRefusal> {
  return changesXml(yield* change(ec2, yield* named(ec2), terminate, "terminated"))
})
