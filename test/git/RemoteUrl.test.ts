/** Which addresses are used, and that none that is refused is repeated with what it holds. */
import { assert, describe, it } from "@effect/vitest"
import { folderOf, shownUrl, urlProblem } from "../../src/git/RemoteUrl.ts"

describe("the address of a remote", () => {
  it.each([
    "https://github.com/a/b.git",
    "https://host:8443/x",
    "http://127.0.0.1:3000/r",
    "http://localhost/r",
    "http://[::1]:80/r",
  ])("%s is used", (url) => assert.isUndefined(urlProblem(url)))

  it.each([
    ["ext::sh -c id", "helper program"],
    ["evil::x", "helper program"],
    ["git@github.com:a/b", "ssh"],
    ["deploy@10.0.0.1:x", "ssh"],
    ["ssh://git@h/x", "ssh"],
    ["file:///etc/passwd", "only https"],
    ["git://h/x", "only https"],
    ["/etc", "only https"],
    ["../other", "only https"],
    ["--upload-pack=x", "only https"],
    ["https://u:p@h/x", "user name or a password"],
    ["https://token@h/x", "user name or a password"],
    ["http://example.com/x", "not encrypted"],
    ["http://127.0.0.1.example.com/x", "not encrypted"],
    ["http://169.254.169.254/x", "not encrypted"],
    ["https://h/x?service=y", "query"],
    ["https://h/x#y", "query or a fragment"],
    ["https://h/x\ny", "no address"],
    [`https://h/${"x".repeat(3000)}`, "no address"],
  ])("%s is refused: %s", (url, why) => {
    const problem = urlProblem(url) ?? ""
    assert.include(problem, why)
    assert.notInclude(problem, "p@h")
  })

  it("is shown without what it holds, and names the folder of a clone", () => {
    assert.strictEqual(shownUrl("https://user:secret@h/x"), "https://***@h/x")
    assert.strictEqual(shownUrl("https://h/x"), "https://h/x")
    assert.strictEqual(folderOf("https://h/team/app.git"), "app")
    assert.strictEqual(folderOf("https://h/team/app/"), "app")
    assert.strictEqual(folderOf("https://h"), "")
  })
})
