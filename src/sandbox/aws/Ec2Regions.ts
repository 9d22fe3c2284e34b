/** Regions and availability zones as EC2 tells them. A sample of the opt-in regions is enough to show all three states. */

/** Whether a region is on: by default, by the account's choice, or not. */
export type OptIn = "opt-in-not-required" | "opted-in" | "not-opted-in"

/** The regions that every account has. */
const always = [
  "ap-northeast-1",
  "ap-northeast-2",
  "ap-northeast-3",
  "ap-south-1",
  "ap-southeast-1",
  "ap-southeast-2",
  "ca-central-1",
  "eu-central-1",
  "eu-north-1",
  "eu-west-1",
  "eu-west-2",
  "eu-west-3",
  "sa-east-1",
  "us-east-1",
  "us-east-2",
  "us-west-1",
  "us-west-2",
]

const chosen = ["ap-southeast-3", "eu-south-1"]

const off = ["af-south-1", "ap-east-1", "ap-south-2", "ca-west-1", "eu-central-2", "il-central-1", "me-south-1"]

const withState = (names: ReadonlyArray<string>, state: OptIn) => names.map((name) => [name, state] as const)

/** Every region of the sandbox by name. */
export const regions: ReadonlyMap<string, OptIn> = new Map([
  ...withState(always, "opt-in-not-required"),
  ...withState(chosen, "opted-in"),
  ...withState(off, "not-opted-in"),
])

/** The names of a region's zones; three everywhere, which is true of most regions. */
export const zonesOf = (region: string): ReadonlyArray<string> => ["a", "b", "c"].map((letter) => `${region}${letter}`)

/** The zone's id across accounts: `us-east-1a` is `use1-az1` here for everybody, `ap-southeast-2b` is `apse2-az2`. */
export const zoneId = (zone: string): string => {
  const [, area = "", direction = "", number = "", letter = "a"] = /^(\w+)-(\w+)-(\d)(\w)$/.exec(zone) ?? []
  const short = direction.replace(
    /^(north|south)(east|west)$/,
    (_, a: string, b: string) => `${a.charAt(0)}${b.charAt(0)}`,
  )
  const side = short.length === 2 ? short : direction.charAt(0)
  return `${area}${side}${number}-az${letter.charCodeAt(0) - 96}`
}
