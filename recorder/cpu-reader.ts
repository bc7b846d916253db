/**
 * Takes what the kernel recorded on one CPU: moves whole sub-buffers from `trace_pipe_raw` through a
 * pipe to the raw file, without a copy in this process.
 * Authority: Documentation/trace/ftrace.rst, tracing_buffers_splice_read in kernel/trace/trace.c.
 */
import { closeSync, constants, openSync, writeSync } from 'node:fs'
import {
  makePipe,
  punchHole,
  readInto,
  resizePipe,
  SPLICE_MOVE,
  SPLICE_NONBLOCK,
  SystemError,
  splice,
} from './syscalls.ts'
import type { Segment } from './types.ts'

/** What one reader is to do. */
export interface ReadJob {
  readonly buffer: string
  readonly cpu: number
  /** Its `trace_pipe_raw`. */
  readonly source: string
  /** The raw file and this CPU's region in it. */
  readonly target: string
  readonly offset: number
  readonly room: number
  readonly subBufferBytes: number
  /** Keep only the last bytes. */
  readonly keepBytes?: number
}

const PIPE_BYTES = 2 ** 20
const SLOT = 4096

/** Reads one CPU of one buffer. All methods are synchronous and none waits. */
export class CpuReader {
  readonly #job: ReadJob
  readonly #raw: number
  readonly #out: number
  readonly #pipe: { readonly read: number; readonly write: number }
  readonly #most: number
  readonly #at: BigInt64Array = new BigInt64Array(1)
  /** Bytes taken, and bytes given up again (`keepBytes`); both only grow. */
  #taken = 0
  #dropped = 0
  #canSplice = true
  readonly #isAbandoned: () => boolean

  /** `isAbandoned` ends long rounds early. Throws what open(2) and pipe(2) refuse. */
  constructor(job: ReadJob, isAbandoned: () => boolean) {
    this.#isAbandoned = isAbandoned
    this.#job = job
    this.#raw = openSync(job.source, constants.O_RDONLY | constants.O_NONBLOCK)
    this.#out = openSync(job.target, constants.O_RDWR)
    this.#pipe = makePipe()
    const pipeBytes = resizePipe(this.#pipe.write, PIPE_BYTES) ?? 16 * SLOT
    this.#most = (pipeBytes / SLOT) * job.subBufferBytes
  }

  /** Its `trace_pipe_raw`, to wait on. */
  get fd(): number {
    return this.#raw
  }

  /**
   * Moves whole sub-buffers until a round is not full, so that the next ones can gather. Returns the
   * bytes. Throws `RegionFull`, and a `SystemError` such as ENOSPC.
   */
  takeWhole(): number {
    let total = 0
    for (;;) {
      const moved = this.#canSplice ? this.#splice() : this.#read()
      if (moved > 0) total += moved
      if (moved < this.#most) return total
      if (this.#isAbandoned()) return 0
    }
  }

  /** Room before the region's end; a bounded recording starts over there. */
  #room(): number {
    const { room, keepBytes, subBufferBytes } = this.#job
    if (keepBytes === undefined) {
      const left = room - this.#taken
      if (left < subBufferBytes) throw new RegionFull()
      return left
    }
    return room - (this.#taken % room)
  }

  #position(): number {
    return this.#job.offset + (this.#taken % this.#job.room)
  }

  #splice(): number {
    const most = Math.min(this.#most, this.#room())
    let moved: number
    try {
      moved = splice(this.#raw, this.#pipe.write, null, most, SPLICE_MOVE | SPLICE_NONBLOCK)
    } catch (error) {
      if (this.#taken > 0 || !(error instanceof SystemError) || error.code !== 'EINVAL') throw error
      this.#canSplice = false
      return this.#read()
    }
    for (let left = moved; left > 0; ) {
      this.#at[0] = BigInt(this.#position())
      const out = splice(this.#pipe.read, this.#out, this.#at, left, SPLICE_MOVE)
      if (out > 0) this.#advance(out)
      left -= Math.max(out, 0)
    }
    return moved
  }

  #advance(size: number): void {
    this.#taken += size
    const { keepBytes } = this.#job
    if (keepBytes === undefined) return
    const extra = this.#taken - this.#dropped - keepBytes
    if (extra > keepBytes / 4 + PIPE_BYTES) this.#drop(extra)
  }

  /** Gives back the oldest bytes. */
  #drop(size: number): void {
    const { subBufferBytes, room, offset } = this.#job
    let left = size - (size % subBufferBytes)
    while (left > 0) {
      const at = this.#dropped % room
      const part = Math.min(left, room - at)
      punchHole(this.#out, offset + at, part)
      this.#dropped += part
      left -= part
    }
  }

  /** Where splice is not possible, and for what is left at the end: one sub-buffer each. */
  #read(): number {
    const page = Buffer.alloc(this.#job.subBufferBytes)
    const got = readInto(this.#raw, page)
    if (got <= 0) return got
    this.#room()
    for (let at = 0; at < page.length; ) {
      at += writeSync(this.#out, page, at, page.length - at, this.#position() + at)
    }
    this.#advance(page.length)
    return page.length
  }

  /** What is left once there are no more whole ones; tracing has to be off. Throws as `takeWhole`. */
  takeParts(): void {
    while (this.#read() > 0);
  }

  /** The segments in order of time, whole sub-buffers only. */
  segments(): Segment[] {
    const { subBufferBytes, room, offset, keepBytes } = this.#job
    const taken = this.#taken - (this.#taken % subBufferBytes)
    if (keepBytes !== undefined && taken - this.#dropped > keepBytes) {
      this.#drop(taken - this.#dropped - keepBytes)
    }
    const found: Segment[] = []
    for (let at = this.#dropped; at < taken; ) {
      const size = Math.min(taken - at, room - (at % room))
      found.push({ offset: offset + (at % room), size })
      at += size
    }
    return found
  }

  /** Gives its descriptors back. */
  close(): void {
    for (const fd of [this.#raw, this.#out, this.#pipe.read, this.#pipe.write]) closeSync(fd)
  }
}

/** The file cannot become larger. */
class RegionFull extends Error {}

/** Why a reader gave up. */
export interface ReadFailure {
  readonly buffer: string
  readonly cpu: number
  readonly reason: 'disk-full' | 'error'
  readonly text: string
}

/** What an error that a reader threw means. */
export function explainFailure({ buffer, cpu }: ReadJob, error: unknown): ReadFailure {
  if (error instanceof RegionFull) {
    const text = 'the file is as large as this file system allows'
    return { buffer, cpu, reason: 'disk-full', text }
  }
  const { code, message: text } = error as NodeJS.ErrnoException
  const full = code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG'
  return { buffer, cpu, reason: full ? 'disk-full' : 'error', text }
}
