/**
 * The file system as isomorphic-git sees it: one work tree with its `.git`, see {@link Confines}, and nothing else. Files
 * are replaced whole, by renaming. A check and the use it is for happen without a wait in between, so that nothing of
 * this process comes between them. The one adapter of this folder to a promise port, hence its `async` and `throw`.
 */
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFile,
  readlinkSync,
  renameSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
  writeSync,
} from "node:fs"
import { open } from "node:fs/promises"
import { sep } from "node:path"
import { Confines, errno, SEPARATORS } from "./Confines.ts"
import { type FileStat, statOf } from "./FileStat.ts"
import { checkPack } from "./PackCheck.ts"

/** Packs are read whole; what is larger belongs to git itself. */
const MOST_READ = 1024 * 1024 * 1024

/** Operations that end at once would keep everything else waiting: after so many there is a pause. */
const BREATH = 256

interface WriteOptions {
  readonly mode?: number
}

export class ConfinedFs extends Confines {
  /** Refs that are to be written or (`undefined`) removed later, see {@link hold}. */
  private held: Map<string, Uint8Array | string | undefined> | undefined
  private operations = 0
  private written = 0

  /** From now on refs, and where history is cut off, are kept back until {@link release}. */
  hold(): void {
    this.held = new Map()
  }

  /** Writes what was kept back. */
  async release(): Promise<void> {
    const held = this.held ?? new Map<string, Uint8Array | string | undefined>()
    this.held = undefined
    for (const [path, data] of held) {
      if (data !== undefined) await this.writeFile(path, data)
      else if (this.look(path) !== undefined) await this.unlink(path)
    }
  }

  private isHeld(path: string): boolean {
    return this.held !== undefined && /^(?:refs\/|shallow$)/.test(path.slice(this.gitdir.length + 1))
  }

  /** Folders above a path that are not there yet, outermost first. */
  private missingAbove(path: string): ReadonlyArray<string> {
    const names = path.slice(this.dir.length + 1).split(SEPARATORS)
    return names
      .slice(1)
      .map((_, i) => `${this.dir}${sep}${names.slice(0, i + 1).join(sep)}`)
      .filter((folder) => this.look(folder) === undefined)
  }

  private async breathe(): Promise<void> {
    if (++this.operations % BREATH === 0) await new Promise((resolve) => setImmediate(resolve))
  }

  /** Adds to the end of a file below `.git`; the folders above it are made. */
  async append(path: string, text: string): Promise<void> {
    await this.breathe()
    for (const folder of this.missingAbove(path)) mkdirSync(this.writable(folder))
    const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW
    const handle = openSync(this.writable(path), flags, 0o666)
    try {
      writeSync(handle, text)
    } finally {
      closeSync(handle)
    }
  }

  async lstat(path: string): Promise<FileStat> {
    await this.breathe()
    return statOf(lstatSync(this.within(path), { bigint: true }))
  }

  /** Never follows: there is no other kind of look here. */
  async stat(path: string): Promise<FileStat> {
    return this.lstat(path)
  }

  async readFile(path: string, options?: string | { readonly encoding?: string }): Promise<Buffer | string> {
    await this.breathe()
    const kept = this.held?.get(path)
    if (kept !== undefined) return typeof kept === "string" ? kept : Buffer.from(kept)
    const full = this.within(path)
    const handle = openSync(full, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    try {
      const stat = fstatSync(handle)
      if (!stat.isFile()) throw errno(stat.isDirectory() ? "EISDIR" : "EACCES", "not a file")
      if (stat.size > MOST_READ) throw errno("EFBIG", "a file that is too large to be read whole")
    } catch (error) {
      closeSync(handle)
      throw error
    }
    const bytes = await readAll(handle)
    const encoding = typeof options === "string" ? options : options?.encoding
    return encoding === undefined ? bytes : bytes.toString("utf8")
  }

  async writeFile(path: string, data: Uint8Array | string, options?: string | WriteOptions): Promise<void> {
    await this.breathe()
    const mode = typeof options === "object" ? options.mode : undefined
    if (path.startsWith(`${this.gitdir}/objects/pack/`) && path.endsWith(".pack") && Buffer.isBuffer(data))
      await checkPack(data)
    const target = this.writable(path)
    if (this.isHeld(path)) return void this.held?.set(path, data)
    const before = lstatSync(target, { throwIfNoEntry: false })
    if (before?.isDirectory() === true) throw errno("EISDIR", "a folder stands there")
    // Beside the target a half-written file would be seen as a new one.
    const held = this.look(this.gitdir)?.isDirectory() === true ? this.gitdir : target
    const draft = held === target ? target : `${held}${sep}.vault-aws-mcp-${process.pid}${++this.written}`
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
    const handle = await open(draft, flags, mode ?? 0o666)
    try {
      await handle.writeFile(data)
      // A file that is replaced keeps what its owner allowed.
      if (mode === undefined && before?.isFile() === true) fchmodSync(handle.fd, before.mode & 0o777)
    } catch (error) {
      await handle.close()
      unlinkSync(draft)
      throw error
    }
    await handle.close()
    if (draft === target) return
    try {
      // Again, since there was a wait.
      renameSync(draft, this.writable(path))
    } catch (error) {
      unlinkSync(draft)
      throw error
    }
  }

  async mkdir(path: string): Promise<void> {
    await this.breathe()
    mkdirSync(this.writable(path))
  }

  async rmdir(path: string): Promise<void> {
    await this.breathe()
    const full = this.writable(path)
    this.lookAgain()
    rmdirSync(full)
  }

  /** Removes a folder that holds nothing but folders. */
  async removeFolders(path: string): Promise<void> {
    for (const { folder, name } of this.names(path)) {
      if (!folder) throw errno("ENOTEMPTY", "a folder that was to be empty is not")
      await this.removeFolders(`${path}${sep}${name}`)
    }
    await this.rmdir(path)
  }

  async unlink(path: string): Promise<void> {
    await this.breathe()
    const full = this.writable(path)
    if (this.isHeld(path)) return void this.held?.set(path, undefined)
    unlinkSync(full)
  }

  async readdir(path: string): Promise<Array<string>> {
    await this.breathe()
    const full = this.within(path)
    if (!lstatSync(full).isDirectory()) throw errno("ENOTDIR", "not a folder")
    return readdirSync(full)
  }

  /** The link's own text. */
  async readlink(path: string): Promise<Buffer> {
    await this.breathe()
    return readlinkSync(this.within(path), { encoding: "buffer" })
  }

  /** Makes a link. Where it points is of no matter here: nobody here goes there. */
  async symlink(target: string, path: string): Promise<void> {
    await this.breathe()
    symlinkSync(target, this.writable(path))
  }
}

const readAll = (descriptor: number): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    readFile(descriptor, (error, bytes) => {
      closeSync(descriptor)
      if (error === null) resolve(bytes)
      else reject(error)
    })
  })
