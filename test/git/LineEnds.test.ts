/** The ends of lines, beside git's rules for them. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { attributesOver } from "../../src/git/Attributes.ts"
import { asksStored, keepsCrlf, lineRule, toStored, toWorktree } from "../../src/git/LineEnds.ts"

const rule = (attributes: string, autocrlf: "true" | "false" | "input" = "false", eol?: "lf" | "crlf") =>
  lineRule(attributesOver((path) => (path === ".gitattributes" ? `* ${attributes}\n` : undefined), false)("x"), {
    autocrlf,
    eol,
  })

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1")
const bytes = (content: string) => Buffer.from(content, "latin1")

describe("the rule of a file", () => {
  it.each([
    ["", "false", undefined, "never", "lf"],
    ["", "true", undefined, "auto", "crlf"],
    ["", "input", undefined, "auto", "lf"],
    ["", "false", "crlf", "never", "lf"],
    ["text", "false", undefined, "text", "lf"],
    ["text", "false", "crlf", "text", "crlf"],
    ["text", "true", "lf", "text", "crlf"],
    ["text", "input", "crlf", "text", "lf"],
    ["text=auto", "false", undefined, "auto", "lf"],
    ["text=auto eol=crlf", "false", undefined, "auto", "crlf"],
    ["eol=crlf", "false", undefined, "text", "crlf"],
    ["eol=lf", "true", undefined, "text", "lf"],
    ["-text", "true", "crlf", "never", "lf"],
    ["-text eol=crlf", "true", undefined, "never", "lf"],
    ["binary", "true", undefined, "never", "lf"],
    ["crlf", "false", undefined, "text", "lf"],
    ["-crlf", "true", undefined, "never", "lf"],
    ["text=input", "true", undefined, "text", "lf"],
  ] as const)("%s with autocrlf %s and eol %s", (attributes, autocrlf, eol, kind, ends) => {
    const found = rule(attributes, autocrlf, eol)
    assert.strictEqual(found.kind, kind)
    if (kind !== "never") assert.strictEqual(found.ends, ends)
  })
})

describe("bytes", () => {
  it("are stored with LF where they are text, and as they are where they only might be and are not", () => {
    const always = rule("text")
    const auto = rule("text=auto")
    assert.strictEqual(text(toStored(always, bytes("a\r\nb\rc\n"), false)), "a\nb\rc\n")
    assert.strictEqual(text(toStored(auto, bytes("a\r\nb\n"), false)), "a\nb\n")
    for (const odd of ["a\r\nb\rc", "a\r\n\0", "\u0001\u0002\u0003\r\n"])
      assert.strictEqual(text(toStored(auto, bytes(odd), false)), odd, JSON.stringify(odd))
    assert.strictEqual(text(toStored(auto, bytes("a\r\n"), true)), "a\r\n", "what was stored with CRLF stays so")
    assert.strictEqual(text(toStored(always, bytes("a\r\n"), true)), "a\n")
    assert.strictEqual(text(toStored(rule("-text"), bytes("a\r\n"), false)), "a\r\n")
    assert.isTrue(asksStored(auto, bytes("a\r\n")))
    assert.isFalse(asksStored(auto, bytes("a\n")))
    assert.isTrue(keepsCrlf(bytes("a\r\nb\n")))
    assert.isFalse(keepsCrlf(bytes("a\r\n\0")))
    // An end-of-file mark of old is no sign of a binary file.
    assert.strictEqual(text(toStored(auto, bytes("a\r\n\u001a"), false)), "a\n\u001a")
  })

  it("stand in the work tree with CRLF where that is said, and are left alone where they are mixed", () => {
    const always = rule("text eol=crlf")
    const auto = rule("text=auto eol=crlf")
    assert.strictEqual(text(toWorktree(always, bytes("a\nb\r\nc\n"))), "a\r\nb\r\nc\r\n")
    assert.strictEqual(text(toWorktree(auto, bytes("a\nb\n"))), "a\r\nb\r\n")
    for (const odd of ["a\nb\r\n", "a\n\0", "a\rb\n", "none"])
      assert.strictEqual(text(toWorktree(auto, bytes(odd))), odd)
    assert.strictEqual(text(toWorktree(rule("text"), bytes("a\n"))), "a\n")
  })

  it.effect.prop(
    "that were stored come back the same from the work tree, whatever the rule",
    {
      lines: Schema.Array(Schema.String),
      attributes: Schema.Literals(["text", "text=auto", "eol=crlf", "text=auto eol=crlf", "-text", ""]),
      autocrlf: Schema.Literals(["true", "false", "input"]),
    },
    ({ attributes, autocrlf, lines }) =>
      Effect.sync(() => {
        const found = rule(attributes, autocrlf)
        const stored = toStored(found, Buffer.from(lines.join("\n").replaceAll("\r", "")), false)
        assert.deepStrictEqual(Buffer.from(toStored(found, toWorktree(found, stored), false)), Buffer.from(stored))
      }),
    { arbitrary: { runs: 300, seed: 7 } },
  )
})
