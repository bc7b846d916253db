/** Counts chunks in WebAssembly for the index; what is rare in them is noted for it to look at. */
import type { CpuStream } from './ring/cpu-stream.ts'
import { NO_ID } from './ring/walk-layout.ts'
import { type LoopMemory, roundUp } from './wasm/loops.ts'

const IDS = NO_ID
/** Threads are numbered below PID_MAX_LIMIT (kernel `include/linux/threads.h`). */
const PID_LIMIT = 1 << 22
/** Kinds of an entry that is noted, beside its number times 4. */
export const IS_OBSERVED = 1
export const IS_NEW_THREAD = 2
const NOTE_SHIFT = 2
/** What is known of an event's stacks. */
export const HAS_KERNEL_STACK = 1
export const HAS_USER_STACK = 2

/** What the counter is told once. */
export interface CountLayout {
  /** By event id, the bit that stands for it in a chunk's row. */
  readonly bitOf: Int32Array
  /** Bytes of a chunk's row. */
  readonly stride: number
  /** 1 for events whose entries are to be noted. */
  readonly observed: Uint8Array
  readonly pidOffset: number
}

/** Bytes of memory that a counter takes, for blocks of so many entries. */
export function fastCountBytes(stride: number, entries: number): number {
  const tables = IDS * (8 + 4 + 4 + 1 + 1) + PID_LIMIT * 2
  return tables + roundUp(stride) + roundUp(entries * 4) + 256
}

/** Counters in the memory of a pass. */
export class FastCount {
  /** Events of the stream so far, by id; and which of them had stacks, in all streams. */
  readonly counts: Float64Array
  readonly stacks: Uint8Array
  /** Of the chunk counted last, the entries noted, see `entryOf`, and the bits of its events. */
  readonly notes: Int32Array
  readonly bits: Uint8Array
  readonly #memory: LoopMemory
  readonly #at: number
  readonly #lastRow: Int32Array
  readonly #turnOf: Uint16Array
  #turn = 0

  constructor(memory: LoopMemory, layout: CountLayout, entries: number) {
    this.#memory = memory
    const { buffer } = memory
    const take = (bytes: number): number => memory.take(bytes)
    this.counts = new Float64Array(buffer, take(IDS * 8), IDS)
    this.#lastRow = new Int32Array(buffer, take(IDS * 4), IDS)
    const bitOf = new Int32Array(buffer, take(IDS * 4), IDS)
    bitOf.set(layout.bitOf)
    this.bits = new Uint8Array(buffer, take(layout.stride), layout.stride)
    this.stacks = new Uint8Array(buffer, take(IDS), IDS)
    const observed = new Uint8Array(buffer, take(IDS), IDS)
    observed.set(layout.observed)
    this.#turnOf = new Uint16Array(buffer, take(PID_LIMIT * 2), PID_LIMIT)
    this.notes = new Int32Array(buffer, take(entries * 4), entries)
    this.#at = take(9 * 4)
    // In the order of `wasm/layout.ts`.
    new Uint32Array(buffer, this.#at, 9).set([
      this.counts.byteOffset,
      this.#lastRow.byteOffset,
      bitOf.byteOffset,
      this.bits.byteOffset,
      this.stacks.byteOffset,
      observed.byteOffset,
      this.#turnOf.byteOffset,
      layout.pidOffset,
      this.notes.byteOffset,
    ])
  }

  /** Starts another stream: all threads are new. */
  begin(): void {
    this.counts.fill(0)
    this.#lastRow.fill(-1)
    this.#turn++
    if (this.#turn < 0x10000) return
    this.#turnOf.fill(0)
    this.#turn = 1
  }

  /** Counts the stream's visible entries as those of the chunk with that row; returns how many it noted. */
  count({ block, visible }: CpuStream, row: number): number {
    this.bits.fill(0)
    return this.#memory.loops.count(this.#at, block.address, visible, row, this.#turn)
  }

  /** Number of the entry that is note `i`. */
  entryOf(i: number): number {
    return this.notes[i]! >>> NOTE_SHIFT
  }
}
