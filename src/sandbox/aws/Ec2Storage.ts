/** DescribeImages and DescribeVolumes. A volume is the root disk of an instance; there are no others here. */
import { Effect } from "effect"
import type { AwsRefusal } from "./AwsCall.ts"
import { type Ec2Call, itemSet, kinds, listed, openList, pageOf, tagSet } from "./Ec2Call.ts"
import { filtered } from "./Ec2Filters.ts"
import { valuesOf } from "./Ec2Form.ts"
import type { Image, Instance, RegionState } from "./Ec2State.ts"
import { isoTime, leaf } from "./XmlElement.ts"

/** The account that owns the images: Amazon's own for its Linux. */
const IMAGE_OWNER = "137112412989"

const imageXml = (image: Image): string =>
  leaf("imageId", image.id) +
  leaf("imageLocation", `amazon/${image.name}`) +
  leaf("imageState", "available") +
  leaf("imageOwnerId", IMAGE_OWNER) +
  leaf("imageOwnerAlias", "amazon") +
  leaf("creationDate", image.created) +
  leaf("isPublic", true) +
  leaf("architecture", image.architecture) +
  leaf("imageType", "machine") +
  leaf("name", image.name) +
  leaf("description", image.description) +
  leaf("rootDeviceType", "ebs") +
  leaf("rootDeviceName", "/dev/xvda") +
  leaf("virtualizationType", "hvm") +
  leaf("hypervisor", "xen") +
  leaf("enaSupport", true) +
  leaf("platformDetails", "Linux/UNIX") +
  tagSet(image.tags)

/** DescribeImages; `Owner.N` may be `amazon`, its account, or `self`, who owns none. */
export const describeImages = Effect.fnUntraced(function* (ec2: Ec2Call): Effect.fn.Return<string, AwsRefusal> {
  yield* openList(ec2)
  const owners = valuesOf(ec2.form, "Owner")
  const theirs = owners.length === 0 || owners.includes("amazon") || owners.includes(IMAGE_OWNER)
  const images = (yield* listed(ec2, ec2.state.images, kinds.image)).filter(() => theirs)
  const passing = yield* filtered(
    ec2.form,
    images,
    {
      "image-id": (image) => [image.id],
      name: (image) => [image.name],
      description: (image) => [image.description],
      architecture: (image) => [image.architecture],
      "owner-alias": () => ["amazon"],
      "owner-id": () => [IMAGE_OWNER],
      "is-public": () => ["true"],
      state: () => ["available"],
      "root-device-type": () => ["ebs"],
      "virtualization-type": () => ["hvm"],
    },
    (image) => image.tags,
  )
  const page = yield* pageOf(ec2, passing)
  return itemSet("imagesSet", page.items.map(imageXml)) + page.next
})

const volumeXml = (instance: Instance): string =>
  leaf("volumeId", instance.volume.id) +
  leaf("size", instance.volume.size) +
  "<snapshotId/>" +
  leaf("availabilityZone", instance.subnet.zone) +
  leaf("status", "in-use") +
  leaf("createTime", isoTime(instance.launched)) +
  itemSet("attachmentSet", [
    leaf("volumeId", instance.volume.id) +
      leaf("instanceId", instance.id) +
      leaf("device", "/dev/xvda") +
      leaf("status", "attached") +
      leaf("attachTime", isoTime(instance.launched)) +
      leaf("deleteOnTermination", true),
  ]) +
  leaf("volumeType", "gp3") +
  leaf("iops", 3000) +
  leaf("throughput", 125) +
  leaf("encrypted", true) +
  leaf("multiAttachEnabled", false) +
  tagSet(instance.volume.tags)

/** The instances that still have their disk, by the disk's id. */
const disksOf = (state: RegionState): ReadonlyMap<string, Instance> =>
  new Map(
    [...state.instances.values()]
      .filter((instance) => instance.life.name !== "terminated")
      .map((instance) => [instance.volume.id, instance]),
  )

/** DescribeVolumes. */
export const describeVolumes = Effect.fnUntraced(function* (ec2: Ec2Call): Effect.fn.Return<string, AwsRefusal> {
  yield* openList(ec2)
  const passing = yield* filtered(
    ec2.form,
    yield* listed(ec2, disksOf(ec2.state), kinds.volume),
    {
      "volume-id": (instance) => [instance.volume.id],
      "attachment.instance-id": (instance) => [instance.id],
      "availability-zone": (instance) => [instance.subnet.zone],
      size: (instance) => [String(instance.volume.size)],
      status: () => ["in-use"],
      "volume-type": () => ["gp3"],
      encrypted: () => ["true"],
    },
    (instance) => instance.volume.tags,
  )
  const page = yield* pageOf(ec2, passing)
  return itemSet("volumeSet", page.items.map(volumeXml)) + page.next
})
