/** One table of descriptors, as far as the recording tells. */
import { posix } from 'node:path'
import type { ReplayedCell } from '../views.ts'

/** Five numbers, each of them known or not. */
export type Arguments = readonly [N, N, N, N, N]

type N = number | null

/** A system call that succeeded, or the close of a descriptor. */
export interface Call {
  readonly source: number
  /** ns on the trace clock at which it took effect. */
  readonly at: bigint
  readonly tid: number
  readonly name: string
  /** The first five arguments as signed 32-bit numbers; NULL where they are not known. */
  readonly args: Arguments
  readonly ret: number | null
  readonly path: string | null
}

/** What a number in a table of descriptors stands for. */
export interface Descriptor {
  readonly kind: string | null
  readonly path: string | null
  readonly family: number | null
  readonly type: number | null
  readonly protocol: number | null
  readonly cloexec: boolean | null
  readonly inferred: boolean
  readonly openedBy: string | null
  readonly openTid: number | null
  /** NULL for what was open before the recording. */
  readonly openTs: bigint | null
}

/** Where rows of lives that ended are put. */
export type Lives = ReplayedCell[][]

/** How a descriptor ended. */
export interface Ending {
  readonly tid: number | null
  readonly ts: bigint | null
  readonly by: string | null
}

/** The working directory, under the number that stands for it in arguments. */
export const AT_FDCWD = -100

/** Numbers whose use can be concluded from one that was given out; more is beyond belief. */
const MOST_CONCLUDED = 4096

/** What an absolute path has where it is not in its shortest form. */
const MAY_BE_LONGER = /\/[./]/

/** A table of descriptors of a process, or of several that share it. */
export class DescriptorTable {
  readonly source: number
  readonly owner: number
  /** Threads that use it, as far as they are known. */
  readonly threads: Set<number> = new Set()
  /** Whether processes of different ids use it. */
  isShared: boolean = false
  readonly #open = new Map<number, Descriptor>()
  /** Numbers in use for what was never seen to open. */
  readonly #taken = new Set([0, 1, 2])
  /** No lower number is free. */
  #floor = 3

  constructor(source: number, owner: number) {
    this.source = source
    this.owner = owner
  }

  get(fd: number | null): Descriptor | undefined {
    return fd === null ? undefined : this.#open.get(fd)
  }

  /** Puts a descriptor under a number; adds the row of what was there. */
  set(fd: number, descriptor: Descriptor, ending: Ending, lives: Lives): void {
    const before = this.#open.get(fd)
    if (before) lives.push(this.#row(fd, before, ending))
    this.#taken.delete(fd)
    this.#open.set(fd, descriptor)
  }

  /** The kernel gave out `fd`: lower numbers were all in use. */
  concludeTaken(fd: number): void {
    if (fd < this.#floor || fd - this.#floor > MOST_CONCLUDED) return
    for (let number = this.#floor; number < fd; number++)
      if (!this.#open.has(number)) this.#taken.add(number)
    this.#floor = fd
  }

  /** The lowest number that is not known to be in use. */
  lowestFree(): number {
    while (this.#open.has(this.#floor) || this.#taken.has(this.#floor)) this.#floor++
    return this.#floor
  }

  /** Takes a descriptor out; adds a row also for one that was never seen to open. */
  close(fd: number, ending: Ending, lives: Lives): void {
    const before = this.#open.get(fd)
    this.#open.delete(fd)
    this.#taken.delete(fd)
    if (fd >= 0 && fd < this.#floor) this.#floor = fd
    lives.push(this.#row(fd, before ?? NEVER_SEEN, ending))
  }

  /** Closes all from one number to another that are known, as far as `which` wants. */
  closeAll(
    ending: Ending,
    which: (fd: number, descriptor: Descriptor) => boolean,
    lives: Lives,
  ): void {
    for (const [fd, descriptor] of this.#open)
      if (which(fd, descriptor)) this.close(fd, ending, lives)
  }

  /** The numbers of all that is open. */
  numbers(): number[] {
    return [...this.#open.keys()]
  }

  /** Changes whether exec closes a descriptor. */
  setCloexec(fd: number, cloexec: boolean): void {
    const descriptor = this.#open.get(fd)
    if (descriptor) this.#open.set(fd, { ...descriptor, cloexec })
  }

  /** Numbers that are in use for unseen things may be free again. */
  forgetTaken(first: number): void {
    for (const fd of this.#taken) if (fd >= first) this.#taken.delete(fd)
    if (first < this.#floor) this.#floor = Math.max(first, 0)
  }

  /** A process' own copy, as fork makes it. */
  copy(owner: number, tid: number, at: bigint): DescriptorTable {
    const table = new DescriptorTable(this.source, owner)
    for (const [fd, descriptor] of this.#open)
      table.#open.set(fd, { ...descriptor, openedBy: 'fork', openTid: tid, openTs: at })
    table.#taken.clear()
    for (const fd of this.#taken) table.#taken.add(fd)
    table.#floor = this.#floor
    return table
  }

  /** The path made absolute where the directory it starts from is known, else as it is. */
  resolve(path: string | null, directory: number): string | null {
    if (path === null || path === '') return path
    if (path.startsWith('/')) return MAY_BE_LONGER.test(path) ? posix.normalize(path) : path
    const base = this.#open.get(directory)?.path
    return base?.startsWith('/') ? posix.normalize(`${base}/${path}`) : path
  }

  #row(fd: number, d: Descriptor, ending: Ending): ReplayedCell[] {
    // biome-ignore format: a row of fd_table, in the order of its columns
    return [
      this.source, this.owner, fd, d.kind, d.path, d.family, d.type, d.protocol,
      d.cloexec, d.inferred, d.openedBy, d.openTid, d.openTs, ending.tid, ending.ts, ending.by,
    ]
  }
}

const NEVER_SEEN: Descriptor = {
  kind: null,
  path: null,
  family: null,
  type: null,
  protocol: null,
  cloexec: null,
  inferred: false,
  openedBy: null,
  openTid: null,
  openTs: null,
}
