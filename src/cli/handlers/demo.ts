/**
 * `demo`: a guided tour for somebody who has neither Vault nor AWS. A sandbox runs in this process; a real MCP client
 * starts this program's server as any client does and calls its tools. What is shown is what came back.
 */
import { Client } from "@modelcontextprotocol/client"
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio"
import { Effect, Redacted, Schema } from "effect"
import { VERSION } from "../../core/Version.ts"
import type { Sandbox } from "../../sandbox/Sandbox.ts"
import { print, styled, wrap } from "../Output.ts"
import { CommandFailed } from "../Session.ts"

type Result = Readonly<Record<string, unknown>>

const Answer = Schema.Struct({
  isError: Schema.optional(Schema.Boolean),
  content: Schema.Array(Schema.Struct({ type: Schema.String, text: Schema.optional(Schema.String) })),
  structuredContent: Schema.optional(Schema.Record(Schema.String, Schema.Unknown)),
})

const broken = (what: string): CommandFailed => new CommandFailed({ what: `The demo broke: ${what}`, exitCode: 1 })

const step = (title: string, words: string): Effect.Effect<void> =>
  print(`\n${styled("bold", title)}\n${wrap(words, 96, "  ")}`)

const show = (words: string): Effect.Effect<void> => print(wrap(words, 96, "    "))

/** The server is started like any client starts it: its own process, its settings in the environment. */
const connect = (sandbox: Sandbox) =>
  Effect.acquireRelease(
    Effect.tryPromise({
      try: async () => {
        const client = new Client(
          { name: "vault-aws-mcp-demo", version: VERSION },
          { versionNegotiation: { mode: "auto" } },
        )
        const transport = new StdioClientTransport({
          command: process.execPath,
          args: [process.argv[1] ?? "", "serve"],
          env: {
            VAULT_AWS_MCP_VAULT_ADDR: sandbox.vaultAddr,
            VAULT_AWS_MCP_VAULT_TOKEN: Redacted.value(sandbox.vaultToken),
            VAULT_AWS_MCP_AWS_ENDPOINT_URL: sandbox.awsUrl,
            VAULT_AWS_MCP_ACCESS: "full",
            VAULT_AWS_MCP_LOG_LEVEL: "error",
          },
          stderr: "inherit",
        })
        await client.connect(transport)
        return client
      },
      catch: (error) => broken(`the server did not start (${error instanceof Error ? error.message : "unknown"})`),
    }),
    (client) => Effect.ignore(Effect.tryPromise(() => client.close())),
  )

/** One call as the client sees it; a failed tool is shown in its own words. */
const callWith = (client: Client) =>
  Effect.fnUntraced(function* (name: string, args: Readonly<Record<string, unknown>> = {}) {
    const typed = Object.entries(args).map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    yield* print(`  ${styled("cyan", `→ ${name}(${typed.join(", ")})`)}`)
    const raw = yield* Effect.tryPromise({
      try: () => client.callTool({ name, arguments: { ...args } }),
      catch: (error) => broken(`${name} got no answer (${error instanceof Error ? error.message : "unknown"})`),
    })
    const answer = yield* Effect.mapError(Schema.decodeUnknownEffect(Answer)(raw), () =>
      broken(`${name} answered nonsense`),
    )
    return {
      failed: answer.isError === true,
      text: answer.content[0]?.text ?? "",
      value: answer.structuredContent ?? {},
    }
  })

type Call = ReturnType<typeof callWith>

/** A call that must succeed. */
const good = (call: Call) =>
  Effect.fnUntraced(function* (
    name: string,
    args?: Readonly<Record<string, unknown>>,
  ): Effect.fn.Return<Result, CommandFailed> {
    const answer = yield* call(name, args)
    return answer.failed ? yield* broken(`${name}: ${answer.text}`) : answer.value
  })

const list = (value: unknown): ReadonlyArray<Result> =>
  Array.isArray(value) ? value.filter((item): item is Result => typeof item === "object" && item !== null) : []

const text = (value: unknown): string => (typeof value === "string" ? value : (JSON.stringify(value) ?? ""))

const tour = Effect.fnUntraced(function* (sandbox: Sandbox) {
  yield* step(
    "1. A sandbox",
    "An emulated Vault and an emulated AWS run in this process, on loopback. Signatures are really checked, credentials really expire. Nothing of yours is touched.",
  )
  yield* show(`Vault ${sandbox.vaultAddr} · AWS ${sandbox.awsUrl}`)

  const client = yield* connect(sandbox)
  const call = callWith(client)
  const must = good(call)
  const { tools } = yield* Effect.tryPromise({
    try: () => client.listTools(),
    catch: () => broken("no list of tools came"),
  })
  yield* step(
    "2. An MCP client connects",
    "The server was started as Claude Code would start it. It has asked nobody for anything yet.",
  )
  yield* show(
    `${tools.length} tools: ${tools
      .slice(0, 4)
      .map((tool) => tool.name)
      .join(", ")} …`,
  )
  const before = yield* must("vault_credential_status")
  yield* show(`leases held: ${list(before["leases"]).length}`)

  yield* step(
    "3. The first AWS call leases credentials",
    "Vault assumes the role in AWS and hands out a session with a lease. It lives in memory only.",
  )
  const buckets = list((yield* must("s3_list_buckets"))["buckets"])
  yield* show(`buckets: ${buckets.map((bucket) => text(bucket["name"])).join(", ")}`)
  const held = list((yield* must("vault_credential_status"))["leases"])[0] ?? {}
  yield* show(`lease ${text(held["lease_id"])}`)
  yield* show(`as ${text(held["identity"])}`)
  yield* show(`${text(held["remaining_seconds"])} s left; replaced by itself at ${text(held["next_refresh_at"])}`)

  yield* step("4. Tools at work", "The same lease signs every call.")
  const instances = list((yield* must("ec2_list_instances", { states: ["running"] }))["instances"])
  yield* show(`running: ${instances.map((one) => `${text(one["name"])} (${text(one["instance_id"])})`).join(", ")}`)
  const put = yield* must("s3_put_object", {
    bucket: text(buckets[0]?.["name"]),
    key: "demo/hello.txt",
    content: "leased, used, given back",
  })
  yield* show(text(put["message"]))
  const tables = yield* must("aws_call", { service: "dynamodb", operation: "list-tables" })
  yield* show(`DynamoDB: ${text(tables["result"])}`)
  const wrong = yield* call("s3_get_object", { bucket: "no-such-bucket-here", key: "x" })
  yield* show(`${styled("yellow", "refused:")} ${wrong.text.split("\n")[0] ?? ""}`)

  yield* step("5. Refresh", "New credentials now, here for a quarter of an hour.")
  yield* show(text((yield* must("vault_refresh_credentials", { ttl: "15m" }))["message"]))

  yield* step(
    "6. Revoke, and what that truly means",
    "The lease is given back. What AWS does with an issued session is told as it is.",
  )
  yield* show(text((yield* must("vault_revoke_credentials"))["message"]))
  yield* show(`leases held: ${list((yield* must("vault_credential_status"))["leases"]).length}`)
  const again = yield* must("aws_get_caller_identity")
  yield* show(`the next call leases anew: ${text(again["arn"])}`)
})

/** The tour; ends with nothing running and nothing leased. */
export const runDemo = Effect.gen(function* () {
  const { startSandbox } = yield* Effect.promise(() => import("../../sandbox/Sandbox.ts"))
  yield* Effect.scoped(
    Effect.gen(function* () {
      const sandbox = yield* startSandbox({ empty: false })
      yield* Effect.scoped(tour(sandbox))
      const left = yield* sandbox.vault.liveLeases
      if (left > 0) return yield* broken(`${left} leases were left behind`)
      yield* step(
        "7. The end",
        "The client has closed the connection; the server revoked its own Vault token and with it every lease.",
      )
      yield* show(`leases left in Vault: ${left}`)
      yield* print(
        `\n${styled("green", "Done.")} Next: \`vault-aws-mcp tools\` lists the tools, \`vault-aws-mcp serve --sandbox\` gives your own client a sandbox, and the README says how to use your Vault.`,
      )
    }),
  )
})
