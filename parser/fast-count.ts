/** Counts chunks in WebAssembly for the index; what is rare in them is noted for it to look at. */
import type { CpuStream } from './ring/cpu-stream.ts'
import { NO_ID } from './ring/walk-layout.ts'
import { type LoopMemory, roundUp } from './wasm/loops.ts'

const IDS = NO_ID
/** Threads that are remembered while a stream is counted, see `wasm/count.ts`. */
const SEEN = 1 << 12
/** Kinds of an entry that is noted, beside its number times 4. */
export const IS_OBSERVED = 1
/** The first of its thread in the stream, or not seen for long. */
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
  const tables = IDS * (8 + 4 + 4 + 1 + 1) + SEEN * 4
  return tables + roundUp(stride) + roundUp(entries * 4) + 256
}

/** Counters in the memory of a pass. */
export class FastCount {
  /** Events of the source so far, by id; and which of them had stacks, in all sources. */
  readonly counts: Float64Array
  readonly stacks: Uint8Array
  /** Of the chunk counted last, the entries noted, see `entryOf`, and the bits of its events. */
  readonly notes: Int32Array
  readonly bits: Uint8Array
  readonly #memory: LoopMemory
  readonly #at: number
  readonly #seen: Int32Array
  /** Number of the chunk counted last, and the row it has in its stream. */
  #chunk = 0
  #row = -1

  constructor(memory: LoopMemory, layout: CountLayout, entries: number) {
    this.#memory = memory
    const { buffer } = memory
    const take = (bytes: number): number => memory.take(bytes)
    this.counts = new Float64Array(buffer, take(IDS * 8), IDS)
    const lastChunk = take(IDS * 4)
    const bitOf = new Int32Array(buffer, take(IDS * 4), IDS)
    bitOf.set(layout.bitOf)
    this.bits = new Uint8Array(buffer, take(layout.stride), layout.stride)
    this.stacks = new Uint8Array(buffer, take(IDS), IDS)
    const observed = new Uint8Array(buffer, take(IDS), IDS)
    observed.set(layout.observed)
    this.#seen = new Int32Array(buffer, take(SEEN * 4), SEEN)
    this.notes = new Int32Array(buffer, take(entries * 4), entries)
    this.#at = take(9 * 4)
    // In the order of `wasm/layout.ts`.
    new Uint32Array(buffer, this.#at, 9).set([
      this.counts.byteOffset,
      lastChunk,
      bitOf.byteOffset,
      this.bits.byteOffset,
      this.stacks.byteOffset,
      observed.byteOffset,
      this.#seen.byteOffset,
      layout.pidOffset,
      this.notes.byteOffset,
    ])
  }

  /** Starts another stream: all threads are new. */
  begin(): void {
    this.#row = -1
    this.#seen.fill(-1)
  }

  /** Counts the stream's visible entries as those of the chunk with that row; returns how many it noted. */
  count({ block, visible }: CpuStream, row: number): number {
    this.bits.fill(0)
    if (row !== this.#row) this.#chunk++
    this.#row = row
    return this.#memory.loops.count(this.#at, block.address, visible, this.#chunk)
  }

  /** Number of the entry that is note `i`. */
  entryOf(i: number): number {
    return this.notes[i]! >>> NOTE_SHIFT
  }
}
