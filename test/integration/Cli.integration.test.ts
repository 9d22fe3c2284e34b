/** The command line as a person and a script use it: words on stdout, trouble on stderr, exit codes that tell. */
import { spawn } from "node:child_process"
import { assert, describe, it } from "@effect/vitest"
import { runProgram } from "../kit/Program.ts"
import { BIN, cleanEnv } from "../kit/RawServer.ts"

const CANARY = "hvs.canary-canary-canary-canary-0123456789"

/** Runs a command with a token in its environment that nothing may print. */
const run = async (...[args, options]: Parameters<typeof runProgram>) => {
  const ended = await runProgram(args, { ...options, env: { VAULT_AWS_MCP_VAULT_TOKEN: CANARY, ...options?.env } })
  assert.notInclude(`${ended.out}${ended.err}`, "canary-canary", `the token was printed by ${args.join(" ")}`)
  return ended
}

describe("the command line", () => {
  it("tells its version and helps", async () => {
    const version = await run(["--version"])
    assert.deepInclude(version, { code: 0, err: "" })
    assert.match(version.out, /0\.1\.0/)
    const help = await run(["--help"])
    assert.strictEqual(help.code, 0)
    for (const word of ["serve", "call", "tools", "workflow", "status", "doctor", "sandbox", "demo"])
      assert.include(help.out, word)
    assert.match(help.out, /--vault-token-file/)
    assert.notMatch(help.out, /--vault-token(?!-file)|secret-id(?!-file)|--vault-auth-password(?!-file)/) // a secret is no flag
  })

  it("lists the tools, shows one, and guesses what was meant", async () => {
    const all = await run(["tools"])
    assert.strictEqual(all.out.trim().split("\n").length, 19)
    const one = await run(["tools", "s3_get_object"])
    for (const word of ["bucket", "required", "range", "only reads"]) assert.include(one.out, word)
    const json = JSON.parse((await run(["tools", "s3_get_object", "--json"])).out) as { readonly name: string }
    assert.strictEqual(json.name, "s3_get_object")
    const wrong = await run(["tools", "s3_get_objct"])
    assert.deepInclude(wrong, { code: 1, out: "" })
    assert.match(wrong.err, /did you mean s3_get_object/)
    const off = await run(["tools", "kv_get"])
    assert.deepInclude(off, { code: 1, out: "" })
    assert.match(off.err, /kv_get is a tool of the toolset kv, which is off\. With --toolsets kv/)
    assert.match((await run(["tools", "kv_get", "--toolsets", "kv"])).out, /^kv_get/)
  })

  it("calls a tool in the sandbox, and prints one line for programs", async () => {
    const { code, err, out } = await run(["call", "s3_list_buckets", "--sandbox", "--json"])
    assert.deepInclude({ code, err }, { code: 0, err: "" })
    assert.strictEqual(out.trim().split("\n").length, 1)
    const { buckets } = JSON.parse(out) as { readonly buckets: ReadonlyArray<{ readonly name: string }> }
    assert.include(
      buckets.map(({ name }) => name),
      "acme-config",
    )
  })

  it("a call that cannot be made or fails says why on stderr, and ends with 1", async () => {
    const cases = [
      [["call", "s3_list_buckets", "{"], /not JSON/],
      [["call", "s3_list_bucket", "--sandbox"], /did you mean s3_list_buckets/],
      [
        ["call", "s3_get_object", '{"bucket":5}', "--sandbox"],
        /- bucket: expected string[\s\S]*code=invalid_arguments/,
      ],
      [["call", "s3_list_objects", '{"bucket":"none-such"}', "--sandbox"], /NoSuchBucket[\s\S]*request_id=/],
      [["call", "s3_list_buckets", "--aws-region", "nowhere"], /--aws-region: expected an AWS region/],
    ] as const
    for (const [args, words] of cases) {
      const { code, err, out } = await run(args)
      assert.deepInclude({ code, out }, { code: 1, out: "" }, args.join(" "))
      assert.match(err, words)
    }
  })

  it("read-only refuses a write and lets a read pass", async () => {
    const env = { VAULT_AWS_MCP_ACCESS: "read-only" }
    const write = await run(["call", "s3_delete_object", '{"bucket":"acme-config","key":"x"}', "--sandbox"], { env })
    assert.match(write.err, /read-only[\s\S]*code=access_refused/)
    assert.strictEqual((await run(["call", "ec2_list_vpcs", "--sandbox"], { env })).code, 0)
  })

  it("status and doctor look at the sandbox, and the doctor names a dead address", async () => {
    const status = JSON.parse((await run(["status", "--sandbox", "--json"])).out) as { readonly vault: object }
    assert.deepInclude(status.vault, { state: "active" })
    const good = await run(["doctor", "--sandbox"])
    assert.strictEqual(good.code, 0)
    assert.match(good.out, /identity/)
    const bad = await run(["doctor"], { env: { VAULT_ADDR: "http://127.0.0.1:1" } })
    assert.strictEqual(bad.code, 1)
    assert.match(bad.err, /broken at: address/)
  })

  it("the sandbox prints what to copy, for people and for programs, and ends on Ctrl-C", async () => {
    const json = await run(["sandbox", "--json"], { until: /\n/ })
    assert.hasAllKeys(JSON.parse(json.out), [
      "VAULT_ADDR",
      "VAULT_TOKEN",
      "AWS_ENDPOINT_URL",
      "AWS_ACCESS_KEY_ID",
      "AWS_SECRET_ACCESS_KEY",
    ])
    const people = await run(["sandbox"], { until: /ENDPOINT_URL=.*\n/ })
    assert.deepStrictEqual(
      people.out
        .trim()
        .split("\n")
        .map((line) => /^export (\w+)=\S+$/.exec(line)?.[1]),
      ["VAULT_AWS_MCP_VAULT_ADDR", "VAULT_AWS_MCP_VAULT_TOKEN", "VAULT_AWS_MCP_AWS_ENDPOINT_URL"],
    )
  })

  it("the sandbox misbehaves as it is told to, and says so", async () => {
    const sandbox = spawn(process.execPath, [BIN, "sandbox", "--fault", "sealx1", "--fault", "slow=300ms@health"], {
      env: cleanEnv({}),
      stdio: ["ignore", "pipe", "pipe"],
    })
    const out = await new Promise<string>((resolve) => {
      let text = ""
      sandbox.stdout.setEncoding("utf8").on("data", (more: string) => {
        text += more
        if (/ENDPOINT_URL=.*\n/.test(text)) resolve(text)
      })
    })
    let said = ""
    sandbox.stderr.setEncoding("utf8").on("data", (more: string) => (said += more))
    const address = /VAULT_ADDR=(\S+)/.exec(out)?.[1]
    const token = /VAULT_TOKEN=(\S+)/.exec(out)?.[1] ?? ""
    const ask = () => fetch(`${address}/v1/aws/creds/mcp-agent-role`, { headers: { "x-vault-token": token } })
    const sealed = await ask()
    assert.strictEqual(sealed.status, 503)
    assert.deepStrictEqual(await sealed.json(), { errors: ["Vault is sealed"] })
    assert.strictEqual((await ask()).status, 200)
    const started = performance.now()
    assert.strictEqual((await fetch(`${address}/v1/sys/health`)).status, 200)
    assert.isAtLeast(performance.now() - started, 295)
    sandbox.kill("SIGINT")
    const code = await new Promise((resolve) => sandbox.on("close", resolve))
    assert.strictEqual(code, 130)
    assert.match(said, /it misbehaves: sealx1, slow=300ms@health\./)
  })

  it("a fault that is none is refused with the list of all, which can be asked for, too", async () => {
    const wrong = await run(["sandbox", "--fault", "sael"])
    assert.deepInclude(wrong, { code: 1, out: "" })
    assert.match(wrong.err, /--fault "sael": there is no fault of that name; did you mean seal\?/)
    const help = await run(["sandbox", "--fault", "help"])
    assert.deepInclude(help, { code: 0, err: "" })
    for (const text of [wrong.err, help.out]) {
      assert.include(text, "NAME[=ARG][@SCOPE][xTIMES]")
      for (const name of ["seal", "standby[=URL]", "loris[=TIME]", "iam-lag[=TIME]", "skew[=[-]TIME]"]) {
        assert.match(text, new RegExp(`^${name.replace(/[[\]-]/g, "\\$&")} +(?:vault|aws)`, "m"))
      }
    }
    assert.match((await run(["sandbox", "--help"])).out, /--fault help/)
    assert.match((await run(["sandbox", "--dialect", "0.1"])).err, /1\.14[\s\S]*openbao/)
  })

  it("the demo goes through to its end, plain on a pipe, and leaves nothing behind", async () => {
    const { code, out } = await run(["demo"])
    assert.strictEqual(code, 0)
    assert.match(out, /leases left in Vault: 0/)
    assert.notMatch(out, /\p{Cc}(?<!\n)/u)
  }, 30_000)

  it("the bare command on a pipe is the server", async () => {
    const request = {
      jsonrpc: "2.0",
      id: 1,
      method: "initialize",
      params: { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "t", version: "0" } },
    }
    const { code, out } = await run([], { input: `${JSON.stringify(request)}\n` })
    assert.strictEqual(code, 0)
    assert.match(out, /"serverInfo":\{"name":"vault-aws-mcp"/)
  })
})
