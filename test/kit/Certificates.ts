/** Certificates of an authority of the test's own, made by openssl in a folder of their own. */
import { assert } from "@effect/vitest"
import { spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll } from "vitest"

/** Where it is absent, the tests that need it are skipped by name. */
export const hasOpenssl = spawnSync("openssl", ["version"]).status === 0
const folder = mkdtempSync(join(tmpdir(), "vault-tls-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
/** The path of a file of the folder: `ca.pem`, `good.pem`, `good.key`, … `alone.pem` is signed by itself. */
export const file = (name: string): string => join(folder, name)
const openssl = (...words: ReadonlyArray<string>): void => {
  const made = spawnSync("openssl", words, { cwd: folder, encoding: "utf8" })
  assert.strictEqual(made.status, 0, made.stderr)
}
const NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]

/** A certificate of our authority; negative days have passed already. */
const issue = (name: string, extension: string, days: string): void => {
  writeFileSync(file(`${name}.ext`), extension)
  openssl("req", ...NEW_KEY, "-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", `/CN=${name}`)
  const signed = ["-in", `${name}.csr`, "-out", `${name}.pem`, "-days", days, "-extfile", `${name}.ext`]
  openssl("x509", "-req", ...signed, "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial")
}

if (hasOpenssl) {
  openssl("req", "-x509", ...NEW_KEY, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=authority")
  const alone = ["-keyout", "alone.key", "-out", "alone.pem", "-days", "2", "-addext", "subjectAltName=IP:127.0.0.1"]
  openssl("req", "-x509", ...NEW_KEY, ...alone, "-subj", "/CN=alone")
  issue("good", "subjectAltName=IP:127.0.0.1", "2")
  issue("named", "subjectAltName=DNS:vault.internal", "2")
  issue("expired", "subjectAltName=IP:127.0.0.1", "-1")
  issue("client", "extendedKeyUsage=clientAuth", "2")
  mkdirSync(file("authorities"))
  writeFileSync(file("authorities/one.pem"), readFileSync(file("ca.pem")))
  writeFileSync(file("authorities/notes.txt"), "not a certificate")
  writeFileSync(file("several.pem"), Buffer.concat([readFileSync(file("good.pem")), readFileSync(file("ca.pem"))]))
}
