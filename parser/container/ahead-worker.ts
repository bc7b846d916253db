/** The thread that decompresses chunks before they are asked for; ends with the process or when it is terminated. */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import {
  type AheadJob,
  type AheadStart,
  type AheadStream,
  ASLEEP,
  CHUNKS,
  COUNTER,
  DONE,
  FAILED,
  NOBODY,
  READY,
  THREAD,
} from './ahead-job.ts'
import { createDecompressor } from './codec.ts'
import type { Decompressor } from './decompressor.ts'
import { ReadWindow } from './read-window.ts'
import { borrowFd } from './source.ts'

const WINDOW = 256 * 1024
const CHUNK_HEAD = 8
/** Chunks after the one that the reader is at which are left to it. */
const LEAD = 2

/** Goes through one CPU's chunks, ahead of their reader. */
class StreamAhead {
  readonly #stream: AheadStream
  readonly #words: Int32Array
  readonly #bytes: Uint8Array
  readonly #window: ReadWindow
  readonly #littleEndian: boolean
  readonly #decompress: Decompressor
  /** The next chunk, and where it is; no more when `#at` is negative. */
  #index = 0
  #at: number

  constructor(stream: AheadStream, job: AheadJob) {
    this.#stream = stream
    this.#words = new Int32Array(stream.words)
    this.#bytes = new Uint8Array(stream.bytes)
    this.#window = new ReadWindow(borrowFd(job.fd, job.name, job.size), WINDOW)
    this.#littleEndian = job.littleEndian
    this.#decompress = createDecompressor(job.codec)
    this.#at = stream.offset
  }

  /** Takes one step; false when there is nothing to do. What makes no sense is left to the reader. */
  step(): boolean {
    const { slots, slotBytes, end, count } = this.#stream
    const index = this.#index
    if (this.#at < 0 || index >= count) return false
    const done = Atomics.load(this.#words, DONE)
    if (index >= done + slots) return false
    const head = this.#window.find(this.#at, CHUNK_HEAD)
    const packed = head < 0 ? 0 : this.#u32(head)
    const size = head < 0 ? 0 : this.#u32(head + 4)
    const start = this.#at + CHUNK_HEAD
    if (packed === 0 || size === 0 || start + packed > end) {
      this.#at = -1
      return false
    }
    this.#index++
    this.#at = start + packed
    // The next one its reader takes itself: both at one chunk would be one too many.
    if (index < done + LEAD || size > slotBytes) return true
    const place = CHUNKS + index
    if (Atomics.compareExchange(this.#words, place, NOBODY, THREAD) !== NOBODY) return true
    Atomics.store(this.#words, place, this.#unpack(index, start, packed, size) ? READY : FAILED)
    return true
  }

  #unpack(index: number, start: number, packed: number, size: number): boolean {
    const { slots, slotBytes } = this.#stream
    try {
      const at = this.#window.find(start, packed)
      if (at < 0) return false
      const slot = (index % slots) * slotBytes
      const input = this.#window.bytes.subarray(at, at + packed)
      this.#decompress(input, this.#bytes.subarray(slot, slot + size))
      return true
    } catch {
      // The reader meets the same, and reports it.
      return false
    }
  }

  #u32(at: number): number {
    const { bytes } = this.#window
    return this.#littleEndian ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at)
  }
}

/** One pass. */
class JobAhead {
  readonly #over: Int32Array
  readonly #streams: readonly StreamAhead[]

  constructor(job: AheadJob) {
    this.#over = new Int32Array(job.over)
    this.#streams = job.streams.map((stream) => new StreamAhead(stream, job))
  }

  get isOver(): boolean {
    return Atomics.load(this.#over, 0) !== 0
  }

  /** Decompresses a chunk of each stream; false when there was nothing to do. */
  step(): boolean {
    let busy = false
    for (const stream of this.#streams) {
      try {
        busy = stream.step() || busy
      } catch {
        // A file that cannot be read any more: its reader says so.
      }
    }
    return busy
  }
}

const wake = new Int32Array((workerData as AheadStart).wake)
let jobs: JobAhead[] = []
for (;;) {
  const seen = Atomics.load(wake, COUNTER)
  for (let got = receiveMessageOnPort(parentPort!); got; got = receiveMessageOnPort(parentPort!))
    jobs.push(new JobAhead(got.message as AheadJob))
  let busy = false
  let over = false
  for (const job of jobs) {
    if (job.isOver) over = true
    else busy = job.step() || busy
  }
  if (over) jobs = jobs.filter((job) => !job.isOver)
  if (busy) continue
  Atomics.store(wake, ASLEEP, 1)
  Atomics.wait(wake, COUNTER, seen)
  Atomics.store(wake, ASLEEP, 0)
}
