/** The content of files on its way between work tree and repository. Programs that a repository names as filters are never run. */
import { createHash } from "node:crypto"
import { promisify } from "node:util"
import { deflate } from "node:zlib"
import { Effect } from "effect"
import { type AttributesOf, attributesOver } from "./Attributes.ts"
import type { FileStat } from "./FileStat.ts"
import { type GitError, gitError } from "./GitError.ts"
import { FILE, LINK, PROGRAM, type TreeFile } from "./GitModel.ts"
import { asksStored, keepsCrlf, lineRule, type LineSettings, toStored } from "./LineEnds.ts"
import type { Repo } from "./Repo.ts"
import { inWords } from "./Words.ts"

/** A repository's settings that bear on files. */
export interface Ground extends LineSettings {
  readonly repo: Repo
  /** By the `.gitattributes` of the work tree. */
  readonly attributesOf: AttributesOf
  /** Whether the bit that makes a file a program means something. */
  readonly filemode: boolean
  readonly ignorecase: boolean
}

const flag = (value: string | undefined, otherwise: boolean): boolean =>
  value === undefined ? otherwise : /^(?:true|yes|on|1)$/i.test(value)

export const groundOf = Effect.fnUntraced(function* (repo: Repo): Effect.fn.Return<Ground, GitError> {
  const autocrlf = (yield* repo.config("core.autocrlf"))?.toLowerCase()
  const eol = (yield* repo.config("core.eol"))?.toLowerCase()
  const ignorecase = flag(yield* repo.config("core.ignorecase"), false)
  const { fs } = repo
  return {
    repo,
    autocrlf: autocrlf === "input" ? "input" : flag(autocrlf, false) ? "true" : "false",
    eol: eol === "lf" || eol === "crlf" ? eol : undefined,
    filemode: flag(yield* repo.config("core.filemode"), true),
    ignorecase,
    attributesOf: attributesOver(
      (path) => fs.small(path === "" ? `${fs.gitdir}/info/attributes` : fs.at(path)),
      ignorecase,
    ),
  }
})

/** Attributes for which git would run a program or rewrite more than the ends of lines. */
const CONVERSIONS = ["filter", "working-tree-encoding", "ident"]

/** The conversion that a path's attributes ask for and that is not done here. */
export const conversionOf = (attributesOf: AttributesOf, path: string): string | undefined => {
  const attributes = attributesOf(path)
  return CONVERSIONS.find((name) => ![undefined, false].includes(attributes.get(name) as undefined | false))
}

/** The id that content gets in a repository. */
export const blobId = (content: Uint8Array): string =>
  createHash("sha1").update(`blob ${content.length}\0`).update(content).digest("hex")

export const readBlob = (repo: Repo, oid: string): Effect.Effect<Uint8Array, GitError> =>
  Effect.map(
    repo.call((git, common) => git.readBlob({ ...common, oid })),
    ({ blob }) => blob,
  )

const deflated = promisify(deflate)

/** Puts content into the repository. Packed here, by Node's own zlib: isomorphic-git takes up to twice as long. */
export const storeBlob = Effect.fnUntraced(function* (
  repo: Repo,
  content: Uint8Array,
): Effect.fn.Return<string, GitError> {
  const oid = blobId(content)
  const whole = Buffer.concat([Buffer.from(`blob ${content.length}\0`), content])
  yield* repo.call(async (git, { dir, fs, gitdir }) =>
    git.writeObject({ fs, dir, gitdir, oid, format: "deflated", object: await deflated(whole) }),
  )
  return oid
})

/** The mode of a file as git has it. `before`: what the index says, where the bit of programs is not to be trusted. */
export const modeOf = (ground: Ground, stat: FileStat, before?: number): number => {
  if (stat.isSymbolicLink()) return LINK
  if (!ground.filemode) return before === PROGRAM ? PROGRAM : FILE
  return (stat.mode & 0o100) === 0 ? FILE : PROGRAM
}

/** The content of a file of the work tree as it would be stored. `before`: what the index holds of it. */
export const storedContent = Effect.fnUntraced(function* (
  ground: Ground,
  path: string,
  stat: FileStat,
  before: TreeFile | undefined,
): Effect.fn.Return<Uint8Array, GitError> {
  const { fs } = ground.repo
  const at = fs.at(path)
  const read = () => (stat.isSymbolicLink() ? fs.readlink(at) : fs.readFile(at))
  const raw = Buffer.from(yield* Effect.tryPromise({ try: read, catch: inWords }))
  if (stat.isSymbolicLink() || conversionOf(ground.attributesOf, path) !== undefined) return raw
  const rule = lineRule(ground.attributesOf(path), ground)
  const stored = before !== undefined && before.mode !== LINK && asksStored(rule, raw) ? before.oid : undefined
  const kept = stored !== undefined && keepsCrlf(yield* readBlob(ground.repo, stored))
  return toStored(rule, raw, kept)
})

/** Refuses what only a program could store rightly. */
export const refuseConverted = (ground: Ground, path: string): Effect.Effect<void, GitError> => {
  const conversion = conversionOf(ground.attributesOf, path)
  return conversion === undefined
    ? Effect.void
    : Effect.fail(
        gitError(
          "git_unsupported",
          `${path} has the attribute ${conversion} in .gitattributes: git would convert it on the way in (as Git LFS does), with a program that is never run here. Nothing was staged; add it with git itself.`,
        ),
      )
}
