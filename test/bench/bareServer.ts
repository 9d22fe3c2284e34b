/**
 * What the benchmark measures against: a bare SDK v2 server with one tool, which makes the same SDK call on keys it was
 * given in the environment. No leases, no guard, no Effect.
 */
import { Server } from "@modelcontextprotocol/server"
import { serveStdio } from "@modelcontextprotocol/server/stdio"

type Sts = import("@aws-sdk/client-sts").STSClient

let client: Sts | undefined

const whoAmI = async (): Promise<unknown> => {
  const { GetCallerIdentityCommand, STSClient } = await import("@aws-sdk/client-sts")
  client ??= new STSClient({
    region: "us-east-1",
    endpoint: process.env["BENCH_AWS_URL"] ?? "",
    credentials: {
      accessKeyId: process.env["BENCH_KEY"] ?? "",
      secretAccessKey: process.env["BENCH_SECRET"] ?? "",
      sessionToken: process.env["BENCH_TOKEN"] ?? "",
    },
  })
  const { Account, Arn, UserId } = await client.send(new GetCallerIdentityCommand({}))
  return { account: Account, arn: Arn, user_id: UserId }
}

serveStdio(() => {
  const server = new Server({ name: "bare", version: "0" }, { capabilities: { tools: {} } })
  server.setRequestHandler("tools/list", () => ({
    tools: [{ name: "aws_get_caller_identity", inputSchema: { type: "object" } }],
  }))
  server.setRequestHandler("tools/call", async () => {
    const value = await whoAmI()
    return {
      content: [{ type: "text", text: JSON.stringify(value) }],
      structuredContent: value as Record<string, unknown>,
    }
  })
  return server
})
