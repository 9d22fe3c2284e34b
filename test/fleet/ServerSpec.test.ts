import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, Result, Schema } from "effect"
import { secretsOf, type ServerSpec, serversOf, shownWay } from "../../src/fleet/ServerSpec.ts"

const read = (servers: unknown, folder = "/etc/mcp") => serversOf({ mcpServers: servers }, folder)

const good = (servers: unknown): ReadonlyArray<ServerSpec> => {
  const result = read(servers)
  return Result.isSuccess(result) ? result.success : assert.fail(result.failure.join("\n"))
}
const bad = (servers: unknown): string => {
  const result = read(servers)
  return Result.isFailure(result) ? result.failure.join("\n") : assert.fail("it was taken")
}

describe("a file of servers", () => {
  it("is taken as clients write it: a program, or an address, also under VS Code's name", () => {
    const [files, web] = good({
      files: { command: "npx", args: ["-y", "server", "/data"], env: { API_TOKEN: "t0" }, autoApprove: ["x"] },
      web: { type: "streamableHttp", url: "https://mcp.example.com/mcp?x=1", headers: { Authorization: "Bearer abc" } },
    })
    assert.deepInclude(files?.way, { kind: "stdio", command: "npx", args: ["-y", "server", "/data"], cwd: "/etc/mcp" })
    assert.strictEqual(web?.way.kind, "http")
    assert.strictEqual(web === undefined ? "" : shownWay(web), "https://mcp.example.com/mcp")
    assert.isTrue(Result.isSuccess(serversOf({ servers: { a: { command: "a" } } }, "/")))
    assert.deepStrictEqual(good({ off: { command: "a", disabled: true } }), [])
  })

  it("everything wrong with it is told at once, by its place and without a value", () => {
    const text = bad({
      "Big Name": { command: "a" },
      __proto__x: { command: "a" },
      two: { command: "a", url: "https://x.example" },
      none: {},
      relative: { command: "./run", cwd: "work" },
      sse: { type: "sse", url: "https://x.example" },
      odd: { type: "carrier-pigeon", command: "a" },
      plain: { url: "http://mcp.example.com" },
      metadata: { url: "http://169.254.169.254/latest" },
      user: { url: "https://user:canary@x.example" },
      file: { url: "file:///etc/passwd" },
      wrong: { command: 5, args: "canary" },
      env: { command: "a", env: { "A-B": "canary", C: 5 }, envFile: ".env" },
      header: { url: "https://x.example", headers: { "X Y": "canary", Z: "canary\ninjected: yes" } },
      nul: { command: "a", args: ["canary\0"] },
    })
    for (const part of [
      /^Big Name: a server's name is/m,
      /^__proto__x: a server's name is/m,
      /^two: has a command and a url/m,
      /^none\.command: expected the program/m,
      /^relative\.command: expected an absolute path/m,
      /^relative\.cwd: expected an absolute path/m,
      /^sse\.type: the old SSE transport/m,
      /^odd\.type: expected stdio or http/m,
      /^plain\.url: expected https/m,
      /^metadata\.url: expected https/m,
      /^user\.url: must not hold a user/m,
      /^file\.url: expected https/m,
      /^wrong\.command: expected string/m,
      /^wrong\.args: expected array/m,
      /^env\.env\.C: expected string/m,
      /^header\.headers\.X Y: expected a header/m,
      /^header\.headers\.Z: expected a header/m,
      /^nul: must not hold a NUL/m,
    ])
      assert.match(text, part)
    assert.notInclude(text, "canary")
    assert.match(
      bad({ env: { command: "a", env: { "A-B": "x" }, envFile: ".env" } }),
      /envFile: is not read.*env\.A-B: expected a variable/s,
    )
  })

  it("a ${VAR} is refused wherever it stands: our environment is not for servers", () => {
    const text = bad({
      a: {
        command: "${HOME}/run",
        args: ["--token=${VAULT_TOKEN}"],
        env: { T: "${AWS_SECRET_ACCESS_KEY:-x}" },
        cwd: "/${X}",
      },
      b: { url: "https://${HOST}/", headers: { Authorization: "Bearer ${input:token}" } },
    })
    for (const at of ["a.command", "a.args.0", "a.env.T", "a.cwd", "b.url", "b.headers.Authorization"])
      assert.match(text, new RegExp(`^${at.replaceAll(".", "\\.")}: \\$\\{…\\} is not filled in`, "m"))
  })

  it("what is no such file is refused in words", () => {
    for (const content of [null, [], "x", {}, { mcpServers: [] }, { mcpServers: "x" }])
      assert.isTrue(Result.isFailure(serversOf(content, "/")), JSON.stringify(content))
    const many = Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`s${i}`, { command: "a" }]))
    assert.match(bad(many), /at most 100/)
    const proto: unknown = JSON.parse('{"__proto__": {"command": "a"}}')
    assert.match(bad(proto), /^__proto__: a server's name/)
    for (const loop of ["http://127.0.0.1:1/", "http://localhost/mcp", "http://[::1]:3/"]) good({ x: { url: loop } })
    for (const near of ["http://127.0.0.1.example.com", "http://localhost.example.com", "http://0.0.0.0"])
      bad({ x: { url: near } })
  })

  it.effect.prop(
    "whatever stands there is taken or refused, and never thrown at",
    { name: Schema.String, entry: Schema.Record(Schema.String, Schema.Unknown) },
    ({ entry, name }) =>
      Effect.sync(() => {
        const result = read({ [name]: entry, fine: { command: "a" } })
        assert.isTrue(Result.isSuccess(result) || result.failure.length > 0)
      }),
    { arbitrary: { runs: 500, size: 30 } },
  )

  it("secrets of an entry are its headers and the variables named like secrets, each in what it is worth alone", () => {
    const [program, web] = good({
      a: { command: "a", env: { GITHUB_TOKEN: "t1", REGION: "eu", DB_PASSWORD: "p1", MY_PAT: "p2", PATH_X: "p" } },
      b: { url: "https://x.example", headers: { Authorization: "Bearer b1", "X-Api-Key": "k1" } },
    })
    const values = (spec: ServerSpec | undefined) => (spec === undefined ? [] : secretsOf(spec).map(Redacted.value))
    assert.deepStrictEqual(values(program), ["t1", "p1", "p2"])
    assert.deepStrictEqual(values(web), ["Bearer b1", "b1", "k1"])
    assert.notInclude(JSON.stringify([program, web]), "t1")
  })
})
