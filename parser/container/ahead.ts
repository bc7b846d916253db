/**
 * Decompresses chunks ahead of their readers in a thread of its own. A chunk is done by whoever claims it
 * first, the thread or the reader, so that nothing waits for the thread to start, and nothing is lost
 * without it. What is damaged is left to the reader, which reports it.
 */
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import {
  type AheadJob,
  type AheadStart,
  type AheadStream,
  ASLEEP,
  CHUNKS,
  COUNTER,
  DONE,
  NOBODY,
  READER,
  READY,
} from './ahead-job.ts'
import type { CpuData, TraceFile } from './types.ts'

/** Compressed bytes below which a thread takes longer to start than it saves. */
const LEAST_BYTES = 6 << 20
/** Room for decompressed bytes that wait to be read, of all passes that are not over, and of one; chunks of a stream. */
const MOST_ROOM = 16 << 20
const MOST_WAITING = 8 << 20
const MOST_SLOTS = 32
const LEAST_SLOTS = 2
const MOST_CHUNKS = 1 << 20

/** The thread of this process; null where it could not be started or has ended. */
let thread: Thread | null | undefined

/** Room that passes have taken. */
let room = 0

/** The worker, and the word that wakes it. */
class Thread {
  readonly #worker: Worker
  readonly #wake = new Int32Array(new SharedArrayBuffer(8))

  constructor() {
    const url = new URL('./ahead-worker.ts', import.meta.url)
    if (import.meta.url.endsWith('.js')) url.pathname = url.pathname.replace(/\.ts$/, '.js')
    const start: AheadStart = { wake: this.#wake.buffer as SharedArrayBuffer }
    this.#worker = new Worker(url, { workerData: start, trackUnmanagedFds: false })
    const gone = (): void => {
      if (thread === this) thread = null
    }
    this.#worker.on('error', gone)
    this.#worker.on('exit', gone)
    // It waits for work as long as the process is there, and does not keep it.
    this.#worker.unref()
  }

  take(job: AheadJob): void {
    this.#worker.postMessage(job)
    this.wake()
  }

  wake(): void {
    Atomics.add(this.#wake, COUNTER, 1)
    if (Atomics.load(this.#wake, ASLEEP) === 1) Atomics.notify(this.#wake, COUNTER)
  }
}

/** Passes that are not over, by file. */
const going = new WeakMap<TraceFile, Set<Ahead>>()

/** Ends what goes on for a file that is closed. */
export function endAhead(file: TraceFile): void {
  for (const ahead of going.get(file) ?? []) ahead.close()
}

/** What a pass has in hand: chunks by stream. */
export class Ahead {
  readonly #file: TraceFile
  readonly #thread: Thread
  readonly #over: Int32Array
  readonly #room: number
  readonly #chunks: readonly (ChunksAhead | undefined)[]
  #open: number

  constructor(
    file: TraceFile,
    worker: Thread,
    job: AheadJob,
    streams: readonly (AheadStream | undefined)[],
  ) {
    this.#file = file
    this.#thread = worker
    const others = going.get(file)
    if (others) others.add(this)
    else going.set(file, new Set([this]))
    this.#over = new Int32Array(job.over)
    this.#open = job.streams.length
    this.#room = job.streams.reduce((sum, { bytes }) => sum + bytes.byteLength, 0)
    room += this.#room
    const end = (): void => {
      this.#open--
      if (this.#open === 0) this.close()
    }
    this.#chunks = streams.map((stream) => stream && new ChunksAhead(stream, worker, end))
    worker.take(job)
  }

  /** The chunks of the stream with that number. */
  chunksOf(stream: number): ChunksAhead | undefined {
    return this.#chunks[stream]
  }

  /** Ends the pass: the thread does nothing more for it. Readers go on alone. */
  close(): void {
    going.get(this.#file)?.delete(this)
    if (Atomics.exchange(this.#over, 0, 1) !== 0) return
    room -= this.#room
    this.#thread.wake()
  }
}

/** One stream's chunks, as its reader sees them. */
export class ChunksAhead {
  readonly #words: Int32Array
  readonly #bytes: Uint8Array
  readonly #slots: number
  readonly #slotBytes: number
  readonly #thread: Thread
  readonly #count: number
  /** Chunks that the thread has done. */
  taken = 0
  #end: (() => void) | undefined

  constructor(stream: AheadStream, worker: Thread, end: () => void) {
    this.#words = new Int32Array(stream.words)
    this.#bytes = new Uint8Array(stream.bytes)
    this.#slots = stream.slots
    this.#slotBytes = stream.slotBytes
    this.#count = stream.count
    this.#thread = worker
    this.#end = end
  }

  /** The reader is at a chunk, and done with those before. */
  moveTo(index: number): void {
    Atomics.store(this.#words, DONE, index)
    // Woken for several chunks at a time: each time costs a switch of threads.
    if (index % (this.#slots >>> 1) === 0) this.#thread.wake()
  }

  /** The reader has come to the end. */
  finish(): void {
    this.#end?.()
    this.#end = undefined
  }

  /** Copies a chunk of `size` bytes; false when the reader is to decompress it itself. */
  take(index: number, size: number, target: Uint8Array, targetOffset: number): boolean {
    if (index >= this.#count || size > this.#slotBytes) return false
    // A chunk that the thread is at is done twice: who waits for a thread waits for a CPU.
    const before = Atomics.compareExchange(this.#words, CHUNKS + index, NOBODY, READER)
    if (before !== READY) return false
    this.taken++
    const slot = (index % this.#slots) * this.#slotBytes
    target.set(this.#bytes.subarray(slot, slot + size), targetOffset)
    return true
  }
}

/** A stream that a pass reads. */
export interface AheadPlace {
  readonly data: CpuData
  readonly codec: string
  /** True for a chunk that the pass does not read. */
  readonly skip: ((index: number) => boolean) | undefined
}

/** Starts the thread for a file that passes will be made over, so that it is there when the first begins. */
export function prepareAhead(file: TraceFile): void {
  const places = file.buffers.flatMap(({ compression, cpus }) =>
    cpus.map((data) => ({ data, codec: compression, skip: undefined })),
  )
  if (file.source.fd !== undefined && packedBytes(places) >= LEAST_BYTES) startThread()
}

/**
 * Starts decompressing for a pass over some CPUs' data, of chunks of `slotBytes` bytes at most; undefined where it
 * does not pay (less than `least` bytes) or cannot be done.
 */
export function startAhead(
  file: TraceFile,
  places: readonly AheadPlace[],
  slotBytes: number,
  least: number = LEAST_BYTES,
): Ahead | undefined {
  const { source, littleEndian } = file
  const packed = places.filter(({ codec }) => codec !== 'none')
  const bytes = packedBytes(places)
  const slots = Math.min(MOST_SLOTS, Math.floor(MOST_WAITING / slotBytes / packed.length))
  if (room + slots * slotBytes * packed.length > MOST_ROOM) return undefined
  if (source.fd === undefined || bytes < least || packed.length === 0 || slots < LEAST_SLOTS)
    return undefined
  startThread()
  if (!thread) return undefined
  const streams = places.map((place) =>
    place.codec === file.compression.name ? streamOf(file, place, slots, slotBytes) : undefined,
  )
  const job: AheadJob = {
    fd: source.fd,
    name: source.name,
    size: source.size,
    littleEndian,
    codec: file.compression.name,
    streams: streams.filter((stream) => stream !== undefined),
    over: new SharedArrayBuffer(4),
  }
  return job.streams.length === 0 ? undefined : new Ahead(file, thread, job, streams)
}

function packedBytes(places: readonly AheadPlace[]): number {
  return places
    .filter(({ codec }) => codec !== 'none')
    .reduce((sum, { data }) => sum + Math.min(data.size, data.end - data.offset), 0)
}

/** Starts the thread unless it was tried before. */
function startThread(): void {
  if (thread !== undefined) return
  thread = null
  if (availableParallelism() < 2) return
  try {
    thread = new Thread()
  } catch {
    // No threads here: readers decompress themselves.
  }
}

function streamOf(
  { source, littleEndian }: TraceFile,
  { data, skip }: AheadPlace,
  slots: number,
  slotBytes: number,
): AheadStream | undefined {
  const head = new Uint8Array(4)
  if (source.readAt(head, 0, 4, data.offset) < 4) return undefined
  const count = new DataView(head.buffer).getUint32(0, littleEndian)
  if (count === 0 || count > MOST_CHUNKS) return undefined
  const words = new SharedArrayBuffer(4 * (CHUNKS + count))
  const claims = new Int32Array(words)
  if (skip) for (let i = 0; i < count; i++) if (skip(i)) claims[CHUNKS + i] = READER
  const bytes = new SharedArrayBuffer(slots * slotBytes)
  return { offset: data.offset + 4, end: data.end, count, bytes, slots, slotBytes, words }
}
