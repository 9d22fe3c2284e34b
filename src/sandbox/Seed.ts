/** What a sandbox starts with. */
import { SECOND_ACCOUNT } from "./aws/DefaultIdentity.ts"
import { ROOT_USER } from "./aws/Identity.ts"
import type { RegionSeed } from "./aws/Ec2Seed.ts"
import type { BucketSeed } from "./aws/S3State.ts"
import { seededBuckets } from "./SeedBuckets.ts"
import { seededRegions } from "./SeedInstances.ts"

/** The content of the AWS half's S3 and EC2. */
export interface Seed {
  /** Twelve digits each. */
  readonly accounts: ReadonlyArray<string>
  readonly buckets: ReadonlyArray<BucketSeed>
  readonly regions: ReadonlyArray<RegionSeed>
}

const accounts = [ROOT_USER.account, SECOND_ACCOUNT]

/** Two accounts with something to look at in each. */
export const seeded: Seed = { accounts, buckets: seededBuckets, regions: seededRegions }

/** The same accounts with nothing in them but the default networks that AWS itself makes. */
export const empty: Seed = { accounts, buckets: [], regions: [] }
