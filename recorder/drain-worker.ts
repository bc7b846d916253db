/**
 * The reader of one CPU of one buffer, in a thread of its own: sleeps in poll until the buffer is
 * as full as `buffer_percent` says, then moves whole sub-buffers from `trace_pipe_raw` through a
 * pipe to the raw file, without a copy in this process. It ends when the stop descriptor becomes
 * readable, after taking what is left, part-filled sub-buffers included.
 * Authority: Documentation/trace/ftrace.rst, tracing_buffers_splice_read in kernel/trace/trace.c.
 */
import { closeSync, constants, openSync, writeSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import type { DrainJob, DrainMessage } from './drain.ts'
import {
  makePipe,
  PollSet,
  punchHole,
  readInto,
  resizePipe,
  SPLICE_MOVE,
  SPLICE_NONBLOCK,
  SystemError,
  setAffinity,
  setFifoPriority,
  splice,
  threadId,
} from './syscalls.ts'

const PIPE_BYTES = 2 ** 20
const SLOT = 4096
/** How long to wait when poll says there is something and there is not. */
const PAUSE_MS = 10

class Reader {
  readonly #job: DrainJob
  readonly #raw: number
  readonly #out: number
  readonly #pipe: { readonly read: number; readonly write: number }
  readonly #most: number
  readonly #at: BigInt64Array = new BigInt64Array(1)
  /** Bytes taken, and bytes given up again (`keepBytes`); both only grow. */
  #taken = 0
  #dropped = 0
  #canSplice = true

  constructor(job: DrainJob) {
    this.#job = job
    this.#raw = openSync(job.source, constants.O_RDONLY | constants.O_NONBLOCK)
    this.#out = openSync(job.target, constants.O_RDWR)
    this.#pipe = makePipe()
    const pipeBytes = resizePipe(this.#pipe.write, PIPE_BYTES) ?? 16 * SLOT
    this.#most = (pipeBytes / SLOT) * job.subBufferBytes
  }

  /** Reads until told to stop. */
  run(): void {
    const both = new PollSet([this.#job.stopFd, this.#raw])
    const stopOnly = new PollSet([this.#job.stopFd])
    for (;;) {
      both.wait(-1)
      if (both.events(0) !== 0) break
      const before = this.#taken
      this.#takeWhole()
      if (this.#taken === before) stopOnly.wait(PAUSE_MS)
    }
    if (Atomics.load(this.#job.control, 0) !== 0) return
    while (this.#takeWhole() > 0);
    this.#takeParts()
  }

  /** Moves sub-buffers until a round is not full, so that the next ones can gather. */
  #takeWhole(): number {
    let total = 0
    for (;;) {
      const moved = this.#canSplice ? this.#splice() : this.#read()
      if (moved > 0) total += moved
      if (moved < this.#most) return total
      if (Atomics.load(this.#job.control, 0) !== 0) return 0
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

  #takeParts(): void {
    while (this.#read() > 0);
  }

  /** The segments in order of time, whole sub-buffers only. */
  segments(): { offset: number; size: number }[] {
    const { subBufferBytes, room, offset, keepBytes } = this.#job
    const taken = this.#taken - (this.#taken % subBufferBytes)
    if (keepBytes !== undefined && taken - this.#dropped > keepBytes) {
      this.#drop(taken - this.#dropped - keepBytes)
    }
    const found: { offset: number; size: number }[] = []
    for (let at = this.#dropped; at < taken; ) {
      const size = Math.min(taken - at, room - (at % room))
      found.push({ offset: offset + (at % room), size })
      at += size
    }
    return found
  }

  close(): void {
    for (const fd of [this.#raw, this.#out, this.#pipe.read, this.#pipe.write]) closeSync(fd)
  }
}

class RegionFull extends Error {}

function post(message: DrainMessage): void {
  parentPort!.postMessage(message)
}

function prepare(job: DrainJob): string | undefined {
  try {
    if (job.pin) setAffinity(0, job.cpu)
    if (job.priority !== undefined) setFifoPriority(0, job.priority)
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

function why(error: unknown): { readonly reason: 'disk-full' | 'error'; readonly text: string } {
  if (error instanceof RegionFull) {
    return { reason: 'disk-full', text: 'the file is as large as this file system allows' }
  }
  const { code, message } = error as NodeJS.ErrnoException
  const full = code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG'
  return { reason: full ? 'disk-full' : 'error', text: message }
}

function main(job: DrainJob): void {
  const reader = new Reader(job)
  const notice = prepare(job)
  post({ kind: 'ready', tid: threadId(), ...(notice === undefined ? {} : { notice }) })
  try {
    reader.run()
  } catch (error) {
    post({ kind: 'failed', ...why(error) })
  }
  post({ kind: 'done', segments: reader.segments() })
  reader.close()
}

main(workerData as DrainJob)
