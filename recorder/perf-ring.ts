/**
 * One CPU's perf ring, shared with the kernel. Authority: perf_event_open(2), "MMAP layout": in the
 * first page `data_head` at 1024 (the kernel's) and `data_tail` at 1032 (ours), then the data.
 */
import { closeSync } from 'node:fs'
import {
  mapShared,
  openPerfEvent,
  pageBytes,
  type SharedMemory,
  type Watch,
  watchReadable,
} from './syscalls.ts'

const HEAD_AT = 1024

/** A ring that is being written. */
export class PerfRing {
  readonly #fd: number
  readonly #memory: SharedMemory
  readonly #data: Buffer
  /** data_head and data_tail. */
  readonly #ends: BigUint64Array
  readonly #watch: Watch

  /** Throws a `SystemError` where the kernel refuses. `onData` is told when it is as full as `attr` says. */
  constructor(attr: Uint8Array, cpu: number, bytes: number, onData: () => void) {
    this.#fd = openPerfEvent(attr, cpu)
    try {
      this.#memory = mapShared(this.#fd, pageBytes() + bytes)
    } catch (error) {
      closeSync(this.#fd)
      throw error
    }
    this.#data = Buffer.from(this.#memory.bytes, pageBytes(), bytes)
    this.#ends = new BigUint64Array(this.#memory.bytes, HEAD_AT, 2)
    this.#watch = watchReadable(this.#fd, onData)
    this.#watch.unref()
  }

  /** A copy of what was written since the last time. */
  take(): Buffer {
    const head = Atomics.load(this.#ends, 0)
    const tail = this.#ends[1]!
    const size = Number(head - tail)
    const at = Number(tail % BigInt(this.#data.length))
    const taken = Buffer.allocUnsafe(size)
    const first = this.#data.copy(taken, 0, at, at + size)
    this.#data.copy(taken, first, 0, size - first)
    Atomics.store(this.#ends, 1, head)
    return taken
  }

  /** Gives the ring back. */
  close(): void {
    this.#watch.close()
    this.#memory.unmap()
    closeSync(this.#fd)
  }
}
