/** EC2 of the sandbox: the query protocol in front of the operations, and one state per account and region. */
import { Clock, Effect } from "effect"
import { formPairs, queryPairs } from "../Wire.ts"
import { type AwsCall, AwsRefusal, type AwsService } from "./AwsCall.ts"
import type { Ec2Operation } from "./Ec2Call.ts"
import { describeSecurityGroupRules, describeSecurityGroups } from "./Ec2Groups.ts"
import { describeInstances, describeInstanceStatus, settle } from "./Ec2Instances.ts"
import { runInstances } from "./Ec2Launch.ts"
import { describeSubnets, describeVpcs } from "./Ec2Network.ts"
import { describeAvailabilityZones, describeRegions } from "./Ec2Places.ts"
import { rebootInstances, startInstances, stopInstances, terminateInstances } from "./Ec2Power.ts"
import { regions } from "./Ec2Regions.ts"
import { emptyRegion, regionFromSeed, type RegionSeed } from "./Ec2Seed.ts"
import type { RegionState } from "./Ec2State.ts"
import { describeImages, describeVolumes } from "./Ec2Storage.ts"
import { createTags, deleteTags, describeTags } from "./Ec2Tags.ts"
import { leaf, xmlDocument } from "./XmlElement.ts"

const NAMESPACE = "http://ec2.amazonaws.com/doc/2016-11-15/"

const operations: ReadonlyMap<string, Ec2Operation> = new Map(
  Object.entries({
    CreateTags: createTags,
    DeleteTags: deleteTags,
    DescribeAvailabilityZones: describeAvailabilityZones,
    DescribeImages: describeImages,
    DescribeInstances: describeInstances,
    DescribeInstanceStatus: describeInstanceStatus,
    DescribeRegions: describeRegions,
    DescribeSecurityGroupRules: describeSecurityGroupRules,
    DescribeSecurityGroups: describeSecurityGroups,
    DescribeSubnets: describeSubnets,
    DescribeTags: describeTags,
    DescribeVolumes: describeVolumes,
    DescribeVpcs: describeVpcs,
    RebootInstances: rebootInstances,
    RunInstances: runInstances,
    StartInstances: startInstances,
    StopInstances: stopInstances,
    TerminateInstances: terminateInstances,
  }),
)

const formOf = ({ request }: AwsCall): ReadonlyMap<string, string> =>
  new Map(request.method === "GET" ? queryPairs(request.query) : formPairs(request.body))

/** A region that the account has not switched on knows none of its keys. */
const notOptedIn = new AwsRefusal({
  status: 401,
  code: "AuthFailure",
  message: "AWS was not able to validate the provided access credentials",
})

const invalidAction = (action: string | undefined): AwsRefusal =>
  action === undefined || action === ""
    ? new AwsRefusal({ status: 400, code: "MissingAction", message: "The request must contain the parameter Action" })
    : new AwsRefusal({
        status: 400,
        code: "InvalidAction",
        message: `The action ${action} is not valid for this web service.`,
      })

/** An EC2 with these instances and networks in it; regions that the seed does not name have a default network only. */
export const makeEc2 = Effect.fnUntraced(function* (seed: ReadonlyArray<RegionSeed>): Effect.fn.Return<AwsService> {
  const now = yield* Clock.currentTimeMillis
  const states = new Map<string, RegionState>(
    seed.map((region) => [`${region.account}/${region.region}`, regionFromSeed(region, now)]),
  )
  const stateFor = (account: string, region: string): RegionState => {
    const name = `${account}/${region}`
    const state = states.get(name) ?? emptyRegion(account, region)
    states.set(name, state)
    return state
  }
  return Effect.fnUntraced(function* (call: AwsCall) {
    const form = formOf(call)
    const action = form.get("Action") ?? ""
    const operation = operations.get(action)
    if (operation === undefined) return yield* invalidAction(action)
    if (regions.get(call.region) === "not-opted-in") return yield* notOptedIn
    const state = stateFor(call.principal.account, call.region)
    settle(state, call.now)
    const content = yield* operation({ ...call, action, form, state })
    return {
      status: 200,
      headers: { "content-type": "text/xml;charset=UTF-8" },
      body: xmlDocument(`${action}Response`, NAMESPACE, leaf("requestId", call.requestId), content),
    }
  })
})
