/** The buckets of the seeded sandbox: invented, harmless, and of every kind that a tool must be able to tell apart. */
import { SECOND_ACCOUNT } from "./aws/DefaultIdentity.ts"
import { ROOT_USER } from "./aws/Identity.ts"
import { defaultConfigurations, documentOf } from "./aws/S3Configurations.ts"
import type { BucketSeed, ObjectSeed } from "./aws/S3State.ts"

/** What AWS gives a new bucket. */
const usual = Object.fromEntries(defaultConfigurations)

const tagging = (tags: Readonly<Record<string, string>>): string => {
  const set = Object.entries(tags).map(([key, value]) => `<Tag><Key>${key}</Key><Value>${value}</Value></Tag>`)
  return documentOf("Tagging", `<TagSet>${set.join("")}</TagSet>`)
}

const versioning = documentOf("VersioningConfiguration", "<Status>Enabled</Status>")

const json = (key: string, value: unknown, modified: string): ObjectSeed => ({
  key,
  body: `${JSON.stringify(value, null, 2)}\n`,
  contentType: "application/json",
  modified,
})

const text = (key: string, body: string, modified: string, contentType = "text/plain"): ObjectSeed => ({
  key,
  body,
  contentType,
  modified,
})

/** A picture of one transparent pixel: bytes that are no text. */
const pixel = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==",
  "base64",
)

/** 120 log files, four a day in September 2026, so that a page of 100 does not hold them all. */
const logs: ReadonlyArray<ObjectSeed> = Array.from({ length: 120 }, (_, index) => {
  const day = String(1 + Math.floor(index / 4)).padStart(2, "0")
  const hour = String((index % 4) * 6).padStart(2, "0")
  const lines = Array.from(
    { length: 3 + (index % 5) },
    (__, line) => `2026-09-${day}T${hour}:0${line}:00Z INFO request=${index * 10 + line} status=200 ms=${12 + line}`,
  )
  return text(`logs/2026/09/${day}/app-${hour}.log`, `${lines.join("\n")}\n`, `2026-09-${day}T${hour}:59:00.000Z`)
})

const publicRead = JSON.stringify({
  Version: "2012-10-17",
  Statement: [
    {
      Sid: "EverybodyReads",
      Effect: "Allow",
      Principal: "*",
      Action: "s3:GetObject",
      Resource: "arn:aws:s3:::acme-public-site/*",
    },
  ],
})

const page = (title: string): string =>
  `<!doctype html>\n<html lang="en"><title>${title}</title><link rel="stylesheet" href="css/site.css"><h1>${title}</h1></html>\n`

const appLogs: BucketSeed = {
  name: "acme-app-logs",
  account: ROOT_USER.account,
  region: "us-east-1",
  created: "2025-02-03T09:15:00.000Z",
  configurations: {
    ...usual,
    tagging: tagging({ env: "production", team: "platform" }),
    lifecycle: documentOf(
      "LifecycleConfiguration",
      "<Rule><ID>expire-logs</ID><Filter><Prefix>logs/</Prefix></Filter><Status>Enabled</Status><Expiration><Days>90</Days></Expiration></Rule>",
    ),
  },
  objects: [
    ...logs,
    text("README.txt", "Application logs, one file every six hours, kept for 90 days.\n", "2025-02-03T09:20:00.000Z"),
  ],
}

const config: BucketSeed = {
  name: "acme-config",
  account: ROOT_USER.account,
  region: "us-east-1",
  created: "2025-02-03T09:30:00.000Z",
  configurations: { ...usual, tagging: tagging({ env: "production", team: "platform" }) },
  objects: [
    json("app/settings.json", { region: "us-east-1", pageSize: 50, darkMode: true }, "2026-08-11T14:02:00.000Z"),
    json("app/features.json", { newSearch: true, betaExport: false }, "2026-08-20T08:45:00.000Z"),
    text("app/limits.yaml", "uploads:\n  maxMegabytes: 25\n", "2026-05-02T10:00:00.000Z", "application/yaml"),
    {
      ...text(
        "docs/runbook.md",
        "# Runbook\n\nRestart the worker, then look at the queue.\n",
        "2026-06-30T16:20:00.000Z",
      ),
      contentType: "text/markdown",
      metadata: { author: "platform team", reviewed: "2026-07" },
      tags: [{ key: "kind", value: "runbook" }],
    },
    text("docs/Überblick – März 2026.txt", "Ein Name mit Umlauten und Leerzeichen.\n", "2026-03-31T12:00:00.000Z"),
    text("docs/a+b & c=d%.txt", "A name that has to be encoded with care.\n", "2026-04-01T12:00:00.000Z"),
    text("empty.flag", "", "2026-01-15T00:00:00.000Z"),
  ],
}

const publicSite: BucketSeed = {
  name: "acme-public-site",
  account: ROOT_USER.account,
  region: "us-east-1",
  created: "2025-06-17T11:00:00.000Z",
  configurations: {
    encryption: usual["encryption"] ?? "",
    policy: publicRead,
    website: documentOf("WebsiteConfiguration", "<IndexDocument><Suffix>index.html</Suffix></IndexDocument>"),
    logging: documentOf(
      "BucketLoggingStatus",
      "<LoggingEnabled><TargetBucket>acme-app-logs</TargetBucket><TargetPrefix>site/</TargetPrefix></LoggingEnabled>",
    ),
    tagging: tagging({ env: "production", team: "web" }),
  },
  objects: [
    text("index.html", page("Acme"), "2026-07-01T09:00:00.000Z", "text/html"),
    text("about.html", page("About Acme"), "2026-07-01T09:00:00.000Z", "text/html"),
    text("css/site.css", "body { font-family: sans-serif }\n", "2026-06-12T09:00:00.000Z", "text/css"),
    text("robots.txt", "User-agent: *\nAllow: /\n", "2025-06-17T11:05:00.000Z"),
    { key: "img/logo.png", body: pixel, contentType: "image/png", modified: "2025-06-17T11:10:00.000Z" },
  ],
}

const backups: BucketSeed = {
  name: "acme-backups",
  account: ROOT_USER.account,
  region: "us-east-1",
  created: "2025-03-01T06:00:00.000Z",
  configurations: { ...usual, versioning, tagging: tagging({ env: "production", team: "data" }) },
  objects: [
    text("db/orders.sql", "-- orders, first copy\n", "2026-09-01T02:00:00.000Z", "application/sql"),
    text("db/orders.sql", "-- orders, second copy\n", "2026-09-02T02:00:00.000Z", "application/sql"),
    text("db/orders.sql", "-- orders, third copy\n", "2026-09-03T02:00:00.000Z", "application/sql"),
    text("db/customers.sql", "-- customers, first copy\n", "2026-09-01T02:05:00.000Z", "application/sql"),
    text("db/customers.sql", "-- customers, second copy\n", "2026-09-03T02:05:00.000Z", "application/sql"),
    text("db/retired.sql", "-- a table that is no more\n", "2026-05-01T02:00:00.000Z", "application/sql"),
    { key: "db/retired.sql", modified: "2026-06-01T02:00:00.000Z" },
    json("manifest.json", { tables: ["orders", "customers"] }, "2026-09-03T02:10:00.000Z"),
  ],
}

/** Older than default encryption: it has none, and no public access block. */
const media: BucketSeed = {
  name: "acme-media-eu",
  account: ROOT_USER.account,
  region: "eu-west-1",
  created: "2021-11-08T13:00:00.000Z",
  configurations: {
    cors: documentOf(
      "CORSConfiguration",
      "<CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule>",
    ),
  },
  objects: [
    { key: "photos/harbour.png", body: pixel, contentType: "image/png", modified: "2025-10-10T10:10:00.000Z" },
    { key: "photos/market.png", body: pixel, contentType: "image/png", modified: "2025-10-11T10:10:00.000Z" },
    text(
      "photos/captions.csv",
      "file,caption\nharbour.png,Morning\nmarket.png,Noon\n",
      "2025-10-12T10:10:00.000Z",
      "text/csv",
    ),
  ],
}

const reports: BucketSeed = {
  name: "globex-reports",
  account: SECOND_ACCOUNT,
  region: "us-east-1",
  created: "2025-05-05T05:05:00.000Z",
  configurations: { ...usual, tagging: tagging({ env: "staging", team: "finance" }) },
  objects: [
    text(
      "2026/q1.csv",
      "month,visits\n2026-01,120\n2026-02,140\n2026-03,133\n",
      "2026-04-02T07:00:00.000Z",
      "text/csv",
    ),
    text(
      "2026/q2.csv",
      "month,visits\n2026-04,151\n2026-05,149\n2026-06,160\n",
      "2026-07-02T07:00:00.000Z",
      "text/csv",
    ),
    json("2026/summary.json", { quarters: 2, visits: 853 }, "2026-07-03T07:00:00.000Z"),
  ],
}

const archive: BucketSeed = {
  name: "globex-archive",
  account: SECOND_ACCOUNT,
  region: "eu-west-1",
  created: "2025-05-05T05:10:00.000Z",
  configurations: { ...usual, versioning },
  objects: [text("2025/letter.txt", "Dear all,\n\nthe archive is complete.\n", "2026-01-07T08:00:00.000Z")],
}

/** Five buckets of the first account and two of the second. */
export const seededBuckets: ReadonlyArray<BucketSeed> = [appLogs, backups, config, media, publicSite, archive, reports]
